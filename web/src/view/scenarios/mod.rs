//! Every scenario under every method: measured metrics with intervals, ranking and calibration.

mod methods;
mod models;

use super::chart::Chart;
use super::explore::metric_label;
use super::metric::MetricChoice;
use super::networks::Networks;
use super::state::Page;
use super::text::scenario;
use crate::address::Metric;
use crate::measured::Mean;
use crate::protocol::Overview;
use leptos::prelude::*;
use methods::Line;
pub use methods::lines;
use ssim_viz::{Change, Estimate, Look, Method, Metrics, Slope};
use std::sync::Arc;

#[component]
pub fn Scenarios(page: Page, overview: Arc<Overview>) -> impl IntoView {
    let shown = overview.clone();
    let rows = Memo::new(move |_| {
        let metric = page.address.with(|a| a.metric);
        lines(&shown, page.derived.ratio.get(), metric)
    });
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    let counts = overview.tested.clone();
    let head = names.clone();
    let chart = move |look: &Look| {
        let metric = page.address.with(|a| a.metric);
        chart(metric_label(metric), &head, &counts, &rows.get()).svg(look)
    };
    let head = names.clone();
    let slopes = move |look: &Look| {
        let metric = page.address.with(|a| a.metric);
        slope(metric, &head, &rows.get()).svg(look)
    };
    view! {
        <section aria-labelledby="scenarios">
            <h1 id="scenarios">"How every scenario fares"</h1>
            <div class="choices"><MetricChoice page overview=overview.clone() /></div>
            <div class="card"><Chart page name="metrics" draw=chart /></div>
            <div class="card"><Chart page name="slope" draw=slopes /></div>
            <methods::Table page rows names />
            <models::Quality page overview=overview.clone() />
            <Networks overview />
        </section>
    }
}

/// Methods × scenarios with intervals.
pub fn chart(metric: &str, names: &[String], counts: &[u64], lines: &[Line]) -> Metrics {
    let seeds =
        lines.iter().flat_map(|l| &l.scenarios).flatten().map(|m| m.seeds.len()).max().unwrap_or(0);
    let methods = lines.iter().map(|line| Method {
        name: line.name.clone(),
        shares: line.shares,
        estimates: (line.scenarios.iter()).map(|mean| mean.as_ref().map(estimate)).collect(),
    });
    let intervals = match seeds {
        0 | 1 => "One seed: differences of a few thousandths are noise.".to_owned(),
        n => format!("Mean of {n} seeds with its 95 % interval; faint dots are single seeds."),
    };
    Metrics {
        title: format!("Test {metric} by scenario"),
        note: format!(
            "{intervals} Filled: shares instances. A step is equally wide in all panels. Dashed: mt, which shares none."
        ),
        scenarios: names.iter().cloned().zip(counts.iter().copied()).collect(),
        baseline: lines.iter().position(|l| l.method == "mt"),
        methods: methods.collect(),
    }
}

fn estimate(mean: &Mean) -> Estimate {
    let seeds = if mean.seeds.len() > 1 { mean.seeds.clone() } else { Vec::new() };
    Estimate { mean: mean.mean, interval: mean.interval, seeds }
}

/// Who gains and who loses from training without sharing to the selector's list.
fn slope(metric: Metric, names: &[String], lines: &[Line]) -> Slope {
    let of = |method: &str| lines.iter().find(|l| l.method == method);
    let sides = [of("mt"), of("ssim")];
    let at = |side: Option<&Line>, k: usize| side?.scenarios.get(k)?.as_ref().map(estimate);
    let changes = names.iter().enumerate().map(|(k, name)| Change {
        scenario: name.clone(),
        estimates: sides.map(|side| at(side, k)),
    });
    let name = |side: Option<&Line>, or: &str| side.map_or(or.to_owned(), |l| l.name.clone());
    Slope {
        title: format!("Test {} from sharing nothing to SSIM", metric_label(metric)),
        note: String::new(),
        methods: [(name(sides[0], "mt"), false), (name(sides[1], "ssim"), true)],
        changes: changes.collect(),
        less_is_better: metric == Metric::Logloss,
    }
}
