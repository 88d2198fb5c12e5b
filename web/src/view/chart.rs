//! A chart of `ssim-viz` that is as wide as its element, with a button that saves it.

use super::save;
use super::state::PageState;
use leptos::html;
use leptos::prelude::*;
use ssim_viz::{Look, Theme};
use web_sys::Element;

/// Draws a chart as SVG.
type Draw = Box<dyn Fn(&Look) -> String + Send + Sync>;

/// Shows a chart that this program draws. It is drawn again whenever a signal that `draw` reads or the window's
/// width changes. `name` is the name of the file when the chart is saved.
#[component]
pub fn Chart(
    page: PageState,
    name: &'static str,
    draw: impl Fn(&Look) -> String + Send + Sync + 'static,
) -> impl IntoView {
    chart(page, name, Box::new(draw))
}

/// The chart for any `draw`. Were it generic, the page's program would hold it once per chart.
fn chart(page: PageState, name: &'static str, draw: Draw) -> AnyView {
    let (place, width) = measured(page);
    let draw = StoredValue::new(draw);
    let svg = move |theme| {
        let look = Look { width: width.get(), theme };
        if look.width > 0.0 { draw.with_value(|draw| draw(&look)) } else { String::new() }
    };
    let keep = move || save::save(&format!("{name}.svg"), "image/svg+xml", &svg(Theme::Auto));
    figure(place, Box::new(move || svg(Theme::Inherit)), Box::new(keep))
}

/// A place for a figure, and its width in CSS pixels; 0 until it is in the document.
pub fn measured(page: PageState) -> (NodeRef<html::Figure>, RwSignal<f64>) {
    let place = NodeRef::<html::Figure>::new();
    let width = RwSignal::new(0.0);
    Effect::new(move |_| {
        page.width.track();
        if let Some(place) = place.get() {
            let now = f64::from(place.client_width());
            if now > 0.0 && now != width.get_untracked() {
                width.set(now.max(240.0));
            }
        }
    });
    (place, width)
}

/// The figure that shows the SVG of `svg`, with a button that calls `keep`.
pub fn figure(
    place: NodeRef<html::Figure>,
    svg: Box<dyn Fn() -> String>,
    keep: Box<dyn Fn()>,
) -> AnyView {
    let mut before = String::new();
    Effect::new(move |_| {
        let now = svg();
        let Some(picture) = place.get().and_then(|place| place.first_element_child()) else {
            return;
        };
        if update(&picture, &before, &now).is_none() {
            picture.set_inner_html(&now);
        }
        before = now;
    });
    view! {
        <figure class="chart" node_ref=place>
            <div></div>
            <button type="button" class="quiet save" on:click=move |_| keep()>
                "SVG"<span class="off">" of this picture: save"</span>
            </button>
        </figure>
    }
    .into_any()
}

/// Updates the picture from the SVG `before` to the SVG `now` by replacing the lines that differ. A
/// chart's SVG has one element per line, and most stay the same while the reader drags. `None`
/// if the numbers of lines or the first lines differ; then the whole picture must be replaced.
fn update(picture: &Element, before: &str, now: &str) -> Option<()> {
    let elements = picture.first_element_child()?.children();
    let (mut before, mut now) = (before.lines(), now.lines());
    for i in 0.. {
        match (before.next(), now.next()) {
            // The first and the last line open and close the `svg` element itself.
            (None, None) => return (i == elements.length() + 2).then_some(()),
            (Some(before), Some(now)) if before == now => {}
            (Some(_), Some(now)) if i > 0 => elements.item(i - 1)?.set_outer_html(now),
            _ => return None,
        }
    }
    None
}
