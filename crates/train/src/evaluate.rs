//! How good a model is: every row through its own scenario's tower.

use crate::error::Result;
use ssim_core::instances::Instances;
use ssim_core::mask::batches;
use ssim_core::metric::Report;
use ssim_core::model::Predict;

/// Logits `[n]` of all rows, `batch` rows at a time.
///
/// # Errors
/// Only what candle reports.
pub fn predict(model: &impl Predict, instances: &Instances, batch: usize) -> Result<Vec<f32>> {
    let mut logits = Vec::with_capacity(instances.len());
    for range in batches(instances.len(), batch) {
        let rows: Vec<u32> = (range.start as u32..range.end as u32).collect();
        logits.extend(model.predict(instances, &rows)?);
    }
    Ok(logits)
}

/// Metrics of a model on a split; `names` are the scenarios' names.
///
/// # Errors
/// Only what candle reports.
pub fn evaluate(
    model: &impl Predict,
    instances: &Instances,
    names: &[String],
    batch: usize,
) -> Result<Report> {
    let logits = predict(model, instances, batch)?;
    Ok(Report::new(&logits, instances, names))
}
