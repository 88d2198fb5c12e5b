//! Arriving at another page: its title stands in the window, it begins at the top, and keys and screen
//! readers go on from its heading.

use super::navigation::label;
use super::state::PageState;
use crate::address::Route;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Follows the route, which changes by links, by buttons and by the browser's own Back.
pub fn follow(page: PageState) {
    let route = Memo::new(move |_| page.address.with(|a| a.route));
    let file = Memo::new(move |_| page.shown.with(|s| s.as_ref().map(|s| s.name.clone())));
    Effect::new(move |_| {
        let file = file.get().map_or(String::new(), |name| format!(", {name}"));
        document().set_title(&format!("{}{file} - SSIM", label(route.get())));
    });
    Effect::new(move |before: Option<Route>| {
        let now = route.get();
        if before.is_some_and(|before| before != now) {
            // The new page is drawn before the next frame.
            request_animation_frame(|| {
                window().scroll_to_with_x_and_y(0.0, 0.0);
                let heading = document().query_selector("main h1").ok().flatten();
                if let Some(heading) = heading.and_then(|h| h.dyn_into::<HtmlElement>().ok()) {
                    let _ = heading.set_attribute("tabindex", "-1");
                    let _ = heading.focus();
                }
            });
        }
        now
    });
}
