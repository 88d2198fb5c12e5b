//! The legend of the map: a line per scenario with its icon and its numbers of rows.

use crate::protocol::Overview;
use crate::view::scenario_icon::ScenarioIcon;
use crate::view::state::PageState;
use crate::view::text::{percent, scenario};
use leptos::prelude::*;
use ssim_core::look::list_statistics::Tally;
use ssim_viz::{Clause, Op, RuleEffect, Step, count};
use std::sync::Arc;

#[component]
pub fn Legend(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let names = overview.scenarios.iter().map(|s| scenario(s)).enumerate();
    let lines = names.map(|(k, name)| view! { <Line page k name /> }).collect_view();
    let sum = move |counts: fn(&Tally) -> [u64; 2]| {
        page.derived
            .tallies
            .with(|t| t.iter().map(counts).fold([0, 0], |a, b| [a[0] + b[0], a[1] + b[1]]))
    };
    let all = move || shared_of(sum(|t| t.rows));
    let selected = move || shared_of(sum(|t| t.selected));
    let any = move || sum(|t| t.selected)[0] > 0;
    let truth = move || {
        let [precision, recall] = page.derived.sample.get().truth(&page.derived.shared.get())?;
        let text = format!(
            "Against the planted truth: precision {}, recall {}.",
            percent(Some(precision)),
            percent(Some(recall))
        );
        Some(view! { <p class="note" id="truth">{text}</p> })
    };
    view! {
        <div class="card">
            <h2 class="small" id="legend">"Shared of all rows"</h2>
            <table aria-labelledby="legend" class="legend">
                <thead>
                    <tr>
                        <th scope="col">"scenario"</th>
                        <th scope="col">"shared / rows"</th>
                        <Show when=any><th scope="col">"of the selection"</th></Show>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row">"all"</th>
                        <td>{all}</td>
                        <Show when=any><td>{selected}</td></Show>
                    </tr>
                </tfoot>
            </table>
            <p class="muted note">"Filled: shared with every tower. Hollow: private to its scenario."</p>
            {truth}
        </div>
    }
}

/// A number of shared rows and of all rows: "12 / 40".
fn shared_of([all, shared]: [u64; 2]) -> String {
    format!("{} / {}", count(shared), count(all))
}

#[component]
fn Line(page: PageState, k: usize, name: String) -> impl IntoView {
    let tally = move || page.derived.tallies.with(|t| t.get(k).copied().unwrap_or_default());
    let any = move || page.derived.tallies.with(|t| t.iter().any(|t| t.selected[0] > 0));
    let step = Step {
        clauses: vec![Clause::Compare {
            column: "scenario".into(),
            op: Op::Equal,
            number: k as f64 + 1.0,
        }],
    };
    let added = (RuleEffect::Add, step.clone());
    let chosen = move || page.address.with(|a| a.rule.steps().contains(&added));
    let pressed = chosen.clone();
    let select = move |_| {
        let again = chosen();
        page.choose(|a| {
            if again {
                a.rule.take_back(&step);
            } else {
                let _ = a.rule.add(step.clone());
            }
        });
    };
    let label = format!("Select all rows of {name}");
    view! {
        <tr>
            <th scope="row">
                <button type="button" class="quiet" title=label on:click=select aria-pressed=move || pressed().to_string()>
                    <ScenarioIcon class=k />
                    {name}
                </button>
            </th>
            <td>{move || shared_of(tally().rows)}</td>
            <Show when=any><td>{move || shared_of(tally().selected)}</td></Show>
        </tr>
    }
}
