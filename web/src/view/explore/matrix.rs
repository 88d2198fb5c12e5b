//! The share matrix: whose rows reach whose tower, and what that does to the tower.

use crate::protocol::Overview;
use crate::view::chart::Chart;
use crate::view::state::Page;
use crate::view::text::scenario;
use leptos::prelude::*;
use ssim_viz::{Cell, Look, Matrix, Values};
use std::sync::Arc;

#[component]
pub fn ShareMatrix(page: Page, overview: Arc<Overview>) -> impl IntoView {
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    let draw = move |look: &Look| {
        let n = names.len();
        let cells = page.derived.sample.get().matrix(n, &page.derived.shared.get());
        let known = cells.iter().any(|c| c.1.is_some());
        let cells = cells.into_iter().map(|(instances, change)| {
            let value = if known { change.unwrap_or(f64::NAN) } else { instances as f64 };
            Some(Cell { instances, value })
        });
        let matrix = Matrix {
            title: "Whose rows reach whose tower".into(),
            note: match known {
                true => "Colour: how the tower's loss on these rows differs from training without sharing. Blue is better."
                    .into(),
                false => String::new(),
            },
            scenarios: names.clone(),
            towers: names.clone(),
            cells: cells.collect(),
            values: if known { Values::Differences } else { Values::Amounts },
            meaning: if known { "mean change of loss" } else { "rows" }.into(),
        };
        matrix.svg(look)
    };
    view! { <div class="card"><Chart page name="share-matrix" draw /></div> }
}
