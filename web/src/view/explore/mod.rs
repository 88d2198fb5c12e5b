//! The page with the map. All its views show the same share ratio, list and selection.

mod cards;
mod controls;
mod legend;
mod map;
mod matrix;
mod pointer;
mod selection;
mod sweep;
mod table;

pub use controls::{best_of, list_label};
pub use pointer::zoom;
pub use sweep::sweep;

use super::state::PageState;
use crate::protocol::Overview;
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Explore(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    view! {
        <section aria-labelledby="explore">
            <h1 id="explore">"Which rows would every scenario learn from?"</h1>
            <controls::Controls page overview=overview.clone() />
            <div class="explore">
                <div class="wide-part">
                    <map::Map page />
                    <selection::Selection page />
                    <sweep::SweepCard page overview=overview.clone() />
                </div>
                <div class="side-part">
                    <legend::Legend page overview=overview.clone() />
                    <matrix::ShareMatrix page overview=overview.clone() />
                </div>
            </div>
            <cards::Cards page overview=overview.clone() />
            <table::Table page overview />
        </section>
    }
}
