//! A card per scenario: its shared rows, their click rates, and how sharing changed its metrics.

use super::all::AllScenarios;
use crate::address::{Metric, Route};
use crate::protocol::Overview;
use crate::text::{best_of, metric, percent, scenario};
use crate::view::failure::code;
use crate::view::scenario_icon::ScenarioIcon;
use crate::view::state::PageState;
use leptos::prelude::*;
use ssim_core::method::{Method, Role};
use ssim_figure::measured::At;
use ssim_viz::{COLOURED, OTHER, count, fixed};
use std::sync::Arc;

#[component]
pub fn Cards(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let metrics: Vec<Metric> = Metric::known(overview.synthetic).collect();
    let many = overview.scenarios.len() > COLOURED;
    let of = overview.clone();
    let known = metrics.clone();
    // If there are many scenarios, the picked ones have cards, and a table has all.
    let cards = move || {
        let colouring = page.derived.colouring.get();
        let (order, classes) = (colouring.order.iter().copied(), &colouring.classes);
        // While another file opens, its scenarios are known here before these cards go.
        let picked = order.filter(|k| classes.get(*k).is_some_and(|c| *c != OTHER));
        let cards = picked.filter_map(|k| {
            let (overview, metrics) = (of.clone(), known.clone());
            let name = scenario(overview.scenarios.get(k)?);
            Some(view! { <Card page k name overview metrics /> })
        });
        cards.collect_view()
    };
    let of_table = overview.clone();
    let swept = !overview.measured.is_empty();
    let unmeasured =
        move || (swept && !page.derived.is_list_of_models()).then(|| view! { <Unmeasured page /> });
    let note = match overview.measured.is_empty() {
        true => "This file has no sweep, so it does not know what sharing does to a metric. \
                 `ssim sweep --run RUN` trains at several ratios, and `ssim export --run RUN` writes them into the \
                 file."
            .to_owned(),
        false => format!(
            "Metrics on all test rows, mean of {} seeds. ≈: between two measured ratios. Differences are against training \
             without sharing.",
            overview.measured.seeds()
        ),
    };
    view! {
        <section aria-labelledby="cards">
            <h2 id="cards">"What sharing does to every scenario"</h2>
            <div class="cards">{cards}</div>
            {many.then(|| view! { <AllScenarios page overview=of_table /> })}
            {unmeasured}
            <p class="muted note">{code(&note)}</p>
        </section>
    }
}

/// The note where no model of the file was trained on the list that is shown, with the way to train
/// one.
#[component]
fn Unmeasured(page: PageState) -> impl IntoView {
    let train = move |_| {
        let list = page.derived.list.get_untracked();
        let (ratio, by) = (page.derived.ratio.get_untracked(), page.derived.pool.get_untracked());
        page.training.want(|w| {
            (w.ratio, w.by, w.method) = (ratio, by, list.name().to_owned());
        });
        page.choose(|a| a.route = Route::Train);
    };
    view! {
        <p class="note" id="unmeasured">
            "–: not measured for this list. The models of the file were trained on the best of "
            {move || best_of(page.derived.pool_of_run.get())}
            ", cut by a ratio. "
            <button type="button" class="quiet" on:click=train>"Retrain here"</button>
        </p>
    }
}

#[component]
fn Card(
    page: PageState,
    k: usize,
    name: String,
    overview: Arc<Overview>,
    metrics: Vec<Metric>,
) -> impl IntoView {
    let tally = move || page.derived.tallies.with(|t| t.get(k).copied().unwrap_or_default());
    let shared = move || {
        let [all, shared] = tally().rows;
        format!("{} / {}", count(shared), count(all))
    };
    // One note says that nothing was measured; a card of dashes would say it again and again.
    let metrics = if overview.measured.is_empty() { Vec::new() } else { metrics };
    let lines = metrics.into_iter().map(|m| {
        let overview = overview.clone();
        let value = move || at_list(page, &overview, m, k);
        view! {
            <dt>{m.label()}</dt>
            <dd>{value}</dd>
        }
    });
    view! {
        <section class="card" aria-label=name.clone()>
            <h3><ScenarioIcon page k />{name.clone()}</h3>
            <dl>
                <dt>"shared"</dt>
                <dd>{shared}</dd>
                <dt>"CTR shared"</dt>
                <dd>{move || rate(tally().rates()[0])}</dd>
                <dt>"CTR private"</dt>
                <dd>{move || rate(tally().rates()[1])}</dd>
                {lines.collect_view()}
            </dl>
        </section>
    }
}

/// A click rate; "no rows" where there are none that could be clicked.
pub fn rate(rate: Option<f64>) -> String {
    if rate.is_none() { "no rows".to_owned() } else { percent(rate) }
}

/// A metric of scenario `k` on the list that is shown.
pub fn at_list(page: PageState, overview: &Overview, metric: Metric, k: usize) -> String {
    let list = page.derived.list.get().name();
    let ratio = Role::of(list).ratio().unwrap_or_else(|| page.derived.ratio.get());
    let measured = &overview.measured;
    let at = measured.at(list, ratio, metric, Some(k));
    let at = at.filter(|_| page.derived.is_list_of_models());
    said(at, measured.at(Method::Mt.name(), 0.0, metric, Some(k)), metric.is_lower_better())
}

/// A metric with its difference from training without sharing: "0.8432 (▲ +0.0040)", whose arrow goes down
/// where the metric gets worse; `lower` says whether lower values are better. The sign ≈ marks
/// a metric that is interpolated between two measured ratios.
fn said(at: Option<At>, base: Option<At>, lower: bool) -> String {
    let Some(at) = at else { return "–".to_owned() };
    let sign = if at.measured { "" } else { "≈ " };
    let change = base.filter(|b| b.value != at.value).map(|b| {
        let d = at.value - b.value;
        let arrow = if (d > 0.0) == lower { "▼" } else { "▲" };
        format!(" ({arrow}\u{a0}{}{})", if d > 0.0 { "+" } else { "" }, fixed(d, 4))
    });
    format!("{sign}{}{}", metric(Some(at.value)), change.unwrap_or_default())
}
