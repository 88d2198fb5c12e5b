//! The navigation: links to the seven pages.

use super::state::PageState;
use crate::address::{Address, Route};
use leptos::prelude::*;

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
