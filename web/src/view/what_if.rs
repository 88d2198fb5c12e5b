//! The page that changes the fields of a row and shows the new predictions.

mod effects;
mod fields;

use super::scenario_icon::ScenarioIcon;
use super::state::PageState;
use crate::address::List;
use crate::number::number;
use crate::protocol::{Answer, Overview, Request};
use crate::share::{ShareCriterion, ShareVerdict};
use crate::text::{best_of, percent, scenario};
use leptos::prelude::*;
use ssim_viz::{count, fixed};
use std::sync::Arc;

#[component]
pub fn WhatIf(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let choice = Memo::new(move |_| page.address.with(|a| (a.row.unwrap_or(0), a.edits.clone())));
    let sizes: Vec<usize> = overview.fields.iter().map(|f| f.values + 1).collect();
    Effect::new(move |_| {
        let (row, mut edits) = choice.get();
        edits.retain(|(field, id)| sizes.get(*field).is_some_and(|size| (*id as usize) < *size));
        // A link may name a row that this file does not have.
        let row = row.min(page.derived.sample.get().len().saturating_sub(1) as u32);
        page.send(Request::WhatIf { row, edits }, None);
    });
    let names: Arc<[String]> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    let fields = overview.clone();
    let parts = move || {
        let answer = page.answer.get()?;
        Some(view! {
            <div class="explore answer-first">
                <div class="wide-part">
                    <fields::Fields page overview=fields.clone() answer=answer.clone() />
                </div>
                <div class="side-part">
                    <Share page answer=answer.clone() />
                    <Towers page answer=answer.clone() names=names.clone() />
                </div>
            </div>
            <effects::Effects page overview=fields.clone() answer />
        })
    };
    view! {
        <section aria-labelledby="what-if">
            <h1 id="what-if">"What if this row were another?"</h1>
            <RowChoice page />
            {parts}
        </section>
    }
}

/// The controls that choose the row.
#[component]
fn RowChoice(page: PageState) -> impl IntoView {
    let sample = move || page.derived.sample.get();
    let place = move || page.address.with(|a| a.row.unwrap_or(0)) as usize;
    let line = move || sample().rows.get(place()).copied().unwrap_or(0.0);
    let wrong = RwSignal::new(None::<String>);
    let go =
        move |place: usize| page.choose(|a| (a.row, a.edits) = (Some(place as u32), Vec::new()));
    let typed = move |event: leptos::ev::Event| {
        let text = event_target_value(&event);
        let wanted = number(text.trim());
        match wanted.and_then(|w| sample().rows.iter().position(|r| *r == w)) {
            Some(place) => {
                wrong.set(None);
                go(place);
            }
            None => {
                wrong.set(Some(format!("“{text}” is no row of the file; this is row {}.", line())))
            }
        }
    };
    let step = move |by: isize| {
        let n = sample().len().max(1);
        go((place() as isize + by).rem_euclid(n as isize) as usize);
    };
    let hint = move || {
        format!(
            "one of {} rows in the file; the map and the table of Explore open others",
            count(sample().len() as u64)
        )
    };
    view! {
        <p class="choices">
            <label class="choice">
                <span>"Row of the log"</span>
                <input
                    type="text" inputmode="numeric" size="9" prop:value=line on:change=typed
                    aria-invalid=move || wrong.get().is_some().to_string() aria-describedby="row-error"
                />
            </label>
            <button type="button" on:click=move |_| { wrong.set(None); step(-1) }>"Previous"</button>
            <button type="button" on:click=move |_| { wrong.set(None); step(1) }>"Next"</button>
            <span class="muted">{hint}</span>
        </p>
        <p class="wrong" id="row-error" role="status">{move || wrong.get()}</p>
    }
}

