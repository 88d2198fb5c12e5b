//! The bar at the top: the program's name, buttons to open a file and to copy a link, and the
//! theme.

use super::state::{LoadState, PageState};
use crate::text;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, HtmlInputElement};

/// The key of the theme in the browser's local storage.
const THEME: &str = "ssim-theme";

#[component]
pub fn Top(page: PageState) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    let chosen = move |event: ev::Event| {
        let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            page.open_file(file);
        }
        // Without this the browser would report no change when the same file is chosen again.
        input.set_value("");
    };
    let file = move || {
        let shown = page.shown.get()?;
        let kind = if shown.overview.synthetic { "synthetic" } else { "real data" };
        Some(format!("{}, {}, {kind}", shown.name, text::bytes(shown.bytes)))
    };
    let copied = RwSignal::new(false);
    let share = move |_| {
        super::save::copy(&super::history::link(&page.address.get_untracked()));
        copied.set(true);
        set_timeout(move || copied.set(false), std::time::Duration::from_secs(2));
    };
    view! {
        <header class="top">
            <p class="brand">
                <strong>"SSIM"</strong>
                <span class="muted wide">" scenario shared instance modeling"</span>
            </p>
            <p class="file muted">{file}</p>
            <div class="tools">
                <input
                    type="file" accept=".ssim,.csv,.tsv,.gz" class="off" tabindex="-1" aria-hidden="true"
                    node_ref=input on:change=chosen
                />
                <button
                    type="button" class="primary"
                    on:click=move |_| { if let Some(input) = input.get() { input.click() } }
                >
                    "Open file …"
                </button>
                <button type="button" on:click=share>
                    {move || if copied.get() { "Link copied" } else { "Copy link" }}
                </button>
                <ThemeChoice page />
            </div>
        </header>
        <Drop page />
    }
}

/// Opens files that are dropped anywhere on the page.
#[component]
fn Drop(page: PageState) -> impl IntoView {
    let over = RwSignal::new(false);
    let _ = window_event_listener(ev::dragover, move |event: DragEvent| {
        event.prevent_default();
        over.set(true);
    });
    let _ = window_event_listener(ev::dragleave, move |event: DragEvent| {
        // The event has a target when the pointer moves to another element, and none when it leaves
        // the window.
        if event.related_target().is_none() {
            over.set(false);
        }
    });
    let _ = window_event_listener(ev::drop, move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            page.open_file(file);
        }
    });
    let there = move || over.get() && matches!(page.phase.get(), LoadState::Idle);
    view! {
        <Show when=there>
            <div class="drop" aria-hidden="true">"Drop a .ssim file to open it, or a table (.csv, .tsv, .csv.gz) to train on"</div>
        </Show>
    }
}

#[component]
fn ThemeChoice(page: PageState) -> impl IntoView {
    let storage = || window().local_storage().ok().flatten();
    let stored = storage().and_then(|s| s.get_item(THEME).ok().flatten()).unwrap_or_default();
    let choose = move |event: ev::Event| {
        let theme = event_target_value(&event);
        let root = document().document_element();
        // Where the browser forbids local storage, the choice lasts until the page is closed.
        if theme.is_empty() {
            let _ = root.map(|root| root.remove_attribute("data-theme"));
            let _ = storage().map(|s| s.remove_item(THEME));
        } else {
            let _ = root.map(|root| root.set_attribute("data-theme", &theme));
            let _ = storage().map(|s| s.set_item(THEME, &theme));
        }
        page.dark.set(super::theme::is_dark());
    };
    let options = [("", "System theme"), ("light", "Light"), ("dark", "Dark")];
    view! {
        <select aria-label="Theme" on:change=choose>
            {options.map(|(value, label)| {
                view! { <option value=value selected=value == stored>{label}</option> }
            })}
        </select>
    }
}
