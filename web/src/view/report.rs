//! What the run reported: methods beside each other, and the selector against the truth.

use super::chart::Chart;
use super::state::Page;
use super::text::{metric, percent, scenario};
use super::told::{self, Run, Truth};
use crate::protocol::Overview;
use leptos::prelude::*;
use ssim_viz::{Estimate, Method, Metrics, count};
use std::sync::Arc;

#[component]
pub fn Report(page: Page, overview: Arc<Overview>) -> impl IntoView {
    let runs = told::runs(&overview.report);
    let truth = told::truth(&overview.report).map(|truth| view! { <TruthTable truth /> });
    let raw = serde_json::to_string_pretty(&overview.report).unwrap_or_default();
    if overview.report.is_null() {
        return ().into_any();
    }
    let chart = (runs.len() > 1).then(|| {
        let chart = chart(&runs);
        view! { <div class="card"><Chart page draw=move |look| chart.svg(look) /></div> }
    });
    let table = (!runs.is_empty()).then(|| view! { <Methods runs=runs.clone() /> });
    view! {
        <section aria-labelledby="report">
            <h2 id="report">"What the run reported"</h2>
            {chart}
            {table}
            {truth}
            <details class="card">
                <summary>"The whole report"</summary>
                <pre tabindex="0" aria-label="The whole report">{raw}</pre>
            </details>
        </section>
    }
    .into_any()
}

/// Test AUC by method and scenario.
fn chart(runs: &[Run]) -> Metrics {
    let names = runs.first().map(|r| r.test.scenarios.as_slice()).unwrap_or_default();
    let methods = runs.iter().map(|run| Method {
        name: run.method.clone(),
        shares: run.shared.is_some_and(|n| n > 0),
        estimates: names
            .iter()
            .map(|name| {
                let line = run.test.scenarios.iter().find(|s| s.scenario == name.scenario)?;
                line.auc.map(Estimate::single)
            })
            .collect(),
    });
    Metrics {
        title: "Test AUC by scenario".into(),
        note: "Filled: the method shares instances between scenarios. Every panel has its own beginning, but a \
               step is equally wide in all. Dashed: mt, which shares none."
            .into(),
        scenarios: names.iter().map(|s| (scenario(&s.scenario), s.instances)).collect(),
        baseline: runs.iter().position(|r| r.method == "mt"),
        methods: methods.collect(),
    }
}

#[component]
fn Methods(runs: Vec<Run>) -> impl IntoView {
    let names: Vec<String> = runs[0].test.scenarios.iter().map(|s| s.scenario.clone()).collect();
    let best = |of: &dyn Fn(&Run) -> Option<f64>| runs.iter().filter_map(of).fold(0.0, f64::max);
    let auc = |run: &Run, name: &str| {
        run.test.scenarios.iter().find(|s| s.scenario == name).and_then(|s| s.auc)
    };
    let several = runs.len() > 1;
    let cell = |value: Option<f64>, best: f64| {
        let strong = several && value.is_some_and(|v| v >= best);
        view! { <td class:strong=strong>{metric(value)}</td> }
    };
    let body = runs
        .iter()
        .map(|run| {
            let scenarios = names
                .iter()
                .map(|name| cell(auc(run, name), best(&|r| auc(r, name))))
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{run.method.clone()}</th>
                    <td>{run.shared.map_or("–".into(), count)}</td>
                    {scenarios}
                    {cell(run.test.auc, best(&|r| r.test.auc))}
                    <td>{metric(run.test.logloss)}</td>
                </tr>
            }
        })
        .collect_view();
    let head = names
        .iter()
        .map(|name| view! { <th scope="col">"AUC "{scenario(name)}</th> })
        .collect_view();
    let rows = count(runs[0].test.instances);
    view! {
        <div class="card">
            <h3 id="methods">"On all "{rows}" test rows, by the native program"</h3>
            <div class="scroll" tabindex="0" role="region" aria-label="Methods, scrollable">
                <table aria-labelledby="methods">
                    <thead>
                        <tr>
                            <th scope="col">"method"</th>
                            <th scope="col">"shared in training"</th>
                            {head}
                            <th scope="col">"AUC all"</th>
                            <th scope="col">"logloss all"</th>
                        </tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
            <p class="muted note">{note(&runs)}</p>
        </div>
    }
}

/// What has to be known to read the numbers rightly.
fn note(runs: &[Run]) -> String {
    let mut note = String::new();
    if runs.iter().any(|r| r.method == "planted") {
        note += "planted was trained on the true list, which no method can know. ";
    }
    let one_seed = runs.iter().all(|r| r.seed.is_some() && r.seed == runs[0].seed);
    if one_seed && runs.len() > 1 {
        note += "One seed: differences of a few thousandths are noise.";
    }
    note
}

#[component]
fn TruthTable(truth: Truth) -> impl IntoView {
    view! {
        <div class="card">
            <h3 id="truth">"The selector's list against the planted truth, on training rows"</h3>
            <div class="scroll" tabindex="0" role="region" aria-label="Truth, scrollable">
                <table aria-labelledby="truth">
                    <thead>
                        <tr>
                            <th scope="col"><span class="off">"measure"</span></th>
                            <th scope="col">"selector"</th>
                            <th scope="col">"random list"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <tr>
                            <th scope="row">"precision: listed rows that are truly shared"</th>
                            <td>{percent(Some(truth.precision))}</td>
                            <td>{percent(Some(truth.base_rate))}</td>
                        </tr>
                        <tr>
                            <th scope="row">"recall: truly shared rows that are listed"</th>
                            <td>{percent(Some(truth.recall))}</td>
                            <td>{percent(Some(truth.list_rate))}</td>
                        </tr>
                        <tr>
                            <th scope="row">"AUC of the share scores"</th>
                            <td>{metric(truth.score_auc)}</td>
                            <td>{metric(Some(0.5))}</td>
                        </tr>
                    </tbody>
                </table>
            </div>
        </div>
    }
}
