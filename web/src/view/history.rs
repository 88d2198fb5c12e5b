//! The browser's address bar: a link there sets the reader's choices, and changes of the choices
//! are written back.

use crate::address::Address;
use leptos::ev;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// Time without changes before the address is written. Browsers refuse to replace the address at
/// every move of a slider.
const PAUSE: Duration = Duration::from_millis(200);

/// The choices in the address bar.
pub fn current() -> Address {
    Address::parse(&window().location().hash().unwrap_or_default())
}

/// Keeps the choices and the address bar in agreement.
pub fn follow(address: RwSignal<Address>) {
    let _ = window_event_listener(ev::hashchange, move |_| {
        let new = current();
        if address.with_untracked(|a| *a != new) {
            address.set(new);
        }
    });
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<Address>| {
        let now = address.get();
        if before.is_some_and(|before| before != now) {
            if let Some(timer) = waiting.get_value() {
                timer.clear();
            }
            let timer = set_timeout_with_handle(move || write(&address.get_untracked()), PAUSE);
            waiting.set_value(timer.ok());
        }
        now
    });
}

/// Replaces the address in the bar, without a new entry in the history.
fn write(address: &Address) {
    let text = address.to_string();
    if window().location().hash().unwrap_or_default() != text
        && let Ok(history) = window().history()
    {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&text));
    }
}

/// The page's full address with these choices.
pub fn link(address: &Address) -> String {
    let whole = window().location().href().unwrap_or_default();
    let base = whole.split('#').next().unwrap_or_default();
    format!("{base}{address}")
}
