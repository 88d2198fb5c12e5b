//! The way to the seven pages.

use super::state::Page;
use crate::address::{Address, Route};
use leptos::prelude::*;

/// What a page is called.
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
pub fn Rail(page: Page) -> impl IntoView {
    let here = Memo::new(move |_| page.address.with(|a| a.route));
    let links = Route::ALL.iter().map(|route| {
        let route = *route;
        let to = move || page.address.with(|a| Address { route, ..a.clone() }.to_string());
        let current = move || (here.get() == route).then_some("page");
        view! { <li><a href=to aria-current=current>{label(route)}</a></li> }
    });
    view! {
        <nav class="rail" aria-label="Pages">
            <ul>{links.collect_view()}</ul>
        </nav>
    }
}
