//! The icon of a scenario: its colour and its shape, as on the map.

use leptos::prelude::*;

#[component]
pub fn ScenarioIcon(class: usize) -> impl IntoView {
    // As on the map, the fifth class has the shape of the first, but another colour.
    let (shape, colour) = (class % 4, (class + class / 4) % 4);
    let path = [
        "M6 1.5a4.5 4.5 0 1 0 .01 0z",
        "M2 2h8v8h-8z",
        "M6 1l5 9h-10z",
        "M6 .8l5.2 5.2-5.2 5.2-5.2-5.2z",
    ][shape];
    let style = format!("color:var(--c{colour})");
    view! {
        <svg class="sign" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" style=style>
            <path d=path fill="currentColor" />
        </svg>
    }
}
