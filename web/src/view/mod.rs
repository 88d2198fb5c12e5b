//! What the reader sees.

mod chart;
mod failure;
mod networks;
mod report;
mod rows;
mod scenarios;
mod state;
mod text;
mod title;
mod told;
mod top;

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
        <top::Top page />
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
    }
}

/// One open artifact.
#[component]
fn Artifact(page: Page, overview: Arc<Overview>) -> impl IntoView {
    view! {
        <title::Title page overview=overview.clone() />
        <scenarios::Scenarios page overview=overview.clone() />
        <report::Report page overview=overview.clone() />
        <rows::Rows page overview=overview.clone() />
        <networks::Networks overview />
    }
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
