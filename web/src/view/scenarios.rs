//! Every scenario, measured here on the sample's rows, and how much of it is shared.

use super::chart::Chart;
use super::state::Page;
use super::text::{metric, percent, scenario};
use super::told;
use crate::protocol::{Overview, ScenarioLine};
use leptos::prelude::*;
use ssim_viz::{Share, Shares, count};
use std::sync::Arc;

#[component]
pub fn Scenarios(page: Page, overview: Arc<Overview>) -> impl IntoView {
    let lines = overview.scenarios.iter().map(|s| view! { <Line line=s.clone() /> }).collect_view();
    let all = overview.pooled.clone();
    let note = note(&overview);
    let chart = shares(&overview).map(|chart| {
        view! {
            <div class="card">
                <Chart page columns=2.0 draw=move |look| chart.svg(look) />
            </div>
        }
    });
    view! {
        <section aria-labelledby="scenarios">
            <h2 id="scenarios">"Scenarios"</h2>
            <div class="beside">
                <div class="card">
                    <h3 id="measured">"Measured here, on the rows in the file"</h3>
                    <div class="scroll" tabindex="0" role="region" aria-label="Scenarios, scrollable">
                        <table aria-labelledby="measured">
                            <thead>
                                <tr>
                                    <th scope="col">"scenario"</th>
                                    <th scope="col">"rows"</th>
                                    <th scope="col">"shared"</th>
                                    <th scope="col"><abbr title="click-through rate">"CTR"</abbr></th>
                                    <th scope="col"><abbr title="area under the ROC curve">"AUC"</abbr></th>
                                    <th scope="col">"logloss"</th>
                                </tr>
                            </thead>
                            <tbody>{lines}</tbody>
                            <tfoot><Line line=all /></tfoot>
                        </table>
                    </div>
                    <p class="muted note">{note}</p>
                </div>
                {chart}
            </div>
        </section>
    }
}

#[component]
fn Line(line: ScenarioLine) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{scenario(&line.name)}</th>
            <td>{count(line.rows)}</td>
            <td>{line.shared.map_or("–".into(), count)}</td>
            <td>{percent(line.ctr)}</td>
            <td>{metric(line.auc)}</td>
            <td>{metric(line.logloss)}</td>
        </tr>
    }
}

/// Which rows these are, so that nobody takes them for all.
fn note(overview: &Overview) -> String {
    let rows = match told::sample(&overview.report) {
        Some(s) => format!("{} of {} {} rows. ", count(s.rows), count(s.of), s.split),
        None => String::new(),
    };
    let shared = match overview.ratio {
        Some(ratio) => {
            let percent = percent(Some(ratio));
            format!("Shared: the {percent} of these rows with the highest share score.")
        }
        None => "This run had no selection network, so nothing is shared.".to_owned(),
    };
    rows + &shared
}

/// The list that the run trained with; where it does not tell, the rows shared here.
fn shares(overview: &Overview) -> Option<Shares> {
    if let Some(list) = told::share(&overview.report) {
        let scenarios = list.by_scenario.into_iter().map(|s| Share {
            scenario: scenario(&s.scenario),
            instances: s.instances,
            shared: s.shared,
        });
        return Some(Shares {
            title: "Training instances that every tower learned from".into(),
            note: "As the run reports it; the others taught the tower of their own scenario."
                .into(),
            scenarios: scenarios.collect(),
        });
    }
    let scenarios = overview
        .scenarios
        .iter()
        .map(|s| Some(Share { scenario: scenario(&s.name), instances: s.rows, shared: s.shared? }));
    Some(Shares {
        title: "Rows in the file that every tower would learn from".into(),
        note: String::new(),
        scenarios: scenarios.collect::<Option<_>>()?,
    })
}
