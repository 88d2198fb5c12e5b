//! Quality on test rows.

use serde::{Deserialize, Serialize};
use ssim_core::metric::{Metric, Metrics, Report};

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

/// Quality on some rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Number of rows.
    pub instances: u64,
    /// A value per metric of [`ssim_core::metric::METRICS`]; `None` where it is not defined.
    pub values: Vec<Option<f64>>,
}

impl Measures {
    /// A metric's value; `None` where it is not defined.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        self.values.get(metric.index()).copied().flatten()
    }
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
        let values = Metric::all().map(|metric| metrics.get(metric)).collect();
        Self { instances: metrics.instances, values }
    }
}
