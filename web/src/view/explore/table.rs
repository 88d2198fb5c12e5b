//! The table of the selected rows, or of all rows. It gives the map's information to readers who
//! cannot see the map.

use crate::protocol::Overview;
use crate::sample::Sample;
use crate::text::{percent, scenario};
use crate::view::derived::Computed;
use crate::view::save;
use crate::view::state::PageState;
use leptos::html;
use leptos::prelude::*;
use ssim_viz::{COLOURED, OTHER, count, fixed, rising};
use std::fmt::Write;
use std::sync::Arc;

/// Height of a line in CSS pixels; `page.css` has the same number.
const LINE: f64 = 32.0;
/// Number of visible lines.
const SEEN: usize = 12;
/// Number of lines that are drawn above and below the visible ones, so that scrolling shows no
/// gaps.
const MORE: usize = 6;

#[component]
pub fn Table(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let names: Arc<[String]> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    let towers_of_run = overview.towers;
    let towers: Vec<String> = match towers_of_run {
        1 => vec!["all".into()],
        _ => names.to_vec(),
    };
    let truth = overview.synthetic;
    // Of many towers, those of the picked scenarios have a column each, and the row's own has one.
    let many = towers.len() > COLOURED;
    let seen_towers = move || {
        let colouring = page.derived.colouring.get();
        let own = |k: &&usize| !many || colouring.classes.get(**k).is_some_and(|c| *c != OTHER);
        if towers_of_run == 1 {
            vec![0]
        } else {
            colouring.order.iter().filter(own).copied().collect::<Vec<usize>>()
        }
    };
    let columns = move || seen_towers().len() + usize::from(many);
    let heads = move || {
        let own = many.then(|| view! { <th scope="col">"its own"</th> });
        let seen = seen_towers().into_iter();
        let heads =
            seen.filter_map(|k| Some(view! { <th scope="col">{towers.get(k)?.clone()}</th> }));
        view! { {own}{heads.collect_view()} }
    };
    // The best score comes first, in the order in which a rising ratio shares the rows.
    let order: Memo<Computed<Vec<usize>>> = Memo::new(move |_| {
        let sample = page.derived.sample.get();
        let scores = sample.column("score").unwrap_or_default();
        rising(sample.len(), &|i| scores.get(i).map_or(0.0, |z| -f64::from(*z))).into()
    });
    let places = Memo::new(move |_| {
        let order = order.get();
        let selected = page.derived.selected.get().unwrap_or_default();
        let any = selected.contains(&true);
        let chosen = order.iter().filter(|i| !any || selected.get(**i).copied().unwrap_or(false));
        (any, chosen.map(|i| *i as u32).collect::<Vec<u32>>())
    });
    let frame = NodeRef::<html::Div>::new();
    let first = RwSignal::new(0usize);
    let scrolled = move |_| {
        if let Some(frame) = frame.get_untracked() {
            let line = (f64::from(frame.scroll_top()) / LINE) as usize;
            let line = line.saturating_sub(MORE);
            if first.get_untracked() != line {
                first.set(line);
            }
        }
    };
    Effect::new(move |_| {
        places.track();
        first.set(0);
        if let Some(frame) = frame.get_untracked() {
            frame.set_scroll_top(0);
        }
    });
    // Only the lines that are drawn, and whether their rows are shared. Most moves of the ratio
    // change neither, so the table is not drawn again.
    let seen = Memo::new(move |_| {
        let shared = page.derived.shared.get();
        let from = first.get();
        places.with(|(_, places)| {
            let to = (from + SEEN + 2 * MORE).min(places.len());
            let from = from.min(to);
            let lines = places[from..to].iter();
            let lines = lines.map(|i| (*i, shared.get(*i as usize).copied().unwrap_or(false)));
            ([from, places.len() - to], lines.collect::<Vec<(u32, bool)>>())
        })
    });
    let body = move || {
        let sample = page.derived.sample.get();
        let ([above, below], lines) = seen.get();
        let shown = seen_towers();
        let lines = lines.into_iter().map(|(i, shared)| {
            line(page, &sample, shared, i as usize, &names, (&shown, many), truth)
        });
        let lines = lines.collect_view();
        let space = |lines: usize| format!("height:{}px", lines as f64 * LINE);
        view! {
            <tr class="space" aria-hidden="true" style=space(above)></tr>
            {lines}
            <tr class="space" aria-hidden="true" style=space(below)></tr>
        }
    };
    let title = move || {
        places.with(|(any, places)| {
            let n = count(places.len() as u64);
            if *any {
                format!("The selected rows, {n}")
            } else {
                format!("All rows of the file, {n}")
            }
        })
    };
    let keep = move |_| {
        let text = places.with_untracked(|(_, places)| csv(page, places));
        save::save("rows.csv", "text/csv", &text);
    };
    view! {
        <section aria-labelledby="rows">
            <h2 id="rows">{title}</h2>
            <div class="card">
                <div
                    class="scroll rows-frame" tabindex="0" role="region" aria-label="Rows, scrollable"
                    node_ref=frame on:scroll=scrolled
                >
                    <table class="rows" aria-labelledby="rows" aria-rowcount=move || places.with(|p| p.1.len().to_string())>
                        <thead>
                            <tr>
                                <th scope="col" rowspan="2">"row"</th>
                                <th scope="col" rowspan="2">"scenario"</th>
                                <th scope="col" rowspan="2">"click"</th>
                                <th scope="col" rowspan="2">{if overview.selected { "share score" } else { "shared" }}</th>
                                {truth.then(|| view! { <th scope="col" rowspan="2">"planted"</th> })}
                                <th scope="col" rowspan="2">"loss"</th>
                                <th scope="colgroup" colspan=move || columns().to_string() class="group">"CTR by the tower of"</th>
                            </tr>
                            <tr>{heads}</tr>
                        </thead>
                        <tbody>{body}</tbody>
                    </table>
                </div>
                <p class="status muted note">
                    <span>
                        "Filled: shared with every tower. A row's own tower is in bold; its number opens What-if."
                    </span>
                    <button type="button" class="quiet" on:click=keep>
                        "CSV"<span class="off">" of these rows: save"</span>
                    </button>
                </p>
            </div>
        </section>
    }
}

