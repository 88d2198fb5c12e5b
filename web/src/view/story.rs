//! The start page. It explains sharing in a few steps, with the numbers of the open file.

mod facts;
mod figures;

use super::chart::Chart;
use super::networks::Networks;
use super::state::PageState;
use super::text::scenario;
use crate::address::{Address, Metric, Route};
use crate::protocol::Overview;
use facts::{Facts, StepWords};
use leptos::prelude::*;
use ssim_core::method::Method;
use ssim_viz::Look;
use std::sync::Arc;

/// The methods that share nothing and everything.
const ENDS: [&str; 2] = [Method::Mt.name(), Method::MtS.name()];
/// The method whose list the story tells of.
const SELECTED: &str = Method::Ssim.name();

#[component]
pub fn Story(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    let facts = Facts::new(&overview);
    let o = overview.clone();
    let rows =
        move |look: &Look| figures::rows(&o, &page.derived.colouring.get().classes).svg(look);
    let o = overview.clone();
    let ends = move |look: &Look| figures::methods(&o, &ENDS, Metric::AUC).svg(look);
    let map = move |look: &Look| figures::map(page, look);
    let o = overview.clone();
    let search = move |look: &Look| figures::search(&o).svg(look);
    let o = overview.clone();
    let ratios = move |look: &Look| {
        super::explore::sweep(&o.measured, Metric::AUC, None, None, &names).svg(look)
    };
    let o = overview.clone();
    let result = move |look: &Look| figures::methods(&o, &[], Metric::AUC).svg(look);
    let to = move |route: Route| {
        page.address.with_untracked(|a| Address { route, ..a.clone() }.to_string())
    };
    let measured = |method: &str| {
        overview.measured.0.iter().any(|p| p.method == method)
            || overview.runs.iter().any(|r| r.method == method)
    };
    let both = ENDS.iter().all(|method| measured(method));
    let swept = !overview.measured.is_empty();
    let searched = overview.search.iter().any(|points| !points.is_empty());
    let mut steps = 0;
    let mut number = move || {
        steps += 1;
        steps
    };
    view! {
        <section aria-labelledby="story" class="story">
            <Step n=number() words=facts.scenarios><Chart page name="scenarios" draw=rows /></Step>
            <Step n=number() words=facts.ends>
                {both.then(|| view! { <Chart page name="ends" draw=ends /> })}
            </Step>
            <Step n=number() words=facts.selector><Chart page name="map" draw=map /></Step>
            {searched.then(|| view! {
                <Step n=number() words=facts.search><Chart page name="search" draw=search /></Step>
            })}
            {swept.then(|| view! {
                <Step n=number() words=facts.retrain><Chart page name="ratios" draw=ratios /></Step>
            })}
            <Step n=number() words=facts.result><Chart page name="result" draw=result /></Step>
            <p class="choices">
                <a class="button primary" href=to(Route::Explore)>"Explore the rows"</a>
                <a class="button" href=to(Route::WhatIf)>"Change a row"</a>
                <a class="button" href=to(Route::Train)>"Train here"</a>
            </p>
            <Networks overview />
        </section>
    }
}

#[component]
fn Step(n: usize, words: StepWords, children: Children) -> impl IntoView {
    view! {
        <article class="card step">
            <div class="words">
                <h2>{format!("{n}. {}", words.title)}</h2>
                <p>{words.text}</p>
            </div>
            <div class="figure">{children()}</div>
        </article>
    }
}
