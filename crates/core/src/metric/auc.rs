//! The area under the ROC curve, over all rows or averaged over groups of rows.

use super::{Better, Entry, MetricInfo};
use std::collections::BTreeMap;

/// The line of the table.
pub(super) const ENTRY: Entry = (
    MetricInfo {
        key: "auc",
        label: "AUC",
        title: "AUC",
        better: Some(Better::Higher),
        most: Some(1.0),
        needs_truth: false,
    },
    |rows| auc(rows.logits, rows.labels),
);

/// Area under the ROC curve of `scores` against labels; tied scores count half.
///
/// `None` where there are no clicks, or only clicks, or where a score is NaN, which has no place in an
/// order.
///
/// ```
/// use ssim_core::metric::auc;
/// assert_eq!(auc(&[0.1, 0.4, 0.4, 0.8], &[0, 0, 1, 1]), Some(0.875));
/// assert_eq!(auc(&[0.1], &[0]), None);
/// ```
pub fn auc(scores: &[f32], labels: &[u8]) -> Option<f64> {
    ranked(scores, |i| f64::from(u8::from(labels[i] > 0)))
}

/// The share of all pairs of a click and a non-click that `scores` put in the right order. Row i is
/// a click with probability `click(i)`; tied scores count half.
pub(super) fn ranked(scores: &[f32], click: impl Fn(usize) -> f64) -> Option<f64> {
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    order.sort_unstable_by(|a, b| scores[*a as usize].total_cmp(&scores[*b as usize]));
    let (mut area, mut pairs, mut below) = (0f64, 0f64, 0f64);
    let misses: f64 = (0..scores.len()).map(|i| 1.0 - click(i)).sum();
    // -0.0 and 0.0 are one score, though `total_cmp` keeps them apart.
    for tied in order.chunk_by(|a, b| scores[*a as usize] == scores[*b as usize]) {
        let clicks = || tied.iter().map(|i| click(*i as usize));
        let (hit, miss): (f64, f64) = (clicks().sum(), clicks().map(|p| 1.0 - p).sum());
        // A row makes no pair with itself.
        let alone: f64 = clicks().map(|p| p * (1.0 - p)).sum();
        area += hit * below + 0.5 * (hit * miss - alone);
        pairs += hit * misses - alone;
        below += miss;
    }
    (pairs > 0.0).then(|| area / pairs)
}

/// Mean AUC over groups of rows (users, say), weighted by group size; groups with one class only
/// are left out. `None` where all are, or where a score is NaN.
pub fn gauc(scores: &[f32], labels: &[u8], groups: &[u32]) -> Option<f64> {
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, g) in groups.iter().enumerate() {
        members.entry(*g).or_default().push(i);
    }
    let (mut total, mut weight) = (0.0, 0.0);
    for rows in members.values() {
        let s: Vec<f32> = rows.iter().map(|i| scores[*i]).collect();
        let y: Vec<u8> = rows.iter().map(|i| labels[*i]).collect();
        if let Some(a) = auc(&s, &y) {
            total += a * rows.len() as f64;
            weight += rows.len() as f64;
        }
    }
    (weight > 0.0).then(|| total / weight)
}