/// One line of the table: row `i` of the sample.
fn line(
    page: PageState,
    sample: &Sample,
    shared: bool,
    i: usize,
    names: &Arc<[String]>,
    (towers, many): (&[usize], bool),
    truth: bool,
) -> impl IntoView + use<> {
    let own_tower = usize::from(sample.scenarios[i]);
    let value = |column: &str| sample.column(column).map(|c| f64::from(c[i]));
    let own = many.then_some(own_tower);
    let cells = own.into_iter().chain(towers.iter().copied()).map(|k| {
        let ctr = value(&format!("tower.{}", k + 1));
        view! { <td class:strong=k == own_tower>{percent(ctr)}</td> }
    });
    let cells = cells.collect_view();
    let (mark, word) = if shared { ("dot filled", "shared") } else { ("dot", "private") };
    let planted = truth.then(|| {
        let word = if value("planted") > Some(0.0) { "yes" } else { "no" };
        view! { <td>{word}</td> }
    });
    let open = move |_| {
        page.choose(|a| {
            (a.row, a.edits) = (Some(i as u32), Vec::new());
            a.route = crate::address::Route::WhatIf;
        });
    };
    let digits = |column: &str| value(column).map_or("–".into(), |x| fixed(x, 3));
    view! {
        <tr>
            <th scope="row">
                <button type="button" class="quiet number" on:click=open>{sample.rows[i]}</button>
            </th>
            <td class="word">{names.get(usize::from(sample.scenarios[i])).cloned()}</td>
            <td>{if sample.clicks[i] { "yes" } else { "no" }}</td>
            <td>
                <span class=mark aria-hidden="true"></span>
                <span class="off">{word}", "</span>
                {sample.column("score").map(|_| digits("score"))}
            </td>
            {planted}
            <td>{digits("loss")}</td>
            {cells}
        </tr>
    }
}

/// All columns of the rows at `places`, as CSV.
fn csv(page: PageState, places: &[u32]) -> String {
    let sample = page.derived.sample.get_untracked();
    let shared = page.derived.shared.get_untracked();
    let names: Vec<&str> = sample.names().collect();
    let mut text = format!("row,shared,{}\n", names.join(","));
    for i in places.iter().map(|i| *i as usize) {
        let _ = write!(text, "{},{}", sample.rows[i], u8::from(shared[i]));
        for name in &names {
            let value = sample.column(name).map_or(f32::NAN, |c| c[i]);
            let _ = write!(text, ",{value}");
        }
        text.push('\n');
    }
    text
}
