//! A chart of `ssim-viz`, as wide as its place, with a button that saves it.

use super::save;
use super::state::Page;
use leptos::html;
use leptos::prelude::*;
use ssim_viz::{Look, Theme};

/// Width before the place is known.
const UNKNOWN: f64 = 640.0;

/// Draws a chart again whenever what it reads or the window's width changes. `name` is the file's
/// when it is saved.
#[component]
pub fn Chart(
    page: Page,
    name: &'static str,
    draw: impl Fn(&Look) -> String + Send + Sync + 'static,
) -> impl IntoView {
    let place = NodeRef::<html::Figure>::new();
    let width = RwSignal::new(UNKNOWN);
    Effect::new(move |_| {
        page.width.track();
        if let Some(place) = place.get() {
            let now = f64::from(place.client_width());
            if now > 0.0 && now != width.get_untracked() {
                width.set(now.max(240.0));
            }
        }
    });
    let draw = StoredValue::new(draw);
    let svg = move |theme| {
        let look = Look { width: width.get(), theme };
        draw.with_value(|draw| draw(&look))
    };
    let keep = move |_| save::save(&format!("{name}.svg"), "image/svg+xml", &svg(Theme::Auto));
    view! {
        <figure class="chart" node_ref=place>
            <div inner_html=move || svg(Theme::Inherit)></div>
            <button type="button" class="quiet save" on:click=keep>
                "SVG"<span class="off">" of this picture: save"</span>
            </button>
        </figure>
    }
}
