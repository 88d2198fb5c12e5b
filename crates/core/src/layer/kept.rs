//! What an operation's forward pass keeps for its backward pass.

use candle_core::bail;
use std::sync::{Mutex, PoisonError};

/// A value that is put once and taken once; candle lends operations, so behind a lock.
pub(super) struct Kept<T>(Mutex<Option<T>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Kept<T> {
    /// Keeps a value.
    pub fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    /// The value, which is gone then.
    ///
    /// # Errors
    /// When there is none: a second backward pass.
    pub fn take(&self) -> candle_core::Result<T> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(value) => Ok(value),
            None => bail!("backward without forward"),
        }
    }
}
