//! A chart of `ssim-viz`, as wide as its place.

use super::state::Page;
use leptos::prelude::*;
use ssim_viz::{Look, Theme};

/// Widest content and the room beside it, as in `page.css`.
const CONTENT: f64 = 1120.0;
const MARGIN: f64 = 16.0;
/// From this window on, cards stand beside each other.
const BESIDE: f64 = 900.0;

/// Draws a chart again whenever the window's width changes; `columns` charts stand in a row.
#[component]
pub fn Chart(
    page: Page,
    #[prop(default = 1.0)] columns: f64,
    draw: impl Fn(&Look) -> String + Send + Sync + 'static,
) -> impl IntoView {
    let width = Memo::new(move |_| {
        let window = page.width.get();
        let content = (window - 2.0 * MARGIN).min(CONTENT);
        let columns = if window >= BESIDE { columns } else { 1.0 };
        // The card's border is a pixel on either side.
        ((content - MARGIN * (columns - 1.0)) / columns - 2.0).max(240.0)
    });
    let svg = move || draw(&Look { width: width.get(), theme: Theme::Inherit });
    view! { <figure class="chart" inner_html=svg></figure> }
}
