//! The selection as a rule. The reader can edit its text, a link keeps it, and `ssim rows` selects
//! the same rows by it.

use crate::cell;
use crate::number::number;
use crate::protocol::Overview;
use crate::share::ShareCriterion;
use crate::view::save;
use crate::view::state::PageState;
use leptos::ev;
use leptos::prelude::*;
use ssim_viz::Rule;
use std::sync::Arc;

#[component]
pub fn Selection(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let example = match overview.selected {
        true => "scenario = 2 & score > 0.5 + item = 3",
        false => "scenario = 2 + item = 3",
    };
    let error = RwSignal::new(None::<String>);
    let text = move || page.address.with(|a| a.rule.to_string());
    let change = move |event: ev::Event| match Rule::parse(&event_target_value(&event), number) {
        Ok(rule) => {
            error.set(None);
            page.choose(|a| a.rule = rule);
        }
        Err(wrong) => error.set(Some(wrong.to_string())),
    };
    let wrong = move || error.get().or_else(|| page.derived.selected.get().err());
    let command = move || {
        let file = page.shown.with(|s| s.as_ref().map_or(String::new(), |s| s.name.clone()));
        let rule = text();
        let by = page.derived.pool.get().name();
        let cut = match page.derived.cut.get() {
            ShareCriterion::Threshold(t) => format!("--threshold {t}"),
            ShareCriterion::Moment(moment, _) => format!("--moment {moment}"),
            ShareCriterion::Ratio(ratio) => format!("--ratio {ratio} --by {by}"),
        };
        format!("ssim rows {} {cut} --rule {}", cell::shell(&file), cell::shell(&rule))
    };
    let empty = move || page.address.with(|a| a.rule.is_empty());
    view! {
        <div class="card selection">
            <label for="rule">"Selection, as a rule"</label>
            <input
                id="rule" type="text" spellcheck="false" autocomplete="off" prop:value=text
                placeholder=example
                aria-invalid=move || wrong().is_some().to_string() aria-describedby="rule-error"
                on:change=change
            />
            <p class="buttons">
                <button
                    type="button" class="quiet" disabled=empty
                    on:click=move |_| { error.set(None); page.choose(|a| a.rule = Rule::default()) }
                >
                    "Clear"
                </button>
                <button
                    type="button" class="quiet" disabled=empty
                    title="The command that lists the same rows"
                    on:click=move |_| save::copy(&command())
                >
                    "Copy command"
                </button>
            </p>
            <p class="wrong" id="rule-error" role="status">{wrong}</p>
        </div>
    }
}
