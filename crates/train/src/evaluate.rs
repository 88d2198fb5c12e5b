//! The quality of a model: every row goes through its own scenario's tower.

use crate::error::Result;
use crate::setup::Setup;
use crate::step::predict::predict;
use ssim_core::instances::Instances;
use ssim_core::metric::Report;
use ssim_core::model::Predict;

/// Metrics of a model, or of a copy per scenario, on some rows.
///
/// # Errors
/// When candle reports an error, or a rank is gone.
pub fn evaluate(
    setup: &Setup,
    model: &(impl Predict + ?Sized),
    instances: &Instances,
) -> Result<Report> {
    let logits = logits(setup, model, instances)?;
    Ok(Report::new(&logits, instances, &setup.schema.scenarios))
}

/// Logits `[n]` of a model, or of a copy per scenario, for some rows.
///
/// # Errors
/// Those of [`evaluate`].
pub fn logits(
    setup: &Setup,
    model: &(impl Predict + ?Sized),
    instances: &Instances,
) -> Result<Vec<f32>> {
    predict(model, instances, setup.config.train.eval_batch, setup.ranks)
}
