//! State that the forward pass of a custom operation leaves for its backward pass.
//!
//! candle calls `cpu_fwd` and later `bwd` on the same operation, and gives `bwd` only the inputs,
//! the output and the gradient. An operation that needs more, as [`super::fused`] needs the outputs
//! of its hidden layers, stores it here in `cpu_fwd` and takes it out in `bwd`.

use candle_core::bail;
use std::sync::{Mutex, PoisonError};

/// A value that is put in once and taken out once.
///
/// candle lends an operation as `&self`, and operations must be `Sync`, so the value is behind a
/// lock.
pub(super) struct ForwardState<T>(Mutex<Option<T>>);

impl<T> Default for ForwardState<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> ForwardState<T> {
    /// Stores the value; the forward pass calls this.
    pub fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    /// Takes the value out, so that its memory can be freed during the backward pass.
    ///
    /// # Errors
    /// When there is no value: the forward pass has not run, or the backward pass runs a second
    /// time.
    pub fn take(&self) -> candle_core::Result<T> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(value) => Ok(value),
            None => bail!("backward without forward"),
        }
    }
}
