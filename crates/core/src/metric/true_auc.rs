//! The AUC against the true click probabilities. It compares models without the noise of labels.

use super::auc::ranked;
use super::{Better, Entry, MetricInfo};

/// The line of the table.
pub(super) const ENTRY: Entry = (
    MetricInfo {
        key: "true_auc",
        label: "true AUC",
        title: "AUC against the true click probabilities",
        better: Some(Better::Higher),
        most: Some(1.0),
        needs_truth: true,
    },
    |rows| rows.truth.and_then(|p| ranked(rows.logits, |i| f64::from(p[i]))),
);

/// The part of all pairs of a click and a non-click that `scores` put in the right order, where row
/// i is a click with `probability[i]`; tied scores count half, and a row makes no pair with itself.
///
/// `None` where there is no such pair.
///
/// ```
/// use ssim_core::metric::expected_auc;
/// // Pairs (0, 1) and (1, 0) weigh 0.2·0.4 and 0.6·0.8: the second is in the right order.
/// let auc = expected_auc(&[0.1, 0.9], &[0.2, 0.6]).unwrap();
/// assert!((auc - 0.48 / 0.56).abs() < 1e-12);
/// ```
pub fn expected_auc(scores: &[f32], probability: &[f64]) -> Option<f64> {
    ranked(scores, |i| probability[i])
}
