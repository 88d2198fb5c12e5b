//! A metric by share ratio, for every list.

use crate::protocol::{Overview, Picture};
use crate::text::scenario;
use crate::view::made::Made;
use crate::view::metric::MetricChoice;
use crate::view::state::PageState;
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn SweepCard(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    if overview.measured.is_empty() {
        return ().into_any();
    }
    // The scenario's index; a link may name one that this file does not have.
    let k = overview.scenarios.len();
    let which =
        move || page.address.with(|a| a.of.map(|n| usize::from(n) - 1)).filter(|of| *of < k);
    let chosen = move || which().map_or(String::new(), |k| k.to_string());
    let names = overview.scenarios.iter().enumerate();
    let options = names.map(|(k, name)| (k.to_string(), scenario(name)));
    let options = [(String::new(), "all rows".to_owned())].into_iter().chain(options);
    let options = options.map(|(value, label)| {
        let this = value.clone();
        view! { <option value=value selected=move || chosen() == this>{label}</option> }
    });
    let options = options.collect_view();
    let what = move || Picture::Sweep {
        metric: page.address.with(|a| a.metric.name().to_owned()),
        of: which(),
        ratio: page.derived.is_list_of_models().then(|| page.derived.ratio.get()),
    };
    view! {
        <div class="card">
            <div class="choices">
                <MetricChoice page overview=overview.clone() />
                <label class="choice">
                    <span>"Rows of"</span>
                    <select prop:value=chosen on:change=move |event| {
                        let of = event_target_value(&event).parse::<u16>().ok();
                        page.choose(|a| a.of = of.map(|k| k + 1));
                    }>
                        {options}
                    </select>
                </label>
            </div>
            <Made page name="sweep" what />
        </div>
    }
    .into_any()
}
