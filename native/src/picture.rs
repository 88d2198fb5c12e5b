//! From a run's numbers to charts.

use crate::summary::{Share, Summary};
use serde_json::Value;
use ssim_viz::{Curve, Curves, Estimate, Look, Method, Metrics, Shares};

/// Test AUC per scenario, a line per run; the first run is what the others are compared with.
pub fn metrics(runs: &[Summary]) -> String {
    let names = runs.first().map(|r| r.test.scenarios.as_slice()).unwrap_or_default();
    let method = |run: &Summary| Method {
        name: run.method.clone(),
        shares: run.share.shared > 0,
        estimates: run.test.scenarios.iter().map(|s| s.metrics.auc.map(Estimate::single)).collect(),
    };
    let chart = Metrics {
        title: "Test AUC per scenario".into(),
        note: "One seed.".into(),
        scenarios: names
            .iter()
            .map(|s| (format!("scenario {}", s.scenario), s.metrics.instances))
            .collect(),
        methods: runs.iter().map(method).collect(),
        baseline: (runs.len() > 1).then_some(0),
    };
    chart.svg(&Look::default())
}

/// How many train instances of each scenario are shared.
pub fn shares(method: &str, share: &Share) -> String {
    let scenarios = share.by_scenario.iter().map(|s| ssim_viz::Share {
        scenario: s.scenario.clone(),
        instances: s.instances,
        shared: s.shared,
    });
    let chart = Shares {
        title: format!("Train instances that {method} shares"),
        note: String::new(),
        scenarios: scenarios.collect(),
    };
    chart.svg(&Look::default())
}

/// Loss over the steps of each phase, from the lines of `metrics.jsonl`.
pub fn curves(lines: &str) -> String {
    let values: Vec<Value> = lines.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    let curve = |phase: &str| {
        let of_phase = values.iter().filter(|v| v["phase"] == phase && v["event"] == "step");
        let points = of_phase.filter_map(|v| Some((v["steps"].as_f64()?, v["loss"].as_f64()?)));
        Curve { name: phase.to_owned(), points: points.collect() }
    };
    let curves = ["search", "retrain"].map(curve).into_iter().filter(|c| !c.points.is_empty());
    let chart = Curves {
        title: "Training loss".into(),
        x: "step".into(),
        y: "loss".into(),
        curves: curves.collect(),
    };
    chart.svg(&Look::default())
}
