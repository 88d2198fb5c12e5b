//! The errors of this crate.

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tensor operation failed inside candle.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
    /// Instances that do not fit their schema: ids, labels or scenarios out of range.
    #[error("{0}")]
    Data(String),
    /// A model description that cannot be built.
    #[error("{0}")]
    Config(String),
    /// Bytes that are not a valid file of the expected format.
    #[error("{0}")]
    File(String),
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
