//! The panel that shows a failure and the advice for it.

use super::state::PageState;
use crate::protocol::Failure;
use leptos::prelude::*;

#[component]
pub fn FailurePanel(page: PageState) -> impl IntoView {
    view! {
        // Screen readers report changes only of a region that was in the document before, so it
        // stays.
        <div role="alert">
            {move || page.failure.get().map(|failure| view! { <Panel page failure /> })}
        </div>
    }
}

#[component]
fn Panel(page: PageState, failure: Failure) -> impl IntoView {
    let demo = !page.last_was_demo();
    let shown = move || page.shown.with(Option::is_some);
    let still =
        move || page.shown.with(|s| s.as_ref().map(|s| format!("Still showing {}.", s.name)));
    view! {
        <section class="card failure">
            <h2>{failure.what}</h2>
            <p>{code(&failure.todo)}" "{still}</p>
            <p class="buttons">
                <button type="button" on:click=move |_| page.retry()>"Try again"</button>
                {demo.then(|| view! {
                    <button type="button" on:click=move |_| page.open_demo()>"Use the demo"</button>
                })}
                <Show when=shown>
                    <button type="button" on:click=move |_| page.failure.set(None)>"Close"</button>
                </Show>
            </p>
            <details>
                <summary>"Details"</summary>
                <pre tabindex="0">{failure.detail}</pre>
            </details>
        </section>
    }
}

/// A sentence whose parts between backticks are shown as code.
pub fn code(sentence: &str) -> impl IntoView + use<> {
    let parts = sentence.split('`').enumerate().map(|(i, part)| match i % 2 {
        0 => part.to_owned().into_any(),
        _ => view! { <code>{part.to_owned()}</code> }.into_any(),
    });
    parts.collect_view()
}
