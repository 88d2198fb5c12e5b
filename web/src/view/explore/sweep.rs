//! A chart of a metric by share ratio, for every list: the measured ratios, with lines between
//! them.

use crate::address::Metric;
use crate::protocol::Overview;
use crate::view::chart::Chart;
use crate::view::metric::MetricChoice;
use crate::view::state::PageState;
use crate::view::text::scenario;
use leptos::prelude::*;
use ssim_figure::measured::Measured;
use ssim_figure::methods::named;
use ssim_viz::{Dot, Look, Policy, SweepChart};
use std::sync::Arc;

#[component]
pub fn SweepCard(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    if overview.measured.is_empty() {
        return ().into_any();
    }
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    // The scenario's index; a link may name one that this file does not have.
    let k = names.len();
    let which =
        move || page.address.with(|a| a.of.map(|n| usize::from(n) - 1)).filter(|of| *of < k);
    let options = [("", "all rows".to_owned())].into_iter();
    let places: Vec<String> = (0..names.len()).map(|k| k.to_string()).collect();
    let options: Vec<(String, String)> = options
        .map(|(v, l)| (v.to_owned(), l))
        .chain(places.into_iter().zip(names.clone()))
        .collect();
    let chosen = move || which().map_or(String::new(), |k| k.to_string());
    let options = options.into_iter().map(|(value, label)| {
        let this = value.clone();
        view! { <option value=value selected=move || chosen() == this>{label}</option> }
    });
    let options = options.collect_view();
    let all = overview.clone();
    let chosen_chart = Memo::new(move |_| (page.address.with(|a| a.metric), which()));
    // Computing the intervals is slow, and they do not depend on the ratio that is dragged.
    let measured = Memo::new(move |_| {
        let (metric, of) = chosen_chart.get();
        sweep(&all.measured, metric, of, None, &names)
    });
    let draw = move |look: &Look| {
        let ratio = page.derived.is_list_of_models().then(|| page.derived.ratio.get());
        SweepChart { ratio, ..measured.get() }.svg(look)
    };
    view! {
        <div class="card">
            <div class="choices">
                <MetricChoice page overview=overview.clone() />
                <label class="choice">
                    <span>"Rows of"</span>
                    <select prop:value=chosen on:change=move |event| {
                        let of = event_target_value(&event).parse::<u16>().ok();
                        page.choose(|a| a.of = of.map(|k| k + 1));
                    }>
                        {options}
                    </select>
                </label>
            </div>
            <Chart page name="sweep" draw />
        </div>
    }
    .into_any()
}

/// The chart for the test rows of scenario `of`, or for all test rows.
pub fn sweep(
    measured: &Measured,
    metric: Metric,
    of: Option<usize>,
    ratio: Option<f64>,
    names: &[String],
) -> SweepChart {
    let policies = measured.methods().into_iter().map(|method| {
        let dots = measured.ratios(method).into_iter().filter_map(|ratio| {
            let mean = measured.mean(method, ratio, metric, of)?;
            Some(Dot {
                ratio,
                mean: mean.mean,
                interval: mean.interval,
                seeds: mean.seeds.len() as u32,
            })
        });
        Policy { name: named(method), dots: dots.collect() }
    });
    let rows = of
        .and_then(|k| names.get(k))
        .map_or("all test rows".to_owned(), |n| format!("test rows of {n}"));
    SweepChart {
        title: format!("{} at every share ratio, {rows}", metric.label()),
        note: format!(
            "Whiskers: 95 % interval over {} seeds. 0 % is training without sharing (mt), 100 % sharing everything (mt-s).",
            measured.seeds()
        ),
        metric: metric.label().into(),
        policies: policies.collect(),
        ratio,
    }
}
