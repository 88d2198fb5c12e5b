//! The weights from which a retraining starts, if they are not the seed's.

use crate::error::Result;
use ssim_core::embedding::Embedding;
use ssim_core::parameters::{Parameters, Values};

/// Weights for a retraining to start from.
pub struct StartWeights {
    /// The number of towers.
    pub towers: usize,
    /// The dense parameters.
    pub values: Values,
    /// The embedding table, `[N, D]`.
    pub table: Embedding,
    /// Whether they are evaluated first, and stay the best until an epoch is better.
    pub competes: bool,
}

impl StartWeights {
    /// The weights of a fitted model with so many towers, which compete.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn fitted(towers: usize, parameters: &Parameters, table: Embedding) -> Result<Self> {
        Ok(Self { towers, values: parameters.values()?, table, competes: true })
    }
}
