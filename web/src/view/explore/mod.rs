//! The page with the map. All its views show the same share ratio, list and selection.

mod all;
mod cards;
mod controls;
mod drawn;
mod legend;
mod look;
mod map;
mod matrix;
mod pointer;
mod selection;
mod strips;
mod sweep;
mod table;

pub use controls::list_label;
pub use pointer::zoom;

use super::state::PageState;
use crate::address::Axes;
use crate::protocol::Overview;
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Explore(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let told = overview.verdict.clone();
    let strips = Memo::new(move |_| page.derived.plane.with(|p| p.axes == Axes::Strips));
    let of_picture = overview.clone();
    let picture = move || match strips.get() {
        true => view! { <strips::StripsCard page overview=of_picture.clone() /> }.into_any(),
        false => view! { <map::Map page overview=of_picture.clone() /> }.into_any(),
    };
    view! {
        <section aria-labelledby="explore" class="tight">
            <h1 id="explore" class="verdict">{told}</h1>
            <controls::Controls page overview=overview.clone() />
            <div class="explore">
                <div class="wide-part">
                    {picture}
                    <selection::Selection page overview=overview.clone() />
                    <drawn::DrawnViews page />
                </div>
                <div class="side-part">
                    <legend::Legend page overview=overview.clone() />
                    {(overview.towers > 1).then(|| view! { <matrix::ShareMatrix page overview=overview.clone() /> })}
                </div>
            </div>
            <controls::Notes page overview=overview.clone() />
            <sweep::SweepCard page overview=overview.clone() />
            <cards::Cards page overview=overview.clone() />
            <table::Table page overview />
        </section>
    }
}
