//! The share matrix: the number of rows of each scenario that train each tower, and how they change
//! the tower's loss.

use crate::protocol::Overview;
use crate::text::scenario;
use crate::view::chart::Chart;
use crate::view::state::PageState;
use leptos::prelude::*;
use ssim_figure::matrix;
use ssim_viz::Look;
use std::sync::Arc;

#[component]
pub fn ShareMatrix(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    let draw = move |look: &Look| {
        let cells = page.derived.sample.get().matrix(names.len(), &page.derived.shared.get());
        matrix(&names, &cells).svg(look)
    };
    view! { <div class="card"><Chart page name="share-matrix" draw /></div> }
}
