//! The values of all metrics on some rows.

use super::{Entry, METRICS, Metric, MetricInfo, Predictions, TABLE};
use crate::delong::Interval;
use std::borrow::Cow;

/// Quality of predictions on some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Number of rows.
    pub instances: u64,
    /// Share of clicks.
    pub ctr: Option<f64>,
    /// 95 % interval of the AUC over draws of the rows, by DeLong.
    pub auc_interval: Option<(f64, f64)>,
    /// The metrics' keys and values, in the order of the table.
    pub(super) values: Vec<Value>,
}

pub(super) type Value = (Cow<'static, str>, Option<f64>);

/// A metric's key and value. A metric that needs the truth is left out where it is not defined,
/// because most data have no truth.
pub(super) fn value(info: &MetricInfo, value: Option<f64>) -> Option<Value> {
    (value.is_some() || !info.needs_truth).then_some((Cow::Borrowed(info.key), value))
}

impl Metrics {
    /// Compares logits `[n]` with labels `[n]` by all metrics of [`TABLE`] that need no truth.
    pub fn new(logits: &[f32], labels: &[u8]) -> Self {
        Self::with(TABLE, &Predictions { logits, labels, truth: None })
    }

    /// Computes the metrics of a table.
    pub fn with(table: &[Entry], rows: &Predictions) -> Self {
        let n = rows.labels.len() as f64;
        let clicks: f64 = rows.labels.iter().map(|y| f64::from(*y)).sum();
        let values = table.iter().filter_map(|(info, compute)| value(info, compute(rows)));
        Self {
            instances: rows.labels.len() as u64,
            ctr: (n > 0.0).then(|| clicks / n),
            auc_interval: Interval::new(rows.logits, rows.labels).map(|found| found.ends()),
            values: values.collect(),
        }
    }

    /// A metric's value; `None` where it is not defined.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        self.value(metric.name())
    }

    /// The value of the metric with this key, which may be one of another table.
    pub fn value(&self, key: &str) -> Option<f64> {
        self.values.iter().find(|v| v.0 == key).and_then(|v| v.1)
    }

    /// Area under the ROC curve, ties averaged.
    pub fn auc(&self) -> Option<f64> {
        self.get(Metric::AUC)
    }

    /// Mean binary cross entropy, from logits.
    pub fn logloss(&self) -> Option<f64> {
        self.get(Metric::LOGLOSS)
    }

    /// Mean prediction over mean label: 1 is calibrated.
    pub fn calibration(&self) -> Option<f64> {
        self.get(Metric::CALIBRATION)
    }

    /// The AUC to expect from labels drawn anew with the true click probabilities, where these are
    /// known.
    pub fn true_auc(&self) -> Option<f64> {
        self.get(Metric::TRUE_AUC)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let values = METRICS.iter().filter_map(|info| value(info, None)).collect();
        Self { instances: 0, ctr: None, auc_interval: None, values }
    }
}
