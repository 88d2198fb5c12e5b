//! The single changes that move the share score most, and the nearest one that changes the
//! decision.

use crate::protocol::{Answer, FieldEffect, Overview};
use crate::text::percent;
use crate::view::state::PageState;
use leptos::prelude::*;
use ssim_viz::{count, fixed, rising};
use std::sync::Arc;

#[component]
pub fn Effects(page: PageState, overview: Arc<Overview>, answer: Answer) -> impl IntoView {
    let base = answer.now.score.map(f64::from);
    let own_tower = usize::from(answer.scenario).min(answer.now.ctr.len().saturating_sub(1));
    let ctr = f64::from(answer.now.ctr.get(own_tower).copied().unwrap_or_default());
    let moved = move |e: &FieldEffect| match base {
        Some(base) => f64::from(e.score) - base,
        None => f64::from(e.ctr) - ctr,
    };
    let order = rising(answer.effects.len(), &|i| -moved(&answer.effects[i]).abs());
    let effects: Vec<FieldEffect> = order.into_iter().map(|i| answer.effects[i].clone()).collect();
    let largest = effects.first().map_or(1.0, |e| moved(e).abs()).max(1e-9);
    let names: Vec<String> = overview.fields.iter().map(|f| f.name.clone()).collect();
    let (row, scenario) = (answer.row as usize, answer.scenario);
    let flips = effects.clone();
    let names_of = names.clone();
    let flip = move || {
        let score = base? as f32;
        // A changed scenario is another pool, with other rows to be better than.
        let shares = |scenario: u16, score: f32| page.derived.verdict(row, scenario).shares(score);
        let here = page.derived.verdict(row, scenario);
        let shared = here.shares(score);
        let crossing = flips.iter().filter(|e| match e.scenario == scenario {
            true => here.shares(e.score) != shared,
            false => shares(e.scenario, e.score) != shared,
        });
        let nearest = crossing.min_by(|a, b| moved(a).abs().total_cmp(&moved(b).abs()));
        let becomes = if shared { "private" } else { "shared" };
        Some(match nearest {
            Some(e) => format!(
                "Nearest single change that makes the row {becomes}: {} to “{}”, score {}.",
                names_of[e.field],
                e.value,
                fixed(f64::from(e.score), 3)
            ),
            None => format!("No single change of a field that was tried makes the row {becomes}."),
        })
    };
    let lines = effects.into_iter().map(|effect| {
        let d = moved(&effect);
        let (field, id) = (effect.field, effect.id);
        let try_it = move |_| page.choose(|a| a.edit(field, id));
        let width = format!("width:{}%", 50.0 * d.abs() / largest);
        view! {
            <tr>
                <th scope="row">{names[field].clone()}</th>
                <td class="word"><button type="button" class="quiet" on:click=try_it>{effect.value}</button></td>
                <td class="bar-cell"><span class="level both" class:less=d < 0.0 style=width></span></td>
                <td>{format!("{}{}", if d > 0.0 { "+" } else { "" }, fixed(d, 3))}</td>
                <td>{percent(Some(f64::from(effect.ctr)))}</td>
            </tr>
        }
    });
    let [tried, all] = answer.tried;
    view! {
        <section aria-labelledby="effects">
            <h2 id="effects">"The strongest change of every field"</h2>
            <div class="card">
                <p id="flip">{flip}</p>
                <div class="scroll" tabindex="0" role="region" aria-label="Effects, scrollable">
                    <table aria-labelledby="effects" class="effects">
                        <thead>
                            <tr>
                                <th scope="col">"field"</th>
                                <th scope="col">"changed to"</th>
                                <th scope="col"><span class="off">"bar"</span></th>
                                <th scope="col">{if base.is_some() { "share score" } else { "change of own CTR" }}</th>
                                <th scope="col">"own CTR"</th>
                            </tr>
                        </thead>
                        <tbody>{lines.collect_view()}</tbody>
                    </table>
                </div>
                <p class="muted note">
                    {format!("{} of {} single changes were tried: the most frequent values of every field.", count(tried as u64), count(all as u64))}
                </p>
            </div>
        </section>
    }
}
