//! The mean binary cross entropy.

use super::{Better, Entry, MetricInfo, Predictions};

/// The line of the table.
pub(super) const ENTRY: Entry = (
    MetricInfo {
        key: "logloss",
        label: "logloss",
        title: "logloss",
        better: Some(Better::Lower),
        most: None,
        needs_truth: false,
    },
    logloss,
);

fn logloss(rows: &Predictions) -> Option<f64> {
    let n = rows.labels.len() as f64;
    let loss: f64 = rows.logits.iter().zip(rows.labels).map(|(z, y)| cross_entropy(*z, *y)).sum();
    (n > 0.0).then(|| loss / n)
}

/// Binary cross entropy of one logit, ln(1 + e^∓z), in the form that neither overflows nor cancels. It
/// is 0 for an infinite logit that is right, and infinite for one that is wrong.
pub fn cross_entropy(logit: f32, label: u8) -> f64 {
    let z = f64::from(logit);
    let against = if label > 0 { -z } else { z };
    against.max(0.0) + (-z.abs()).exp().ln_1p()
}
