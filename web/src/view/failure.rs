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
            <p>{failure.todo}" "{still}</p>
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
