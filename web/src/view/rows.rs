//! The sample's rows: share score, and the click probability by every tower.

use super::state::{Page, ROWS};
use super::text::{percent, scenario};
use crate::protocol::{Order, Overview, Row, RowsWanted};
use leptos::ev;
use leptos::prelude::*;
use ssim_viz::{count, fixed};
use std::sync::Arc;

#[component]
pub fn Rows(page: Page, overview: Arc<Overview>) -> impl IntoView {
    let names: Arc<[String]> = overview.scenarios.iter().map(|s| scenario(&s.name)).collect();
    let towers: Vec<String> = match overview.model.towers {
        1 => vec!["all".into()],
        _ => names.to_vec(),
    };
    let span = towers.len().to_string();
    let heads = towers.into_iter().map(|n| view! { <th scope="col">{n}</th> }).collect_view();
    let body = move || {
        let page = page.rows.get()?;
        let rows = page.rows.into_iter();
        Some(rows.map(|row| view! { <Line row names=names.clone() /> }).collect_view())
    };
    view! {
        <section aria-labelledby="rows">
            <h2 id="rows">"Rows in the file"</h2>
            <div class="card">
                <Choice page overview />
                <div class="scroll" tabindex="0" role="region" aria-label="Rows, scrollable">
                    <table class="rows" aria-labelledby="rows">
                        <thead>
                            <tr>
                                <th scope="col" rowspan="2">"row"</th>
                                <th scope="col" rowspan="2">"scenario"</th>
                                <th scope="col" rowspan="2">"click"</th>
                                <th scope="col" rowspan="2">"share score"</th>
                                <th scope="colgroup" colspan=span class="group">"CTR by the tower of"</th>
                            </tr>
                            <tr>{heads}</tr>
                        </thead>
                        <tbody>{body}</tbody>
                    </table>
                </div>
                <Pager page />
                <p class="muted note">
                    "Filled: every tower would learn from the row. Hollow: only its own scenario's tower, whose CTR is \
                     in bold."
                </p>
            </div>
        </section>
    }
}

#[component]
fn Line(row: Row, names: Arc<[String]>) -> impl IntoView {
    let own = usize::from(row.scenario).min(row.ctr.len().saturating_sub(1));
    let cells = row.ctr.iter().enumerate().map(|(k, ctr)| {
        view! { <td class:strong=k == own>{percent(Some(f64::from(*ctr)))}</td> }
    });
    let score = row.score.map(|score| {
        let (mark, word) = if row.shared { ("dot filled", "shared") } else { ("dot", "private") };
        view! {
            <span class=mark aria-hidden="true"></span>
            <span class="off">{word}", "</span>
            {fixed(f64::from(score), 3)}
        }
    });
    view! {
        <tr>
            <th scope="row">{row.row}</th>
            <td class="word">{names.get(usize::from(row.scenario)).cloned()}</td>
            <td>{if row.click { "yes" } else { "no" }}</td>
            <td>{score.map_or_else(|| "–".into_any(), IntoAny::into_any)}</td>
            {cells.collect_view()}
        </tr>
    }
}

/// Which rows.
#[component]
fn Choice(page: Page, overview: Arc<Overview>) -> impl IntoView {
    let by_scenario = move |event: ev::Event| {
        let scenario = event_target_value(&event).parse().ok();
        page.want(RowsWanted { scenario, from: 0, ..page.wanted.get_untracked() });
    };
    let by_order = move |event: ev::Event| {
        let order = if event_target_value(&event) == "score" { Order::Score } else { Order::File };
        page.want(RowsWanted { order, from: 0, ..page.wanted.get_untracked() });
    };
    let options = (overview.scenarios.iter().enumerate())
        .map(|(k, s)| view! { <option value=k.to_string()>{scenario(&s.name)}</option> })
        .collect_view();
    let order = overview.selector.is_some().then(|| {
        view! {
            <span>
                <label for="order">"Order"</label>
                " "
                <select id="order" on:change=by_order>
                    <option value="file">"as in the file"</option>
                    <option value="score">"highest share score first"</option>
                </select>
            </span>
        }
    });
    view! {
        <div class="choice">
            <span>
                <label for="scenario">"Scenario"</label>
                " "
                <select id="scenario" on:change=by_scenario>
                    <option value="">"all"</option>
                    {options}
                </select>
            </span>
            {order}
        </div>
    }
}

#[component]
fn Pager(page: Page) -> impl IntoView {
    let total = move || page.rows.with(|r| r.as_ref().map_or(0, |r| r.total));
    let from = move || page.rows.with(|r| r.as_ref().map_or(0, |r| r.wanted.from));
    let words = move || {
        let shown = page.rows.with(|r| r.as_ref().map_or(0, |r| r.rows.len()));
        let (from, total) = (from() as u64, total() as u64);
        let first = if shown == 0 { 0 } else { from + 1 };
        format!("{}–{} of {}", count(first), count(from + shown as u64), count(total))
    };
    let turn = move |from: usize| page.want(RowsWanted { from, ..page.wanted.get_untracked() });
    let last = move || from() + ROWS >= total();
    // A disabled button would drop the keyboard's focus at either end.
    view! {
        <nav class="pager" aria-label="Pages of rows">
            <button
                type="button" aria-disabled=move || (from() == 0).to_string()
                on:click=move |_| { if from() > 0 { turn(from().saturating_sub(ROWS)) } }
            >
                "Previous"
            </button>
            <span role="status">{words}</span>
            <button
                type="button" aria-disabled=move || last().to_string()
                on:click=move |_| { if !last() { turn(from() + ROWS) } }
            >
                "Next"
            </button>
        </nav>
    }
}
