//! The start page. It explains sharing in a few steps, with the numbers of the open file.

use super::made::{Made, table};
use super::state::PageState;
use super::title::About;
use crate::address::{Address, Route};
use crate::protocol::{Overview, Picture, StepLine, StoryPicture};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Story(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let to = move |route: Route| {
        page.address.with_untracked(|a| Address { route, ..a.clone() }.to_string())
    };
    let steps = (1..).zip(&overview.story).map(|(n, step)| {
        let StepLine { title, text, picture } = step.clone();
        let picture = picture.map(|picture| {
            let picks = move || page.derived.colouring.with(|c| c.picks);
            let what = move || Picture::Step { picture, picks: picks() };
            view! { <Made page name=file(picture) what /> }
        });
        view! {
            <article class="card step">
                <div class="words">
                    <h2>{format!("{n}. {title}")}</h2>
                    <p>{text}</p>
                </div>
                <div class="figure">{picture}</div>
            </article>
        }
    });
    view! {
        <section aria-labelledby="story" class="story">
            {steps.collect_view()}
            <p class="choices">
                <a class="button primary" href=to(Route::Explore)>"Explore the rows"</a>
                <a class="button" href=to(Route::WhatIf)>"Change a row"</a>
                <a class="button" href=to(Route::Train)>"Train here"</a>
            </p>
            <About page overview />
            <Inside page />
        </section>
    }
}

/// The contents of the file: its fields and its networks.
#[component]
pub fn Inside(page: PageState) -> impl IntoView {
    let parts = table(page, || Picture::Inside);
    view! {
        <section aria-labelledby="inside">
            <h2 id="inside">"Inside the file"</h2>
            <div class="beside" inner_html=parts></div>
        </section>
    }
}

/// The name of a saved picture.
fn file(picture: StoryPicture) -> &'static str {
    match picture {
        StoryPicture::Rows => "scenarios",
        StoryPicture::Ends => "ends",
        StoryPicture::Map => "map",
        StoryPicture::Search => "search",
        StoryPicture::Ratios => "ratios",
        StoryPicture::Result => "result",
    }
}
