//! The navigation: links to the seven pages.

use super::state::PageState;
use crate::address::{Address, Route};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The name of a page in the navigation.
pub fn label(route: Route) -> &'static str {
    match route {
        Route::Story => "Story",
        Route::Explore => "Explore",
        Route::Scenarios => "Scenarios",
        Route::WhatIf => "What-if",
        Route::Train => "Train",
        Route::Compare => "Compare",
        Route::Embed => "Embed",
    }
}

#[component]
pub fn Navigation(page: PageState) -> impl IntoView {
    let here = Memo::new(move |_| page.address.with(|a| a.route));
    let list = NodeRef::<html::Ul>::new();
    // The links scroll if they have no room, and the current one must be seen.
    Effect::new(move |_| {
        here.track();
        // The mark of the current link is set in this turn too.
        request_animation_frame(move || {
            let Some(list) = list.get_untracked() else { return };
            if let Ok(Some(link)) = list.query_selector("[aria-current]") {
                let link: HtmlElement = link.unchecked_into();
                let middle = (list.client_width() - link.offset_width()) / 2;
                list.set_scroll_left(link.offset_left() - middle);
            }
        });
    });
    let links = Route::ALL.iter().map(|route| {
        let route = *route;
        let to = move || page.address.with(|a| Address { route, ..a.clone() }.to_string());
        let current = move || (here.get() == route).then_some("page");
        view! { <li><a href=to aria-current=current>{label(route)}</a></li> }
    });
    view! {
        <nav class="rail" aria-label="Pages">
            <ul node_ref=list>{links.collect_view()}</ul>
        </nav>
    }
}
