//! The table of all scenarios, where they are many.

use super::cards::{at_list, rate};
use crate::address::Metric;
use crate::protocol::Overview;
use crate::text::{percent, scenario};
use crate::view::state::PageState;
use leptos::prelude::*;
use ssim_viz::{count, escape};
use std::sync::Arc;

#[component]
pub fn AllScenarios(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let swept = !overview.measured.is_empty();
    let heads = ["scenario", "rows", "shared", "CTR shared", "CTR private", "AUC"];
    let heads: String = heads[..5 + usize::from(swept)]
        .iter()
        .map(|h| format!("<th scope=\"col\">{h}</th>"))
        .collect();
    // One text is made faster than a view of every cell, and there may be hundreds of lines.
    let lines = move || {
        let (colouring, tallies) = (page.derived.colouring.get(), page.derived.tallies.get());
        let mut text = format!("<thead><tr>{heads}</tr></thead><tbody>");
        for k in &colouring.order {
            let (Some(name), Some(tally)) = (overview.scenarios.get(*k), tallies.get(*k)) else {
                continue;
            };
            let [all, shared] = tally.rows;
            let part = percent((all > 0).then(|| shared as f64 / all as f64));
            let [of_shared, of_private] = tally.rates().map(rate);
            let (name, rows) = (escape(&scenario(name)), count(all));
            text += &format!("<tr><th scope=\"row\">{name}</th>");
            let auc = if swept { at_list(page, &overview, Metric::AUC, *k) } else { String::new() };
            for cell in
                [&rows, &part, &of_shared, &of_private, &auc].into_iter().filter(|c| !c.is_empty())
            {
                text += &format!("<td>{cell}</td>");
            }
            text += "</tr>";
        }
        text + "</tbody>"
    };
    view! {
        <div class="card">
            <h3 id="all-scenarios">"All scenarios, the largest first"</h3>
            <div class="scroll tall" tabindex="0" role="region" aria-label="All scenarios, scrollable">
                <table aria-labelledby="all-scenarios" inner_html=lines></table>
            </div>
        </div>
    }
}
