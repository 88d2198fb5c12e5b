//! The fields of the row. Every value can be replaced by any value seen in training, or by the
//! value for everything unseen.

use crate::protocol::{Answer, Overview, Request};
use crate::view::state::PageState;
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Fields(page: PageState, overview: Arc<Overview>, answer: Answer) -> impl IntoView {
    let edited = answer.ids.iter().any(|(now, was)| now != was);
    let lines = overview.fields.iter().enumerate().map(|(i, field)| {
        let (now, was) = answer.values.get(i).cloned().unwrap_or_default();
        view! { <Field page i name=field.name.clone() now was /> }
    });
    let back = move |_| page.choose(|a| a.edits.clear());
    view! {
        <div class="card">
            <h2 class="small" id="fields-of">"Fields"</h2>
            <div class="fields" role="group" aria-labelledby="fields-of">{lines.collect_view()}</div>
            <p class="buttons note">
                <button type="button" disabled=!edited on:click=back>"As it was"</button>
                <span class="muted">"Type to search a field's values; “unseen” is a value that training never saw."</span>
            </p>
        </div>
    }
}

/// One field, with a list of values that can be searched.
#[component]
fn Field(page: PageState, i: usize, name: String, now: String, was: String) -> impl IntoView {
    let id = format!("field-{i}");
    let list = format!("values-{i}");
    let told = format!("wrong-{i}");
    let ask = move |text: String| {
        page.send(Request::Values { field: i, text }, None);
    };
    let here = move || page.values.get().filter(|v| v.field == i);
    let options = move || {
        let values = here().map(|v| v.values).unwrap_or_default();
        values.into_iter().map(|(_, value)| view! { <option value=value></option> }).collect_view()
    };
    // The typed text, until the worker has said whether it is a value.
    let typed = RwSignal::new(None::<String>);
    let wrong = RwSignal::new(None::<String>);
    let chosen = move |event: leptos::ev::Event| {
        let text = event_target_value(&event);
        typed.set(Some(text.clone()));
        ask(text);
    };
    let used = now.clone();
    Effect::new(move |_| {
        let (Some(text), Some(here)) = (typed.get(), here()) else { return };
        if here.text != text {
            return;
        }
        typed.set(None);
        match here.values.iter().find(|(_, value)| *value == text) {
            Some((id, _)) => {
                let id = *id;
                wrong.set(None);
                page.choose(|a| a.edit(i, id));
            }
            None => wrong.set(Some(format!("“{text}” is no value of this field; {used} is used."))),
        }
    });
    let changed = now != was;
    view! {
        <div class="field" class:changed=changed>
            <label for=id.clone()>{name}</label>
            <input
                id=id type="text" autocomplete="off" spellcheck="false" list=list.clone() prop:value=now
                on:focus=move |_| ask(String::new())
                on:input=move |event| ask(event_target_value(&event))
                on:change=chosen
                aria-invalid=move || wrong.get().is_some().to_string() aria-describedby=told.clone()
            />
            <datalist id=list>{options}</datalist>
            <span class="muted">{changed.then(|| format!("was {was}"))}</span>
            <span class="wrong" id=told role="status">{move || wrong.get()}</span>
        </div>
    }
}
