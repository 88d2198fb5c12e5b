//! A menu with a label.

use leptos::prelude::*;

/// A menu. `options` are pairs of a name and the text that is shown; `value` gives the name of the
/// current option, and `choose` is called with the name of the new one.
#[component]
pub fn Select(
    label: &'static str,
    options: Vec<(&'static str, String)>,
    value: impl Fn() -> &'static str + Copy + Send + Sync + 'static,
    choose: impl Fn(String) + 'static,
) -> impl IntoView {
    let options = options.into_iter().map(|(name, text)| {
        view! { <option value=name selected=move || value() == name>{text}</option> }
    });
    view! {
        <label class="choice">
            <span>{label}</span>
            <select
                prop:value=value
                on:change=move |event| choose(event_target_value(&event))
            >
                {options.collect_view()}
            </select>
        </label>
    }
}
