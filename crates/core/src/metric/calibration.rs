//! The mean prediction over the mean label.

use super::{Entry, MetricInfo, Predictions};

/// The line of the table. The best value lies between too small and too large ones, so the metric
/// has no direction.
pub(super) const ENTRY: Entry = (
    MetricInfo {
        key: "calibration",
        label: "calibration",
        title: "calibration",
        better: None,
        most: None,
        needs_truth: false,
    },
    calibration,
);

fn calibration(rows: &Predictions) -> Option<f64> {
    let clicks: f64 = rows.labels.iter().map(|y| f64::from(*y)).sum();
    let predicted: f64 = rows.logits.iter().map(|z| 1.0 / (1.0 + (-f64::from(*z)).exp())).sum();
    (clicks > 0.0).then(|| predicted / clicks)
}
