//! The errors of fitting.

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A failure of the core: data, files or tensors.
    #[error(transparent)]
    Core(#[from] ssim_core::Error),
    /// A tensor operation failed inside candle.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
    /// A setting that makes no sense.
    #[error("{0}")]
    Config(String),
    /// A rank of a [`crate::ranks::Collective`] is gone, or does something else than the others.
    #[error("{0}")]
    Ranks(String),
    /// A device that trains reports an error.
    #[error("{0}")]
    Device(String),
    /// Training ran into numbers that are not finite.
    #[error(
        "{phase}: the loss became {loss} in epoch {epoch}, step {step}; try a smaller learning rate"
    )]
    Diverged {
        /// The phase.
        phase: String,
        /// Epoch, from 1.
        epoch: u64,
        /// Step within the epoch, from 1.
        step: u64,
        /// The loss.
        loss: f64,
    },
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
