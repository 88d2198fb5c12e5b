//! The share scores of every scenario as a strip: the picture of the rows where the scenarios are many.

use super::look::Corner;
use crate::protocol::Overview;
use crate::view::chart::Chart;
use crate::view::state::PageState;
use crate::view::text::scenario;
use leptos::prelude::*;
use ssim_viz::{ScenarioCounts, Strips, seen};
use std::sync::Arc;

/// The most strips that are drawn at first.
const FIRST: usize = 24;

#[component]
pub fn StripsCard(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let all = RwSignal::new(false);
    let k = overview.scenarios.len();
    let shown = overview.clone();
    let draw = move |look: &ssim_viz::Look| {
        strips(page, &shown.scenarios, if all.get() { usize::MAX } else { FIRST }, |s| s.svg(look))
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

/// Gives `draw` the strips of the picked scenarios and of the largest others, at most `most` in all.
pub fn strips(
    page: PageState,
    names: &[String],
    most: usize,
    draw: impl FnOnce(&Strips) -> String,
) -> String {
    let sample = page.derived.sample.get();
    let shared = page.derived.shared.get();
    let colouring = page.derived.colouring.get();
    let tallies = page.derived.tallies.get();
    let counts = names.iter().zip(&tallies).zip(&colouring.classes);
    let counts = counts.map(|((name, tally), class)| ScenarioCounts {
        scenario: scenario(name),
        instances: tally.rows[0],
        shared: tally.rows[1],
        class: *class,
    });
    let scenarios: Vec<ScenarioCounts> = counts.collect();
    let sizes: Vec<u64> = scenarios.iter().map(|s| s.instances).collect();
    let order = seen(&sizes, colouring.picks, most);
    let hidden = scenarios.len() - order.len();
    let some = if hidden > 0 {
        format!(" {hidden} smaller scenarios are not drawn.")
    } else {
        String::new()
    };
    let plane = page.derived.plane.get();
    let strips = Strips {
        title: "Share scores by scenario".into(),
        note: format!(
            "Filled: shared. The dashed line is the lowest shared score of the scenario.{some}"
        ),
        x: "share score".into(),
        order,
        scenarios,
        scores: sample.column(&plane.columns[0]).unwrap_or_default(),
        of: &sample.scenarios,
        shared: &shared,
    };
    draw(&strips)
}
