//! What went wrong and what to do about it.

use super::state::Page;
use crate::protocol::Failure;
use leptos::prelude::*;

#[component]
pub fn FailurePanel(page: Page) -> impl IntoView {
    view! {
        // The region stays in the document, or screen readers would not hear it change.
        <div role="alert">
            {move || page.failure.get().map(|failure| view! { <Panel page failure /> })}
        </div>
    }
}

#[component]
fn Panel(page: Page, failure: Failure) -> impl IntoView {
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

/// A sentence in which `what stands between backticks` is to be typed.
fn code(sentence: &str) -> impl IntoView + use<> {
    let parts = sentence.split('`').enumerate().map(|(i, part)| match i % 2 {
        0 => part.to_owned().into_any(),
        _ => view! { <code>{part.to_owned()}</code> }.into_any(),
    });
    parts.collect_view()
}
