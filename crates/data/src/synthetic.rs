//! Synthetic.

use crate::error::Result;
use crate::prepared::Prepared;

/// A synthetic data set of `rows` rows, ready to train on.
///
/// # Errors
/// Fewer than 1,000 rows.
pub fn prepare(rows: usize, seed: u64) -> Result<Prepared> {
    let _ = (rows, seed);
    Err(crate::Error::Config("not yet".into()))
}
