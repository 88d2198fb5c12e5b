//! Views that the worker draws. The page inserts their text and listens for clicks; what a click means stands in
//! the attributes of the element, see [`crate::protocol::Drawing`].

use crate::number::number;
use crate::protocol::{DrawWanted, Drawing, Reply, Request, Trial};
use crate::view::ask;
use crate::view::state::PageState;
use crate::view::train::progress;
use leptos::html;
use leptos::prelude::*;
use ssim_viz::{Rule, RuleEffect, escape};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

/// The views that a reader can open, with their names.
const VIEWS: [(Drawing, &str); 5] = [
    (Drawing::Profile, "Which values are shared"),
    (Drawing::Transfer, "Who helps whom"),
    (Drawing::Rows, "Rows with their values"),
    (Drawing::Fields, "Values of every field"),
    (Drawing::Trial, "Test the selection"),
];

#[component]
pub fn DrawnViews(page: PageState) -> impl IntoView {
    let open = Memo::new(move |_| {
        page.address.with(|a| a.drawing.filter(|w| VIEWS.iter().any(|view| view.0 == *w)))
    });
    let buttons = VIEWS.map(|(which, name)| {
        view! {
            <button
                type="button" aria-pressed=move || (open.get() == Some(which)).to_string()
                on:click=move |_| page.choose(|a| {
                    a.drawing = Some(which).filter(|w| a.drawing != Some(*w));
                    a.detail.clear();
                })
            >
                {name}
            </button>
        }
    });
    view! {
        <section aria-labelledby="why">
            <h2 id="why">"Why these rows, and what they do"</h2>
            <p class="buttons" role="group" aria-labelledby="why">{buttons.collect_view()}</p>
            {move || open.get().map(|which| drawn(page, which))}
        </section>
    }
}

/// One view.
fn drawn(page: PageState, drawing: Drawing) -> impl IntoView {
    let answer = RwSignal::new(None);
    let again = ask::follow(page, answer, move || {
        let flags = |rows: &[bool]| rows.to_vec();
        Some(Request::Draw(DrawWanted {
            drawing,
            detail: page.address.with(|a| a.detail.clone()),
            shared: flags(&page.derived.shared.get()),
            selected: match drawing {
                Drawing::Profile | Drawing::Transfer => Vec::new(),
                _ => flags(&page.derived.selected.get().unwrap_or_default()),
            },
        }))
    });
    let place = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        let html = match answer.get() {
            None => "<p class=\"muted\" role=\"status\">Computing …</p>".to_owned(),
            Some(Reply::Drawn { html, .. }) => html,
            Some(Reply::Failed(failure)) => format!(
                "<p class=\"wrong\">{} {}</p><button type=\"button\" data-again>Try again</button>",
                escape(&failure.what),
                escape(&failure.todo)
            ),
            Some(_) => return,
        };
        // The element that has the focus is replaced, so the new one with its name gets it.
        let focused = document().active_element().map(|element| element.id());
        place.set_inner_html(&html);
        let focused = focused.filter(|id| !id.is_empty());
        if let Some(element) = focused.and_then(|id| document().get_element_by_id(&id)) {
            let _ = element.unchecked_into::<HtmlElement>().focus();
        }
    });
    // Buttons whose step is in the rule are pressed.
    Effect::new(move |_| {
        answer.track();
        let steps = page.address.with(|a| a.rule.clone());
        let Some(place) = place.get() else { return };
        let buttons = place.get_elements_by_tag_name("button");
        for button in (0..buttons.length()).filter_map(|i| buttons.item(i)) {
            if let Some(rule) = added(&button) {
                let pressed = steps.steps().contains(&rule.steps()[0]);
                let _ =
                    button.set_attribute("aria-pressed", if pressed { "true" } else { "false" });
            }
        }
    });
    let click = move |event: leptos::ev::MouseEvent| {
        let Some(element) = target(&event, "button") else { return };
        if let Some(rule) = added(&element) {
            let step = &rule.steps()[0].1;
            let there = (RuleEffect::Add, step.clone());
            page.choose(|a| {
                if a.rule.steps().contains(&there) {
                    a.rule.take_back(step);
                } else {
                    let _ = a.rule.add(step.clone());
                }
            });
        } else if let Some(detail) = element.get_attribute("data-detail") {
            page.choose(|a| a.detail = detail);
        } else if let Some(row) = element.get_attribute("data-row") {
            page.choose(|a| {
                (a.row, a.edits) = (row.parse().ok(), Vec::new());
                a.route = crate::address::Route::WhatIf;
            });
        } else if element.has_attribute("data-again") {
            again();
        } else {
            let force = element.get_attribute("data-force");
            let seeds = force.clone().or_else(|| element.get_attribute("data-keep-out"));
            if let Some(seeds) = seeds.and_then(|seeds| seeds.parse().ok()) {
                page.training.test(
                    page,
                    Trial {
                        rule: page.address.with_untracked(|a| a.rule.to_string()),
                        shared: page.derived.shared.get_untracked().to_vec(),
                        selected: page
                            .derived
                            .selected
                            .get_untracked()
                            .unwrap_or_default()
                            .to_vec(),
                        force: force.is_some(),
                        seeds,
                    },
                );
            }
        }
    };
    let change = move |event: leptos::ev::Event| {
        let before = target(&event, "[data-detail]").and_then(|e| e.get_attribute("data-detail"));
        if let Some(before) = before {
            page.choose(|a| a.detail = before + &event_target_value(&event));
        }
    };
    let trial = (drawing == Drawing::Trial).then(|| view! { <Test page /> });
    view! {
        <div class="card drawn">
            <div class="drawn" node_ref=place on:click=click on:change=change></div>
            {trial}
        </div>
    }
}

/// The progress and the result of a test of the selection.
#[component]
fn Test(page: PageState) -> impl IntoView {
    let training = page.training;
    view! {
        <p class="buttons">
            <span role="status" class="told">{move || progress::told(training)}</span>
            <Show when=move || training.busy()>
                <button type="button" on:click=move |_| training.stop(page)>"Stop"</button>
            </Show>
        </p>
        <div class="drawn" inner_html=move || training.tested.get()></div>
    }
}

/// The element of the event, or the nearest around it, that matches.
fn target(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}

/// The rule of a button that adds its step.
fn added(button: &Element) -> Option<Rule> {
    let rule = Rule::parse(&button.get_attribute("data-add")?, number).ok()?;
    (!rule.is_empty()).then_some(rule)
}
