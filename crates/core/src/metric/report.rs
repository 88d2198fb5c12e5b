//! The quality of predictions on a split, pooled and per scenario.

use super::{Entry, Metrics, Predictions, TABLE};
use crate::instances::Instances;
use serde::{Deserialize, Serialize};

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
    /// Compares logits `[n]` with the clicks of `instances` by all metrics of [`TABLE`]; `names`
    /// are the scenarios' names.
    pub fn new(logits: &[f32], instances: &Instances, names: &[String]) -> Self {
        Self::with(TABLE, logits, instances, names)
    }

    /// The same as [`Report::new`], with the metrics of another table.
    pub fn with(table: &[Entry], logits: &[f32], instances: &Instances, names: &[String]) -> Self {
        let mut rows = vec![Vec::new(); names.len()];
        for (i, s) in instances.scenarios.iter().enumerate() {
            rows[usize::from(*s)].push(i);
        }
        let labels = &instances.labels;
        let truth = instances.planted.as_ref().map(|p| p.probability.as_slice());
        let metrics = |rows: &[usize]| {
            let logits: Vec<f32> = rows.iter().map(|i| logits[*i]).collect();
            let labels: Vec<u8> = rows.iter().map(|i| labels[*i]).collect();
            let truth = truth.map(|p| rows.iter().map(|i| p[*i]).collect::<Vec<f32>>());
            let truth = truth.as_deref();
            Metrics::with(table, &Predictions { logits: &logits, labels: &labels, truth })
        };
        let per: Vec<_> = names
            .iter()
            .zip(&rows)
            .map(|(name, rows)| ScenarioMetrics { scenario: name.clone(), metrics: metrics(rows) })
            .collect();
        let weighted: Vec<(f64, f64)> = per
            .iter()
            .filter_map(|s| s.metrics.auc().map(|a| (a, s.metrics.instances as f64)))
            .collect();
        let mean = |total: f64, weight: f64| (weight > 0.0).then(|| total / weight);
        Self {
            pooled: Metrics::with(table, &Predictions { logits, labels, truth }),
            mean_auc: mean(weighted.iter().map(|(a, _)| a).sum(), weighted.len() as f64),
            gauc: mean(
                weighted.iter().map(|(a, n)| a * n).sum(),
                weighted.iter().map(|(_, n)| n).sum(),
            ),
            scenarios: per,
        }
    }
}
