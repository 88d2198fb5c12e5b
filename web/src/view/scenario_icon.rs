//! The icon of a scenario: its colour and its shape, as on the map.

use super::state::PageState;
use leptos::prelude::*;
use ssim_viz::OTHER;

/// The icon of scenario `k`; a grey circle if it has no colour of its own.
#[component]
pub fn ScenarioIcon(page: PageState, k: usize) -> impl IntoView {
    let class = move || page.derived.colouring.with(|c| c.classes.get(k).copied().unwrap_or(OTHER));
    let shape = move || {
        [
            "M6 1.5a4.5 4.5 0 1 0 .01 0z",
            "M2 2h8v8h-8z",
            "M6 1l5 9h-10z",
            "M6 .8l5.2 5.2-5.2 5.2-5.2-5.2z",
        ][if class() == OTHER { 0 } else { usize::from(class() % 4) }]
    };
    let style = move || match class() {
        OTHER => "color:var(--other)".to_owned(),
        class => format!("color:var(--c{class})"),
    };
    view! {
        <svg class="sign" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" style=style>
            <path d=shape fill="currentColor" />
        </svg>
    }
}
