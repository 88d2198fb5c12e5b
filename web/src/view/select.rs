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
    select(label, options, Signal::derive(value), Box::new(choose))
}

/// The menu for any `value` and `choose`, of which the page's program needs one copy.
fn select(
    label: &'static str,
    options: Vec<(&'static str, String)>,
    value: Signal<&'static str>,
    choose: Box<dyn Fn(String)>,
) -> AnyView {
    let options = options.into_iter().map(|(name, text)| {
        view! { <option value=name selected=move || value.get() == name>{text}</option> }
    });
    view! {
        <label class="choice">
            <span>{label}</span>
            <select
                prop:value=move || value.get()
                on:change=move |event| choose(event_target_value(&event))
            >
                {options.collect_view()}
            </select>
        </label>
    }
    .into_any()
}
