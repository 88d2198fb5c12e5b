//! The story's pictures, from the open file's numbers.

use crate::address::{Axes, Metric};
use crate::measured::Measured;
use crate::protocol::Overview;
use crate::view::scenarios::{self, counts, lines};
use crate::view::state::Page;
use crate::view::text::scenario;
use leptos::prelude::Get;
use serde_json::Value;
use ssim_viz::{Curve, Curves, Look, Map, Metrics, Points, Share, Shares};

/// Training rows per scenario, and how many of them are shared.
pub fn rows(overview: &Overview) -> Shares {
    let said = overview.report.pointer("/share/by_scenario").and_then(Value::as_array);
    let number = |v: &Value, key: &str| v.get(key).and_then(Value::as_u64).unwrap_or(0);
    let scenarios = said.into_iter().flatten().map(|v| Share {
        scenario: scenario(v.get("scenario").and_then(Value::as_str).unwrap_or_default()),
        instances: number(v, "instances"),
        shared: number(v, "shared"),
    });
    Shares {
        title: "Training rows, and those that the list shares".into(),
        note: String::new(),
        scenarios: scenarios.collect(),
    }
}

/// Some methods, or all of them, scenario by scenario.
pub fn methods(overview: &Overview, measured: &Measured, only: &[&str], metric: Metric) -> Metrics {
    let ratio = overview.ratio.unwrap_or(0.3);
    let mut lines = lines(overview, measured, ratio, metric);
    lines.retain(|l| only.is_empty() || only.contains(&l.method.as_str()));
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    scenarios::chart("AUC", &names, &counts(overview), &lines)
}

/// The rows by share score and disagreement.
pub fn map(page: Page, look: &Look) -> String {
    let (sample, shared) = (page.derived.sample.get(), page.derived.shared.get());
    let Some(shown) = page.shown.get() else { return String::new() };
    let axes = if sample.positions(Axes::Map).is_some() { Axes::Map } else { Axes::Pca };
    let (x, y) = sample.positions(axes).unwrap_or_default();
    let [right, up] = crate::sample::Sample::axes(axes);
    let scenarios = shown.overview.scenarios.iter().zip(page.derived.tallies.get());
    let scenarios = scenarios.map(|(name, tally)| Share {
        scenario: scenario(name),
        instances: tally.rows[0],
        shared: tally.rows[1],
    });
    let map = Map {
        title: "Test rows of the file".into(),
        note: String::new(),
        x: right.1.into(),
        y: up.1.into(),
        value: String::new(),
        scenarios: scenarios.collect(),
        points: Points { x, y, class: &sample.class, shared: &shared, ..Points::default() },
    };
    map.svg(look)
}

/// How much of every batch was shared while searching.
pub fn search(overview: &Overview) -> Curves {
    let curves = overview.report.get("curves").and_then(Value::as_array);
    let point = |p: &Value| Some((p.get(0)?.as_f64()?, p.get(1)?.as_f64()?));
    let shared =
        curves.into_iter().flatten().filter(|c| c["phase"] == "search" && c["what"] == "shared");
    let curves = shared.map(|c| Curve {
        name: "part of the batch that is shared".into(),
        points: c["points"].as_array().into_iter().flatten().filter_map(point).collect(),
    });
    Curves {
        title: "What the mask shares while searching".into(),
        x: "step".into(),
        y: "part of the batch".into(),
        curves: curves.collect(),
    }
}
