//! The views: everything that the reader sees.

mod arrival;
mod ask;
mod brush;
mod chart;
mod compare;
mod derived;
mod embed;
mod explore;
mod failure;
mod history;
mod made;
mod metric;
mod navigation;
mod save;
mod scenario_icon;
mod scenarios;
mod select;
mod state;
mod story;
mod theme;
mod title;
mod top;
mod train;
mod training;
mod what_if;

use crate::address::Route;
use crate::protocol::Overview;
use crate::text;
use leptos::prelude::*;
use state::{LoadState, PageState};
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// Draws the page. It replaces the shell that `index.html` shows until this program is loaded.
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
    /// The shell's introduction to the page, as HTML. It stays until a file is open.
    intro: String,
) -> impl IntoView {
    let page = PageState::new();
    page.open_demo();
    arrival::follow(page);
    let shown = move || page.shown.get().map(|shown| shown.overview);
    view! {
        <div class="frame">
            <top::Top page />
            <navigation::Navigation page />
            <main class:busy=move || page.phase.get() != LoadState::Idle>
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

/// The page that the address names, for the open artifact.
#[component]
fn Artifact(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let route = Memo::new(move |_| page.address.with(|a| a.route));
    let head = overview.clone();
    let titled = move || {
        (route.get() == Route::Story).then(|| view! { <title::Title overview=head.clone() /> })
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

/// The message and the bar that show how far the opening of a file is.
#[component]
fn Progress(page: PageState) -> impl IntoView {
    let words = move || match page.phase.get() {
        LoadState::Idle => String::new(),
        LoadState::Loading { name, progress: (got, length) } => {
            let length = length.map(|n| format!(" of {}", text::bytes(n))).unwrap_or_default();
            format!("Loading {name}: {}{length}", text::bytes(got))
        }
        LoadState::Computing { name } => format!("Predicting with {name} …"),
    };
    let part = move || match page.phase.get() {
        LoadState::Loading { progress: (got, Some(of)), .. } if of > 0 => {
            Some(got as f64 / of as f64)
        }
        _ => None,
    };
    view! {
        // Screen readers report changes only of a region that was in the document before, so it
        // stays.
        <div class="progress" role="status">
            <Show when=move || page.phase.get() != LoadState::Idle>
                <div class="card">
                    <p>{words}</p>
                    <progress aria-label="Progress" max="1" value=part></progress>
                </div>
            </Show>
        </div>
    }
}
