//! The share scores of every scenario as a strip: the picture of the rows where the scenarios are many.

use super::look::Corner;
use crate::protocol::Overview;
use crate::strips::{counts, strips};
use crate::view::chart::Chart;
use crate::view::state::PageState;
use leptos::prelude::*;
use std::sync::Arc;

/// The most strips that are drawn at first.
const FIRST: usize = 24;

#[component]
pub fn StripsCard(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let all = RwSignal::new(false);
    let k = overview.scenarios.len();
    let shown = overview.clone();
    let draw = move |look: &ssim_viz::Look| {
        let (sample, shared) = (page.derived.sample.get(), page.derived.shared.get());
        let colouring = page.derived.colouring.get();
        let scenarios = counts(&shown.scenarios, &page.derived.tallies.get(), &colouring.classes);
        let scores = page.derived.plane.with(|p| p.columns[0].clone());
        let most = if all.get() { usize::MAX } else { FIRST };
        strips(&sample, &scores, &shared, scenarios, colouring.picks, most).svg(look)
    };
    let words = move || match all.get() {
        true => format!("The {FIRST} largest"),
        false => format!("All {k} scenarios"),
    };
    view! {
        <div class="card map">
            <div class="tools-row"><Corner page overview /></div>
            <div class="strips" tabindex="0" role="region" aria-label="Strips, scrollable">
                <Chart page name="strips" draw />
            </div>
            {(k > FIRST).then(|| view! {
                <p class="buttons">
                    <button type="button" class="quiet" on:click=move |_| all.update(|all| *all = !*all)>{words}</button>
                </p>
            })}
        </div>
    }
}
