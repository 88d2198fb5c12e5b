//! Quality on test rows.

use serde::{Deserialize, Serialize};
use ssim_core::metric::{Metrics, Report};

/// Quality on test rows, all of them and scenario by scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// All rows together.
    pub all: Measures,
    /// Mean of the scenarios' AUCs that are defined.
    pub mean_auc: Option<f64>,
    /// Names of the scenarios, and their rows.
    pub scenarios: Vec<(String, Measures)>,
}

/// Quality on some rows; `None` where a metric is not defined.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Number of rows.
    pub instances: u64,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Mean binary cross entropy.
    pub logloss: Option<f64>,
    /// AUC against the true click probabilities, where they are known.
    pub true_auc: Option<f64>,
}

impl From<&Report> for Tested {
    fn from(report: &Report) -> Self {
        let scenarios = report.scenarios.iter();
        Self {
            all: (&report.pooled).into(),
            mean_auc: report.mean_auc,
            scenarios: scenarios.map(|s| (s.scenario.clone(), (&s.metrics).into())).collect(),
        }
    }
}

impl From<&Metrics> for Measures {
    fn from(metrics: &Metrics) -> Self {
        let Metrics { instances, auc, logloss, true_auc, .. } = *metrics;
        Self { instances, auc, logloss, true_auc }
    }
}
