//! The beginning of the start page: the question, the finding about the open file, and a drawing of the way from the
//! log to the towers. The file itself is described at the end of the page.

use super::state::PageState;
use crate::protocol::Overview;
use crate::text;
use leptos::prelude::*;
use ssim_viz::count;
use std::sync::Arc;

#[component]
pub fn Title(overview: Arc<Overview>) -> impl IntoView {
    view! {
        <section class="title" aria-labelledby="question">
            <h1 id="question">"Which instances should every scenario learn from?"</h1>
            <p class="verdict" id="verdict-told">{overview.verdict.clone()}</p>
            <div class="drawn" inner_html=DRAWING></div>
        </section>
    }
}

/// The name of the data set, and whether this page computes the same numbers as the native program.
#[component]
pub fn About(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let check = &overview.check;
    let largest = text::size(check.largest());
    let badge = match check.passed() {
        true if check.whole => {
            format!("matches the native program: largest difference {largest}")
        }
        // A damaged weight may change no prediction that is compared.
        true => format!(
            "compared predictions match the native program: largest difference {largest}; this older file has no \
             checksums, so the rest of it is not checked"
        ),
        false if check.same_shared => {
            format!("differs from the native program: largest difference {largest}")
        }
        false => "differs from the native program: other rows are shared".to_owned(),
    };
    let compared = format!(
        "{} predictions and share scores, computed here in {} ms, against those in the file",
        count(check.compared as u64),
        page.shown.with_untracked(|s| s.as_ref().map_or(0.0, |s| s.milliseconds)).ceil()
    );
    let aside = compared.clone();
    view! {
        <section class="title" aria-labelledby="dataset">
            <h2 id="dataset">{overview.dataset.clone()}</h2>
            <p class="muted">{overview.facts.clone()}</p>
            <p
                class="badge" class:good=check.passed() class:bad=!check.passed()
                title=compared
            >
                {badge}
                <span class="off">" ("{aside}")"</span>
            </p>
        </section>
    }
}

/// A drawing of the way from the log to the towers.
const DRAWING: &str = "<svg class=\"steps-drawn\" viewBox=\"0 0 600 110\" role=\"img\" \
    aria-label=\"The selector scores every row of the log. The best rows are the list, and every tower learns from \
    them. A tower learns from the other rows of its own scenario too.\">\
    <path d=\"M131 55h36M301 55h36M470 55L506 16M470 55L506 54M470 55L506 92\"/>\
    <rect x=\"1\" y=\"31\" width=\"128\" height=\"48\" rx=\"6\"/><text x=\"65\" y=\"51\">log</text>\
    <text x=\"65\" y=\"69\" class=\"muted\">all rows</text>\
    <rect x=\"171\" y=\"31\" width=\"128\" height=\"48\" rx=\"6\"/><text x=\"235\" y=\"51\">selector</text>\
    <text x=\"235\" y=\"69\" class=\"muted\">scores every row</text>\
    <rect x=\"341\" y=\"31\" width=\"128\" height=\"48\" rx=\"6\"/><text x=\"405\" y=\"51\">list</text>\
    <text x=\"405\" y=\"69\" class=\"muted\">the best rows</text>\
    <rect x=\"510\" y=\"1\" width=\"88\" height=\"30\" rx=\"6\"/><text x=\"554\" y=\"21\">tower 1</text>\
    <rect x=\"510\" y=\"39\" width=\"88\" height=\"30\" rx=\"6\"/><text x=\"554\" y=\"59\">tower 2</text>\
    <rect x=\"510\" y=\"77\" width=\"88\" height=\"30\" rx=\"6\"/><text x=\"554\" y=\"97\">tower 3</text></svg>";
