//! How good predictions are: AUC, logloss, calibration and others, pooled and per scenario.
//!
//! Each metric is a file in this folder and a line in [`TABLE`]. Reports, comparisons, charts and
//! menus take their metrics from there.

mod auc;
mod calibration;
mod calibration_error;
mod disagreement;
mod handle;
mod logloss;
mod metrics;
mod report;
mod serial;
mod true_auc;

pub use auc::{auc, gauc};
pub use calibration_error::calibration_error;
pub use disagreement::disagreement;
pub use handle::Metric;
pub use logloss::cross_entropy;
pub use metrics::Metrics;
pub use report::{Report, ScenarioMetrics};
pub use true_auc::expected_auc;

/// The rows that a metric judges. All slices have one value per row, `[n]`.
#[derive(Clone, Copy, Debug)]
pub struct Predictions<'a> {
    /// The predicted logits `[n]`.
    pub logits: &'a [f32],
    /// The labels `[n]`: 1 for a click, 0 for none.
    pub labels: &'a [u8],
    /// The true click probabilities `[n]`, which are known for synthetic data only.
    pub truth: Option<&'a [f32]>,
}

/// The direction in which a metric improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// A larger value is better.
    Higher,
    /// A smaller value is better, as for a loss.
    Lower,
}

/// All that is known about a metric before it is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricInfo {
    /// The key in reports, addresses and options.
    pub key: &'static str,
    /// A short name for menus and table heads.
    pub label: &'static str,
    /// A full name for headings, as in "Test logloss".
    pub title: &'static str,
    /// The direction in which the metric improves. `None` if it has none; such a metric is reported
    /// and not compared.
    pub better: Option<Better>,
    /// The largest value that it can have, at which a picture's axis ends; `None` without such a bound.
    pub most: Option<f64>,
    /// Whether the metric is computed from the true click probabilities.
    pub needs_truth: bool,
}

/// A metric with the function that computes it. The result is `None` where the metric is not
/// defined, as an AUC without a click.
pub type Entry = (MetricInfo, fn(&Predictions) -> Option<f64>);

/// All metrics, in the order of reports and menus. A new metric is a line at the end.
pub const TABLE: &[Entry] = &[auc::ENTRY, logloss::ENTRY, calibration::ENTRY, true_auc::ENTRY];

/// The metrics of [`TABLE`] without the functions. A program that only shows metrics, such as the
/// page, does not have to contain the code that computes them.
pub static METRICS: [MetricInfo; TABLE.len()] = infos();

const fn infos() -> [MetricInfo; TABLE.len()] {
    let mut infos = [TABLE[0].0; TABLE.len()];
    let mut i = 1;
    // A `for` loop cannot run at compile time.
    while i < TABLE.len() {
        infos[i] = TABLE[i].0;
        i += 1;
    }
    infos
}
