//! The page with the metrics of every scenario under every method, with intervals, and the ranking
//! and calibration of one model.

mod methods;
mod models;

use super::chart::Chart;
use super::metric::MetricChoice;
use super::networks::Networks;
use super::state::PageState;
use super::text::scenario;
use crate::address::Metric;
use crate::protocol::Overview;
use leptos::prelude::*;
use ssim_core::method::Method;
use ssim_figure::methods::{MethodLine, estimate};
pub use ssim_figure::methods::{chart, lines};
use ssim_viz::{COLOURED, Change, Look, Slope, seen};
use std::sync::Arc;

#[component]
pub fn Scenarios(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let shown = overview.clone();
    let rows = Memo::new(move |_| {
        let metric = page.address.with(|a| a.metric);
        lines(&shown.runs, &shown.measured, shown.scenarios.len(), page.derived.ratio.get(), metric)
    });
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    let counts = overview.tested.clone();
    let sizes = counts.clone();
    let head = names.clone();
    let chart = move |look: &Look| {
        let metric = page.address.with(|a| a.metric);
        chart(metric, &head, &counts, &rows.get(), page.derived.colouring.get().picks).svg(look)
    };
    let head = names.clone();
    let slopes = move |look: &Look| {
        let metric = page.address.with(|a| a.metric);
        let shown = seen(&sizes, page.derived.colouring.get().picks, LINES);
        slope(metric, &head, &rows.get(), &shown).svg(look)
    };
    // Without a run that shares nothing, there is nothing to compare with.
    let shown = rows;
    let compared = move || {
        let of =
            |method: Method| shown.with_untracked(|r| r.iter().any(|l| l.method == method.name()));
        of(Method::Mt) && of(Method::Ssim)
    };
    let many = names.len() > COLOURED;
    view! {
        <section aria-labelledby="scenarios">
            <h1 id="scenarios">"How every scenario fares"</h1>
            <div class="choices"><MetricChoice page overview=overview.clone() /></div>
            <div class="card"><Chart page name="metrics" draw=chart /></div>
            {compared().then(|| view! { <div class="card"><Chart page name="slope" draw=slopes /></div> })}
            <methods::Table page rows names many />
            <models::Quality page overview=overview.clone() />
            <Networks overview />
        </section>
    }
}

/// The most scenarios with a line of change.
const LINES: usize = 12;

/// The change of the metric in every scenario from training without sharing to the selector's list.
fn slope(metric: Metric, names: &[String], lines: &[MethodLine], shown: &[usize]) -> Slope {
    let line_of = |method: &str| lines.iter().find(|l| l.method == method);
    let names_of_sides = [Method::Mt.name(), Method::Ssim.name()];
    let sides = names_of_sides.map(line_of);
    let changes = shown.iter().filter_map(|k| {
        let estimates = sides.map(|side| side?.scenarios.get(*k)?.as_ref().map(estimate));
        Some(Change { scenario: names.get(*k)?.clone(), estimates })
    });
    let name = |side: Option<&MethodLine>, otherwise: &str| {
        side.map_or(otherwise.to_owned(), |l| l.name.clone())
    };
    Slope {
        title: format!("Test {} from sharing nothing to SSIM", metric.label()),
        note: String::new(),
        methods: [
            (name(sides[0], names_of_sides[0]), false),
            (name(sides[1], names_of_sides[1]), true),
        ],
        changes: changes.collect(),
        less_is_better: metric.is_lower_better(),
    }
}
