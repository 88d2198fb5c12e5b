//! How good predictions are: AUC, logloss, GAUC and calibration, pooled and per scenario.

use crate::delong::Interval;
use crate::instances::Instances;
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
    /// 95 % interval of the AUC over draws of the rows, by DeLong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auc_interval: Option<(f64, f64)>,
    /// Mean binary cross entropy, from logits.
    pub logloss: Option<f64>,
    /// Mean prediction over mean label: 1 is calibrated.
    pub calibration: Option<f64>,
    /// The AUC to expect from labels drawn anew with the true click probabilities, where these are
    /// known: it compares models without the labels' noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub true_auc: Option<f64>,
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
    /// Compares logits `[n]` with the clicks of `instances`; `names` are the scenarios' names.
    pub fn new(logits: &[f32], instances: &Instances, names: &[String]) -> Self {
        let mut rows = vec![Vec::new(); names.len()];
        for (i, s) in instances.scenarios.iter().enumerate() {
            rows[usize::from(*s)].push(i);
        }
        let truth = instances.planted.as_ref().map(|p| p.probability.as_slice());
        let metrics = |rows: &[usize]| {
            let z: Vec<f32> = rows.iter().map(|i| logits[*i]).collect();
            let y: Vec<u8> = rows.iter().map(|i| instances.labels[*i]).collect();
            let true_auc = truth.and_then(|p| ranked(&z, |i| f64::from(p[rows[i]])));
            Metrics { true_auc, ..Metrics::new(&z, &y) }
        };
        let per: Vec<_> = names
            .iter()
            .zip(&rows)
            .map(|(name, rows)| ScenarioMetrics { scenario: name.clone(), metrics: metrics(rows) })
            .collect();
        let weighted: Vec<(f64, f64)> = per
            .iter()
            .filter_map(|s| s.metrics.auc.map(|a| (a, s.metrics.instances as f64)))
            .collect();
        let mean = |total: f64, weight: f64| (weight > 0.0).then(|| total / weight);
        Self {
            pooled: Metrics {
                true_auc: truth.and_then(|p| ranked(logits, |i| f64::from(p[i]))),
                ..Metrics::new(logits, &instances.labels)
            },
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
            auc_interval: Interval::new(logits, labels).map(|found| found.ends()),
            logloss: mean(loss),
            calibration: (clicks > 0.0).then(|| predicted / clicks),
            true_auc: None,
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
    ranked(scores, |i| f64::from(u8::from(labels[i] > 0)))
}

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

/// What both have in common: `click` is the probability that row i is one.
fn ranked(scores: &[f32], click: impl Fn(usize) -> f64) -> Option<f64> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    order.sort_unstable_by(|a, b| scores[*a as usize].total_cmp(&scores[*b as usize]));
    let (mut area, mut pairs, mut below) = (0f64, 0f64, 0f64);
    let misses: f64 = (0..scores.len()).map(|i| 1.0 - click(i)).sum();
    // -0.0 and 0.0 are one score, though `total_cmp` keeps them apart.
    for tied in order.chunk_by(|a, b| scores[*a as usize] == scores[*b as usize]) {
        let of = || tied.iter().map(|i| click(*i as usize));
        let (hit, miss): (f64, f64) = (of().sum(), of().map(|p| 1.0 - p).sum());
        let alone: f64 = of().map(|p| p * (1.0 - p)).sum();
        area += hit * below + 0.5 * (hit * miss - alone);
        pairs += hit * misses - alone;
        below += miss;
    }
    (pairs > 0.0).then(|| area / pairs)
}

/// How much the towers disagree about each row: the standard deviation over the towers of the
/// logits `[n, K]`, row-major.
///
/// ```
/// use ssim_core::metric::disagreement;
/// assert_eq!(disagreement(&[1.0, 3.0, 2.0, 2.0], 2), [1.0, 0.0]);
/// ```
pub fn disagreement(logits: &[f32], towers: usize) -> Vec<f32> {
    let spread = |row: &[f32]| {
        let mean = row.iter().sum::<f32>() / row.len() as f32;
        (row.iter().map(|z| (z - mean).powi(2)).sum::<f32>() / row.len() as f32).sqrt()
    };
    logits.chunks_exact(towers.max(1)).map(spread).collect()
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
