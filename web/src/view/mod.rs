//! What the reader sees.

mod brush;
mod chart;
mod compare;
mod derived;
mod embed;
mod explore;
mod failure;
mod history;
mod mark;
mod metric;
mod networks;
mod rail;
mod save;
mod scenarios;
mod select;
mod state;
mod story;
mod text;
mod title;
mod top;
mod train;
mod training;
mod what_if;

use crate::address::Route;
use crate::protocol::Overview;
use leptos::prelude::*;
use state::{Page, Phase};
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// Draws the page in place of the shell that `index.html` shows before this program is here.
pub fn mount() {
    console_error_panic_hook::set_once();
    let Some(shell) = document().get_element_by_id("app") else {
        return;
    };
    let intro = document().get_element_by_id("intro").map(|e| e.inner_html()).unwrap_or_default();
    shell.set_inner_html("");
    leptos::mount::mount_to(shell.unchecked_into(), move || view! { <App intro /> }).forget();
}

#[component]
fn App(
    /// What the shell says this page is for; it stays until a file is open.
    intro: String,
) -> impl IntoView {
    let page = Page::new();
    page.open_demo();
    let shown = move || page.shown.get().map(|shown| shown.overview);
    view! {
        <div class="frame">
            <top::Top page />
            <rail::Rail page />
            <main class:busy=move || page.phase.get() != Phase::Idle>
                <failure::FailurePanel page />
                <Progress page />
                {move || match shown() {
                    Some(overview) => view! { <Artifact page overview /> }.into_any(),
                    None => view! { <section class="title" inner_html=intro.clone()></section> }.into_any(),
                }}
            </main>
            <footer class="muted">
                "Everything is computed in this page. Nothing is uploaded."
            </footer>
        </div>
    }
}

/// One open artifact: the page of it that the address names.
#[component]
fn Artifact(page: Page, overview: Arc<Overview>) -> impl IntoView {
    let route = Memo::new(move |_| page.address.with(|a| a.route));
    let head = overview.clone();
    let titled = move || {
        (route.get() == Route::Story).then(|| view! { <title::Title page overview=head.clone() /> })
    };
    let body = move || {
        let overview = overview.clone();
        match route.get() {
            Route::Story => view! { <story::Story page overview /> }.into_any(),
            Route::Explore => view! { <explore::Explore page overview /> }.into_any(),
            Route::Scenarios => view! { <scenarios::Scenarios page overview /> }.into_any(),
            Route::WhatIf => view! { <what_if::WhatIf page overview /> }.into_any(),
            Route::Train => view! { <train::Train page overview /> }.into_any(),
            Route::Compare => view! { <compare::Compare page overview /> }.into_any(),
            Route::Embed => view! { <embed::Embed page /> }.into_any(),
        }
    };
    view! { {titled} {body} }
}

/// What is being waited for.
#[component]
fn Progress(page: Page) -> impl IntoView {
    let words = move || match page.phase.get() {
        Phase::Idle => String::new(),
        Phase::Loading { name, progress: (got, of) } => {
            let of = of.map(|of| format!(" of {}", text::bytes(of))).unwrap_or_default();
            format!("Loading {name}: {}{of}", text::bytes(got))
        }
        Phase::Computing { name } => format!("Predicting with {name} …"),
    };
    let part = move || match page.phase.get() {
        Phase::Loading { progress: (got, Some(of)), .. } if of > 0 => Some(got as f64 / of as f64),
        _ => None,
    };
    view! {
        // The region stays in the document, or screen readers would not hear it change.
        <div class="progress" role="status">
            <Show when=move || page.phase.get() != Phase::Idle>
                <div class="card">
                    <p>{words}</p>
                    <progress aria-label="Progress" max="1" value=part></progress>
                </div>
            </Show>
        </div>
    }
}
