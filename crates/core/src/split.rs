//! The three parts of a data set.

use serde::{Deserialize, Serialize};

/// The names of the parts, in their order.
pub const SPLITS: [&str; 3] = ["train", "val", "test"];

/// One value for each part of a data set: rows to learn from, rows to stop by, rows to judge by.
///
/// ```
/// use ssim_core::split::Split;
/// let rows = Split { train: 80, val: 10, test: 10 };
/// assert_eq!(rows.get("val"), Some(&10));
/// assert_eq!(rows.named().map(|(name, _)| name), ["train", "val", "test"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split<T> {
    /// Of the rows that a model learns from.
    pub train: T,
    /// Of the rows that decide when training stops.
    pub val: T,
    /// Of the rows that a model is judged by; training never sees them.
    pub test: T,
}

impl<T> Split<T> {
    /// Every part with its name, in the order train, val, test.
    pub fn named(&self) -> [(&'static str, &T); 3] {
        let [train, val, test] = SPLITS;
        [(train, &self.train), (val, &self.val), (test, &self.test)]
    }

    /// The part with this name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.named().into_iter().find(|(known, _)| *known == name).map(|(_, part)| part)
    }

    /// Each part by reference.
    pub fn as_ref(&self) -> Split<&T> {
        Split { train: &self.train, val: &self.val, test: &self.test }
    }

    /// Makes a value of each part.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Split<U> {
        Split { train: make(self.train), val: make(self.val), test: make(self.test) }
    }

    /// Makes a value for each part.
    ///
    /// # Errors
    /// The first that `make` reports.
    pub fn try_new<E>(mut make: impl FnMut(&'static str) -> Result<T, E>) -> Result<Self, E> {
        let [train, val, test] = SPLITS;
        Ok(Self { train: make(train)?, val: make(val)?, test: make(test)? })
    }
}
