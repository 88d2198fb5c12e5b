//! The share matrix: whose rows reach whose tower, and what that does to the tower.

use crate::protocol::Overview;
use crate::view::chart::Chart;
use crate::view::state::Page;
use crate::view::text::scenario;
use leptos::prelude::*;
use ssim_figure::matrix;
use ssim_viz::Look;
use std::sync::Arc;

#[component]
pub fn ShareMatrix(page: Page, overview: Arc<Overview>) -> impl IntoView {
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    let draw = move |look: &Look| {
        let cells = page.derived.sample.get().matrix(names.len(), &page.derived.shared.get());
        matrix(&names, cells).svg(look)
    };
    view! { <div class="card"><Chart page name="share-matrix" draw /></div> }
}
