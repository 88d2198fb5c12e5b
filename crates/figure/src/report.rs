//! What a run reported, as far as pictures show it. Parts of another shape are left out.

use crate::measured::{Measured, Point};
use crate::tested::Tested;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ssim_core::metric::Report;

/// One scenario's training rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListLine {
    /// The scenario's name.
    pub scenario: String,
    /// All of its rows.
    pub instances: u64,
    /// Those on the list.
    pub shared: u64,
}

/// A run with one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunLine {
    /// Its method.
    pub method: String,
    /// Whether it shares instances.
    pub shares: bool,
    /// Quality on all test rows.
    pub test: Tested,
}

/// Rows that the file's sample was drawn from.
pub fn of(report: &Value) -> Option<u64> {
    report.pointer("/sample/of")?.as_u64()
}

/// The list that the run was trained on.
pub fn lists(report: &Value) -> Vec<ListLine> {
    let line = |v: &Value| {
        Some(ListLine {
            scenario: v.get("scenario")?.as_str()?.to_owned(),
            instances: v.get("instances")?.as_u64()?,
            shared: v.get("shared")?.as_u64()?,
        })
    };
    items(report.pointer("/share/by_scenario")).filter_map(line).collect()
}

/// A number over the steps of every phase that told it: "search" and "retrain".
pub fn curves(report: &Value, what: &str) -> Vec<(String, Vec<(f64, f64)>)> {
    let point = |p: &Value| Some((p.get(0)?.as_f64()?, p.get(1)?.as_f64()?));
    let curves = items(report.get("curves")).filter(|c| c["what"] == what);
    let curve = |c: &Value| {
        let points = items(c.get("points")).filter_map(point).collect();
        Some((c.get("phase")?.as_str()?.to_owned(), points))
    };
    curves.filter_map(curve).collect()
}

/// Part of the batch that was shared while searching, by step.
pub fn search(report: &Value) -> Vec<Vec<(f64, f64)>> {
    let shared = curves(report, "shared").into_iter().filter(|c| c.0 == "search");
    shared.map(|c| c.1).collect()
}

/// The runs that were compared; where there were none, the run itself.
pub fn runs(report: &Value) -> Vec<RunLine> {
    let runs: Vec<RunLine> = items(report.get("methods")).filter_map(run).collect();
    if runs.is_empty() { run(report).into_iter().collect() } else { runs }
}

fn run(report: &Value) -> Option<RunLine> {
    Some(RunLine {
        method: report.get("method")?.as_str()?.to_owned(),
        shares: report.pointer("/share/shared").and_then(Value::as_u64).is_some_and(|n| n > 0),
        test: tested(report)?,
    })
}

/// What a sweep measured.
pub fn sweep(report: &Value) -> Measured {
    let point = |p: &Value| {
        Some(Point {
            method: p.get("method")?.as_str()?.to_owned(),
            ratio: p.get("ratio")?.as_f64()?,
            seed: p.get("seed")?.as_u64()?,
            test: tested(p)?,
        })
    };
    Measured(items(report.get("sweep")).filter_map(point).collect())
}

/// Quality on all test rows.
pub fn tested(report: &Value) -> Option<Tested> {
    Report::deserialize(report.get("test")?).ok().as_ref().map(Tested::from)
}

fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use ssim_core::metric::Metric;

    #[test]
    fn what_has_another_shape_is_left_out() {
        let test = json!({ "instances": 9, "ctr": 0.1, "auc": 0.7, "logloss": 0.2, "calibration": 1.0,
            "mean_auc": 0.7, "gauc": 0.7, "scenarios": [] });
        let report = json!({
            "method": "ssim", "test": test, "sample": { "of": 90 },
            "share": { "shared": 3, "by_scenario": [
                { "scenario": "a", "instances": 5, "shared": 3 }, { "scenario": "b" }, 7,
            ] },
            "curves": [
                { "phase": "search", "what": "shared", "points": [[1, 0.5], ["x", 0.1], [2, 0.4]] },
                { "phase": "retrain", "what": "shared", "points": [[1, 0.5]] },
            ],
            "sweep": [{ "method": "mt", "ratio": 0.0, "seed": 1, "test": test }, "a word"],
        });
        assert_eq!(of(&report), Some(90));
        assert_eq!(lists(&report), [ListLine { scenario: "a".into(), instances: 5, shared: 3 }]);
        assert_eq!(search(&report), [[(1.0, 0.5), (2.0, 0.4)]]);
        assert_eq!(sweep(&report).len(), 1);
        let own = runs(&report);
        assert!(own.len() == 1 && own[0].shares && own[0].test.all.get(Metric::AUC) == Some(0.7));
        let nothing = json!({ "test": "none", "methods": [{ "method": "mt" }] });
        assert!(runs(&nothing).is_empty() && tested(&nothing).is_none() && of(&nothing).is_none());
    }
}
