//! How good a model is: every row through its own scenario's tower.

use crate::collective::{Collective, each};
use crate::error::Result;
use ssim_core::instances::Instances;
use ssim_core::mask::batches;
use ssim_core::metric::Report;
use ssim_core::model::Predict;

/// Logits `[n]` of all rows, `batch` rows at a time; each of the `ranks` predicts its part.
///
/// # Errors
/// What candle reports; when a rank is gone.
pub fn predict(
    model: &impl Predict,
    instances: &Instances,
    batch: usize,
    ranks: &dyn Collective,
) -> Result<Vec<f32>> {
    each(ranks, instances.len(), |part| {
        let mut logits = Vec::with_capacity(part.len());
        for range in batches(part.len(), batch) {
            let place = |i: usize| (part.start + i) as u32;
            let rows: Vec<u32> = (place(range.start)..place(range.end)).collect();
            logits.extend(model.predict(instances, &rows)?);
        }
        Ok(logits)
    })
}

/// Metrics of a model on a split; `names` are the scenarios' names.
///
/// # Errors
/// As [`predict`].
pub fn evaluate(
    model: &impl Predict,
    instances: &Instances,
    names: &[String],
    batch: usize,
    ranks: &dyn Collective,
) -> Result<Report> {
    let logits = predict(model, instances, batch, ranks)?;
    Ok(Report::new(&logits, instances, names))
}
