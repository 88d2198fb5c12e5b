//! The choices in the browser's address bar: links open them, and changes are written back.

use crate::address::Address;
use leptos::ev;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// Browsers refuse to hear of every move of a slider.
const PAUSE: Duration = Duration::from_millis(200);

/// What the address bar says.
pub fn current() -> Address {
    Address::parse(&window().location().hash().unwrap_or_default())
}

/// Keeps choices and address bar the same.
pub fn follow(address: RwSignal<Address>) {
    let _ = window_event_listener(ev::hashchange, move |_| {
        let told = current();
        if address.with_untracked(|a| *a != told) {
            address.set(told);
        }
    });
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<Address>| {
        let now = address.get();
        if before.is_some_and(|before| before != now) {
            if let Some(timer) = waiting.get_value() {
                timer.clear();
            }
            let write = move || write(&address.get_untracked());
            waiting.set_value(set_timeout_with_handle(write, PAUSE).ok());
        }
        now
    });
}

fn write(address: &Address) {
    let text = address.to_string();
    if window().location().hash().unwrap_or_default() != text
        && let Ok(history) = window().history()
    {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&text));
    }
}

/// The page's address with other choices.
pub fn link(address: &Address) -> String {
    let whole = window().location().href().unwrap_or_default();
    let base = whole.split('#').next().unwrap_or_default();
    format!("{base}{address}")
}
