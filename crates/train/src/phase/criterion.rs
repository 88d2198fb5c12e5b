//! The number by which epochs are compared.

use crate::config::Stop;
use ssim_core::metric::Report;

/// The number that early stopping compares, of which a larger one is better: an AUC, or the negative logloss
/// of all rows, also where this AUC is not defined.
pub(super) fn criterion(report: &Report, stop: Stop) -> f64 {
    let auc = match stop {
        Stop::Pooled => report.pooled.auc(),
        Stop::Mean => report.mean_auc,
        Stop::Gauc => report.gauc,
        Stop::Logloss => None,
    };
    auc.unwrap_or_else(|| -report.pooled.logloss().unwrap_or(f64::INFINITY))
}
