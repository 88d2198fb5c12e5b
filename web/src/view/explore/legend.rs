//! The legend of the map: a line per scenario with its icon and its numbers of rows.

use crate::address::Axes;
use crate::protocol::Overview;
use crate::text::{percent, scenario};
use crate::view::scenario_icon::ScenarioIcon;
use crate::view::state::PageState;
use leptos::prelude::*;
use ssim_core::look::list_statistics::Tally;
use ssim_viz::{COLOURED, Clause, Op, RuleEffect, Step, count, toggled};
use std::sync::Arc;

#[component]
pub fn Legend(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let many = overview.scenarios.len() > COLOURED;
    let sought = RwSignal::new(String::new());
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    let colouring = page.derived.colouring.get_untracked();
    let order = colouring.order.iter().copied();
    let lines = order.filter_map(|k| {
        let name = names.get(k)?.clone();
        Some(view! { <Line page k name many sought /> })
    });
    let lines = lines.collect_view();
    let search = many.then(|| {
        view! {
            <input
                type="search" aria-label="Search scenarios" placeholder="Search scenarios"
                on:input=move |event| sought.set(event_target_value(&event).to_lowercase())
            />
            <p class="muted note">"Up to four have a colour; tick others to change them."</p>
        }
    });
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
    // Beside a map that is coloured by a value, the icons have no colour of their own.
    let valued = move || {
        !page.derived.colours.get().0.is_empty()
            && page.derived.plane.with(|p| p.axes != Axes::Strips)
    };
    let told = match overview.towers {
        1 => "One tower learns from all rows.",
        _ => "Filled: shared with every tower. Hollow: private to its scenario.",
    };
    view! {
        <div class="card">
            <h2 class="small" id="legend">"Shared of all rows"</h2>
            {search}
            <div class="legend-frame" tabindex=many.then_some("0") role=many.then_some("region") aria-label=many.then_some("Scenarios, scrollable")>
            <table aria-labelledby="legend" class="legend" class:valued=valued>
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
            </div>
            <p class="muted note">{told}</p>
            {truth}
        </div>
    }
}

/// A number of shared rows and of all rows: "12 / 40".
fn shared_of([all, shared]: [u64; 2]) -> String {
    format!("{} / {}", count(shared), count(all))
}

#[component]
fn Line(
    page: PageState,
    k: usize,
    name: String,
    /// Whether not all scenarios have a colour.
    many: bool,
    sought: RwSignal<String>,
) -> impl IntoView {
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
    let number = k as u16 + 1;
    let picked = move || page.derived.colouring.with(|c| c.picks.contains(&number));
    let pick = many.then(|| {
        view! {
            <input
                type="checkbox" aria-label=format!("Colour {name}") prop:checked=picked
                on:change=move |_| {
                    let picks = toggled(page.derived.colouring.get_untracked().picks, number);
                    page.choose(|a| a.picks = Some(picks));
                }
            />
        }
    });
    let low = name.to_lowercase();
    view! {
        <tr hidden=move || sought.with(|s| !low.contains(s.as_str()))>
            <th scope="row">
                {pick}
                <button type="button" class="quiet" title=label on:click=select aria-pressed=move || pressed().to_string()>
                    <ScenarioIcon page k />
                    {name.clone()}
                </button>
            </th>
            <td>{move || shared_of(tally().rows)}</td>
            <Show when=any><td>{move || shared_of(tally().selected)}</td></Show>
        </tr>
    }
}