/// The share score on a scale from the lowest to the highest score in the file, with the threshold
/// from which rows are shared.
#[component]
fn Share(page: PageState, answer: Answer) -> impl IntoView {
    let Some(score) = answer.now.score else {
        return view! { <div class="card"><p class="muted">"This run had no selector."</p></div> }
            .into_any();
    };
    let score = f64::from(score);
    let before = f64::from(answer.before.score.unwrap_or_default());
    let sample = page.derived.sample.get_untracked();
    let all = sample.column("score").unwrap_or_default();
    let (low, high) =
        all.iter().fold((score, score), |(l, h), z| (l.min(f64::from(*z)), h.max(f64::from(*z))));
    let part = move |z: f64| 100.0 * (z - low) / (high - low).max(1e-9);
    let (row, scenario) = (answer.row as usize, answer.scenario);
    let verdict = Memo::new(move |_| page.derived.verdict(row, scenario));
    let told = move || match verdict.get().shares(score as f32) {
        true => "shared with every tower",
        false => "private to its scenario",
    };
    let list = move || list_in_words(page);
    let why = move || match verdict.get() {
        ShareVerdict::From(lowest) => {
            format!(
                "With these fields it is shared from a score of {} on.",
                fixed(lowest.into(), 3)
            )
        }
        ShareVerdict::Always(_) => "On this list no score changes that.".to_owned(),
    };
    let cut = move || {
        verdict.get().lowest().map(|t| {
            view! {
                <span class="cut" style=format!("left:{}%", part(f64::from(t)).clamp(0.0, 100.0))></span>
            }
        })
    };
    let change = (score != before).then(|| {
        let d = score - before;
        format!("{}{} to the row as it was", if d > 0.0 { "+" } else { "" }, fixed(d, 3))
    });
    view! {
        <div class="card">
            <h2 class="small">"Share score"</h2>
            <p class="big" id="score">{fixed(score, 3)}</p>
            <p><strong id="verdict">{told}</strong>". List: "{list}"."</p>
            <div class="gauge" aria-hidden="true">
                <span class="fill" style=format!("width:{}%", part(score))></span>
                {cut}
            </div>
            <p class="muted">{why}</p>
            <p class="muted">{change}</p>
        </div>
    }
    .into_any()
}

/// The list that decides, in words: "the selector's list, the best 30 % of each batch".
fn list_in_words(page: PageState) -> String {
    let (list, pool) = (page.derived.list.get(), page.derived.pool.get());
    let part = fixed(100.0 * page.derived.ratio.get(), 0);
    let from = match list {
        List::Ssim => "the selector's list",
        List::Random => "a random list",
        List::Planted => "the planted list",
        List::All => return "all rows are shared".to_owned(),
        List::Nothing => return "no row is shared".to_owned(),
    };
    match page.derived.cut.get() {
        ShareCriterion::Threshold(t) => {
            format!("{from}, from a score of {} on", fixed(t.into(), 3))
        }
        _ => format!("{from}, {part}\u{a0}% of {}", best_of(pool)),
    }
}

/// The click probability that every tower predicts.
#[component]
fn Towers(page: PageState, answer: Answer, names: Arc<[String]>) -> impl IntoView {
    let one = answer.now.ctr.len() == 1;
    let own_tower = usize::from(answer.scenario).min(answer.now.ctr.len().saturating_sub(1));
    let highest = answer.now.ctr.iter().chain(&answer.before.ctr).copied().fold(1e-6, f32::max);
    // The row's own tower stands first, in sight also where there are many.
    let mut order: Vec<usize> = (0..answer.now.ctr.len()).collect();
    if let Some(first) = order.get_mut(..=own_tower) {
        first.rotate_right(1);
    }
    let lines = order.into_iter().filter_map(|k| {
        let (now, before) = (answer.now.ctr.get(k)?, answer.before.ctr.get(k)?);
        let name = if one { "all".into() } else { names.get(k).cloned().unwrap_or_default() };
        let change = (now != before).then(|| {
            let d = 100.0 * f64::from(now - before);
            format!("{}{}", if d > 0.0 { "+" } else { "" }, fixed(d, 1))
        });
        Some(view! {
            <tr>
                <th scope="row" class:strong=k == own_tower>{(!one).then(|| view! { <ScenarioIcon page k /> })}{name}</th>
                <td class="bar-cell">
                    <span class="level" class:own=k == own_tower style=format!("width:calc((100% - 16px) * {})", now / highest)></span>
                </td>
                <td class:strong=k == own_tower>{percent(Some(f64::from(*now)))}</td>
                <td class="muted">{change}</td>
            </tr>
        })
    });
    view! {
        <div class="card">
            <h2 class="small" id="towers">"CTR by every tower"</h2>
            <div class="tall" tabindex="0" role="region" aria-label="Towers, scrollable">
            <table aria-labelledby="towers" class="towers">
                <thead class="off">
                    <tr>
                        <th scope="col">"tower"</th>
                        <th scope="col">"bar"</th>
                        <th scope="col">"CTR"</th>
                        <th scope="col">"change in points"</th>
                    </tr>
                </thead>
                <tbody>{lines.collect_view()}</tbody>
            </table>
            </div>
            <p class="muted note">
                {if one { "One tower for all scenarios. " } else { "Bold: the row's own scenario. " }}"Answered in "{fixed(answer.milliseconds, 0)}" ms."
            </p>
        </div>
    }
}
