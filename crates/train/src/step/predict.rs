//! Predictions for many rows.

use crate::error::Result;
use crate::ranks::{Collective, each};
use ssim_core::instances::Instances;
use ssim_core::mask::batches;
use ssim_core::model::Predict;

/// Logits `[n]` of all rows, each by its own scenario's tower, `batch` rows at a time. Each rank
/// predicts its part of the rows.
///
/// # Errors
/// When candle reports an error, or a rank is gone.
pub fn predict(
    model: &(impl Predict + ?Sized),
    instances: &Instances,
    batch: usize,
    ranks: &dyn Collective,
) -> Result<Vec<f32>> {
    each(ranks, instances.len(), |part| {
        let mut logits = Vec::with_capacity(part.len());
        for range in batches(part.len(), batch) {
            let first = (part.start + range.start) as u32;
            let rows: Vec<u32> = (first..first + range.len() as u32).collect();
            logits.extend(model.predict(instances, &rows)?);
        }
        Ok(logits)
    })
}
