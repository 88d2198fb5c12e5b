//! The table of all scenarios, where they are many.

use super::cards::at_list;
use crate::address::Metric;
use crate::protocol::Overview;
use crate::view::scenario_icon::ScenarioIcon;
use crate::view::state::PageState;
use crate::view::text::{percent, scenario};
use leptos::prelude::*;
use ssim_viz::count;
use std::sync::Arc;

#[component]
pub fn AllScenarios(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let swept = !overview.measured.is_empty();
    let order = page.derived.order.get_untracked().into_iter();
    let lines = order.filter(|k| *k < overview.scenarios.len()).map(|k| {
        let name = scenario(&overview.scenarios[k]);
        let tally = move || page.derived.tallies.with(|t| t.get(k).copied().unwrap_or_default());
        let part = move || {
            let [all, shared] = tally().rows;
            percent((all > 0).then(|| shared as f64 / all as f64))
        };
        let of = overview.clone();
        let auc = swept.then(|| view! { <td>{move || at_list(page, &of, Metric::AUC, k)}</td> });
        view! {
            <tr>
                <th scope="row"><ScenarioIcon page k />{name}</th>
                <td>{move || count(tally().rows[0])}</td>
                <td>{part}</td>
                <td>{move || percent(tally().rates()[0])}</td>
                <td>{move || percent(tally().rates()[1])}</td>
                {auc}
            </tr>
        }
    });
    view! {
        <div class="card">
            <h3 id="all-scenarios">"All scenarios, the largest first"</h3>
            <div class="scroll tall" tabindex="0" role="region" aria-label="All scenarios, scrollable">
                <table aria-labelledby="all-scenarios">
                    <thead>
                        <tr>
                            <th scope="col">"scenario"</th>
                            <th scope="col">"rows"</th>
                            <th scope="col">"shared"</th>
                            <th scope="col">"CTR shared"</th>
                            <th scope="col">"CTR private"</th>
                            {swept.then(|| view! { <th scope="col">"AUC"</th> })}
                        </tr>
                    </thead>
                    <tbody>{lines.collect_view()}</tbody>
                </table>
            </div>
        </div>
    }
}
