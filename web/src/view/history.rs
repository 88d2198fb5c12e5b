//! The browser's address bar: a link there sets the reader's choices, and changes of the choices
//! are written back.

use crate::address::Address;
use leptos::ev;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsValue;
use web_sys::History;

/// Time without changes before the address is written. Browsers refuse to replace the address at
/// every move of a slider.
const PAUSE: Duration = Duration::from_millis(200);

/// The part of the address bar after `#`.
fn bar() -> String {
    window().location().hash().unwrap_or_default()
}

/// The choices in the address bar.
pub fn current() -> Address {
    Address::parse(&bar())
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
        let Some(before) = before.filter(|before| *before != now) else { return now };
        if let Some(timer) = waiting.get_value() {
            timer.clear();
        }
        if is_step(&before, &now) {
            // The last choice before the step belongs to the entry that the step leaves.
            if current() != now {
                write(&before, History::replace_state_with_url);
            }
            write(&now, History::push_state_with_url);
            waiting.set_value(None);
        } else {
            let from = bar();
            // Another address may have come into the bar meanwhile; its choices are about to be read.
            let later = move || {
                if bar() == from {
                    write(&address.get_untracked(), History::replace_state_with_url);
                }
            };
            waiting.set_value(set_timeout_with_handle(later, PAUSE).ok());
        }
        now
    });
}

/// Whether a change is one that the browser's Back takes back: another page, selection or row. All
/// others, such as every move of a slider, replace the address.
fn is_step(before: &Address, now: &Address) -> bool {
    before.route != now.route || before.rule != now.rule || before.row != now.row
}

/// A way to write an address into the history.
type Entry = fn(&History, &JsValue, &str, Option<&str>) -> Result<(), JsValue>;

/// Writes the address into the bar, where it is not there yet.
fn write(address: &Address, entry: Entry) {
    let text = address.to_string();
    if bar() != text
        && let Ok(history) = window().history()
    {
        let _ = entry(&history, &JsValue::NULL, "", Some(&text));
    }
}

/// The page's full address with these choices.
pub fn link(address: &Address) -> String {
    let whole = window().location().href().unwrap_or_default();
    let base = whole.split('#').next().unwrap_or_default();
    format!("{base}{address}")
}

#[cfg(test)]
mod tests {
    use super::is_step;
    use crate::address::{Address, Route};

    #[test]
    fn back_takes_back_a_page_a_selection_or_a_row() {
        let before = Address::default();
        let step = |change: fn(&mut Address)| {
            let mut now = before.clone();
            change(&mut now);
            is_step(&before, &now)
        };
        assert!(step(|a| a.route = Route::Explore));
        assert!(step(|a| a.row = Some(3)));
        assert!(step(|a| a.rule = "scenario = 2".parse().unwrap()));
        assert!(!step(|a| a.ratio = Some(0.4)) && !step(|a| a.edits = vec![(0, 1)]));
    }
}
