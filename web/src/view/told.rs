//! What a run reported, as far as this page knows its words. Every part is read for itself: one
//! that is missing or of another shape takes no other with it.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// Which rows were shared.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Shared {
    /// Rows that train every tower.
    pub shared: u64,
    /// Per scenario.
    pub by_scenario: Vec<SharedLine>,
}

/// Shared rows of one scenario.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SharedLine {
    /// Its name.
    pub scenario: String,
    /// Its train rows.
    pub instances: u64,
    /// Those that train every tower.
    pub shared: u64,
}

/// Quality on one split.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Quality {
    /// Number of rows.
    pub instances: u64,
    /// All rows together.
    pub auc: Option<f64>,
    /// All rows together.
    pub logloss: Option<f64>,
    /// Each scenario for itself.
    pub scenarios: Vec<QualityLine>,
}

/// Quality on one scenario's rows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct QualityLine {
    /// Its name.
    pub scenario: String,
    /// Number of rows.
    pub instances: u64,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
}

/// One method's run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The method's name.
    pub method: String,
    /// Seed of everything random.
    pub seed: Option<u64>,
    /// Rows that trained every tower.
    pub shared: Option<u64>,
    /// Quality on test.
    pub test: Quality,
}

/// The selector's list against a planted truth.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Truth {
    /// Of the listed rows, the part that is planted as shared.
    pub precision: f64,
    /// Of the rows planted as shared, the part that is listed.
    pub recall: f64,
    /// Precision of a random list.
    pub base_rate: f64,
    /// Recall of a random list.
    pub list_rate: f64,
    /// How well scores rank planted rows above others.
    pub score_auc: Option<f64>,
}

/// Of how many rows the sample was drawn.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Sample {
    /// "test".
    pub split: String,
    /// Rows in the file.
    pub rows: u64,
    /// Rows of the split.
    pub of: u64,
}

/// The list the run trained with.
pub fn share(report: &Value) -> Option<Shared> {
    part(report, "share").filter(|s: &Shared| s.shared > 0)
}

/// Of how many rows the sample was drawn.
pub fn sample(report: &Value) -> Option<Sample> {
    part(report, "sample")
}

/// The selector's list against a planted truth.
pub fn truth(report: &Value) -> Option<Truth> {
    part(report, "selector")
}

/// The runs that were compared; the artifact's own where there were no others.
pub fn runs(report: &Value) -> Vec<Run> {
    let several = report.get("methods").and_then(Value::as_array);
    let several: Vec<Run> = several.into_iter().flatten().filter_map(run).collect();
    if several.is_empty() { run(report).into_iter().collect() } else { several }
}

fn run(report: &Value) -> Option<Run> {
    Some(Run {
        method: part(report, "method")?,
        seed: part(report, "seed"),
        shared: report.pointer("/share/shared").and_then(Value::as_u64),
        test: part(report, "test")?,
    })
}

fn part<T: DeserializeOwned>(report: &Value, key: &str) -> Option<T> {
    T::deserialize(report.get(key)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_strange_part_takes_no_other_with_it() {
        let test = json!({ "instances": 3, "auc": 0.7, "logloss": null, "scenarios": [] });
        let report = json!({
            "method": "ssim", "share": "a word", "test": test,
            "methods": [{ "method": "mt", "test": test }, 7, { "method": "x" }],
        });
        assert_eq!(share(&report), None);
        let runs: Vec<_> = runs(&report).into_iter().map(|r| r.method).collect();
        assert_eq!(runs, ["mt"]);
    }

    #[test]
    fn a_single_run_stands_for_itself() {
        let report = json!({ "method": "st", "seed": 4, "share": { "ratio": 0.0, "shared": 0, "by_scenario": [] },
            "test": { "instances": 3, "auc": null, "logloss": 0.5, "scenarios": [{ "scenario": "1", "instances": 3, "auc": 0.5 }] } });
        assert_eq!(runs(&report)[0].seed, Some(4));
        assert_eq!(share(&report), None);
        assert!(runs(&Value::Null).is_empty());
    }
}
