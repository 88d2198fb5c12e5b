//! Predictions for many rows.

use crate::error::Result;
use crate::ranks::{Collective, each};
use ssim_core::instances::Instances;
use ssim_core::mask::batches;
use ssim_core::model::Predict;

/// Logits `[n]` of all rows, by one tower, whatever their scenarios are. The fields of a row stay as they
/// are, also the one that says the scenario.
///
/// # Errors
/// When candle reports an error, or a rank is gone.
pub fn predict_by(
    model: &(impl Predict + ?Sized),
    instances: &Instances,
    tower: u16,
    batch: usize,
    ranks: &dyn Collective,
) -> Result<Vec<f32>> {
    let scenarios = vec![tower; instances.len()];
    predict(model, &Instances { scenarios, ..instances.clone() }, batch, ranks)
}

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
