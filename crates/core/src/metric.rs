//! How good predictions are: AUC, logloss, GAUC and calibration, pooled and per scenario.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Quality of predictions on one split. A metric that is not defined (AUC without a click, say)
/// is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// All rows together.
    #[serde(flatten)]
    pub pooled: Metrics,
    /// Mean of the scenarios' AUCs that are defined.
    pub mean_auc: Option<f64>,
    /// AUC per scenario, averaged by number of rows.
    pub gauc: Option<f64>,
    /// Each scenario for itself.
    pub scenarios: Vec<ScenarioMetrics>,
}

/// Quality of predictions on some rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Number of rows.
    pub instances: u64,
    /// Share of clicks.
    pub ctr: Option<f64>,
    /// Area under the ROC curve, ties averaged.
    pub auc: Option<f64>,
    /// Mean binary cross entropy, from logits.
    pub logloss: Option<f64>,
    /// Mean prediction over mean label: 1 is calibrated.
    pub calibration: Option<f64>,
}

/// [`Metrics`] of one scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScenarioMetrics {
    /// The scenario's name.
    pub scenario: String,
    /// Its metrics.
    #[serde(flatten)]
    pub metrics: Metrics,
}

impl Report {
    /// Compares logits `[n]` with labels `[n]`; `names` are the scenarios' names.
    pub fn new(logits: &[f32], labels: &[u8], scenarios: &[u16], names: &[String]) -> Self {
        let mut rows = vec![Vec::new(); names.len()];
        for (i, s) in scenarios.iter().enumerate() {
            rows[usize::from(*s)].push(i);
        }
        let per: Vec<_> = names
            .iter()
            .zip(rows)
            .map(|(name, rows)| {
                let z: Vec<f32> = rows.iter().map(|i| logits[*i]).collect();
                let y: Vec<u8> = rows.iter().map(|i| labels[*i]).collect();
                ScenarioMetrics { scenario: name.clone(), metrics: Metrics::new(&z, &y) }
            })
            .collect();
        let weighted: Vec<(f64, f64)> = per
            .iter()
            .filter_map(|s| s.metrics.auc.map(|a| (a, s.metrics.instances as f64)))
            .collect();
        let mean = |total: f64, weight: f64| (weight > 0.0).then(|| total / weight);
        Self {
            pooled: Metrics::new(logits, labels),
            mean_auc: mean(weighted.iter().map(|(a, _)| a).sum(), weighted.len() as f64),
            gauc: mean(
                weighted.iter().map(|(a, n)| a * n).sum(),
                weighted.iter().map(|(_, n)| n).sum(),
            ),
            scenarios: per,
        }
    }
}

impl Metrics {
    /// Compares logits `[n]` with labels `[n]`.
    pub fn new(logits: &[f32], labels: &[u8]) -> Self {
        let n = labels.len() as f64;
        let clicks: f64 = labels.iter().map(|y| f64::from(*y)).sum();
        let predicted: f64 = logits.iter().map(|z| 1.0 / (1.0 + (-f64::from(*z)).exp())).sum();
        let loss: f64 = logits.iter().zip(labels).map(|(z, y)| cross_entropy(*z, *y)).sum();
        let mean = |x: f64| (n > 0.0).then(|| x / n);
        Self {
            instances: labels.len() as u64,
            ctr: mean(clicks),
            auc: auc(logits, labels),
            logloss: mean(loss),
            calibration: (clicks > 0.0).then(|| predicted / clicks),
        }
    }
}

/// Binary cross entropy of one logit, in the form that neither overflows nor cancels.
pub fn cross_entropy(logit: f32, label: u8) -> f64 {
    let (z, y) = (f64::from(logit), f64::from(label));
    z.max(0.0) - z * y + (-z.abs()).exp().ln_1p()
}

/// Area under the ROC curve of `scores` against labels; tied scores count half.
///
/// `None` where there are no clicks, or only clicks.
///
/// ```
/// use ssim_core::metric::auc;
/// assert_eq!(auc(&[0.1, 0.4, 0.4, 0.8], &[0, 0, 1, 1]), Some(0.875));
/// assert_eq!(auc(&[0.1], &[0]), None);
/// ```
pub fn auc(scores: &[f32], labels: &[u8]) -> Option<f64> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    order.sort_unstable_by(|a, b| scores[*a as usize].total_cmp(&scores[*b as usize]));
    let positives = labels.iter().filter(|y| **y > 0).count() as f64;
    let negatives = labels.len() as f64 - positives;
    let (mut area, mut below) = (0f64, 0f64);
    // -0.0 and 0.0 are one score, though `total_cmp` keeps them apart.
    for tied in order.chunk_by(|a, b| scores[*a as usize] == scores[*b as usize]) {
        let hits = tied.iter().filter(|i| labels[**i as usize] > 0).count() as f64;
        let misses = tied.len() as f64 - hits;
        area += hits * (below + 0.5 * misses);
        below += misses;
    }
    (positives > 0.0 && negatives > 0.0).then(|| area / (positives * negatives))
}

/// Mean AUC over groups of rows (users, say), weighted by group size; groups with one class only
/// are left out. `None` where all are.
pub fn gauc(scores: &[f32], labels: &[u8], groups: &[u32]) -> Option<f64> {
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
