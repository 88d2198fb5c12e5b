//! The errors of this crate.

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tensor operation failed inside candle.
    #[error(transparent)]
    Tensor(candle_core::Error),
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

impl Error {
    /// The same error about sizes that a file has and not a setting.
    pub(crate) fn in_file(self) -> Self {
        match self {
            Self::Config(text) => Self::File(text),
            other => other,
        }
    }

    /// The error on its way through candle, which knows its own errors only.
    pub(crate) fn into_tensor(self) -> candle_core::Error {
        let context = self.to_string();
        candle_core::Error::WrappedContext { wrapped: Box::new(self), context }
    }
}

impl From<candle_core::Error> for Error {
    /// An error of this crate that has come through candle is itself again.
    fn from(error: candle_core::Error) -> Self {
        match error {
            candle_core::Error::WrappedContext { wrapped, context } => {
                let back = wrapped.downcast().map(|error| *error);
                back.unwrap_or_else(|wrapped| {
                    Self::Tensor(candle_core::Error::WrappedContext { wrapped, context })
                })
            }
            other => Self::Tensor(other),
        }
    }
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
