//! A small map of one list. Both maps show the same part of the plane.

use super::CompareSide;
use crate::view::brush::{Brush, BrushFrame};
use crate::view::explore::zoom;
use crate::view::state::PageState;
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use ssim_viz::{Points, Rect, View, count, plane};
use web_sys::HtmlCanvasElement;

/// Distance between the outermost points and the edge, in CSS pixels.
const MARGIN: f64 = 12.0;

#[component]
pub fn Plane(
    page: PageState,
    side: Memo<CompareSide>,
    shared: Memo<Vec<bool>>,
    differs: Memo<Vec<bool>>,
) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    let place = NodeRef::<html::Div>::new();
    let frame = RwSignal::new(BrushFrame { width: 320.0, height: 260.0, density: 1.0 });
    let brush = StoredValue::new_local(Brush::default());
    Effect::new(move |_| {
        page.width.track();
        if let Some(place) = place.get() {
            let width = f64::from(place.client_width()).max(200.0);
            let height = (0.8 * width).min(420.0).round();
            let density = window().device_pixel_ratio().clamp(1.0, 2.0);
            let now = BrushFrame { width, height, density };
            if frame.get_untracked() != now {
                frame.set(now);
            }
        }
    });
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            let only = page.address.with(|a| a.differences);
            let differs = if only { differs.get() } else { Vec::new() };
            let shared = shared.get();
            let _ = brush.try_update_value(|brush| {
                draw(page, &canvas, frame.get(), &shared, &differs, brush)
            });
        }
    });
    let wheel = move |event: ev::WheelEvent| {
        let Some(factor) = zoom(&event) else { return };
        event.prevent_default();
        let at = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let zoomed = view(page, frame.get_untracked()).zoom(factor, at);
        page.choose(|a| a.view = Some(zoomed.data));
    };
    let style = move || format!("width:{}px;height:{}px", frame.get().width, frame.get().height);
    let word = move |axis: usize| page.derived.plane.with(|p| p.words[axis]);
    let words = move || {
        let n = shared.get().iter().filter(|b| **b).count() as u64;
        format!("Map of the rows, {} of them shared", count(n))
    };
    // The grid, and the cut of the selector's list, over the points.
    let over = move || {
        let cuts = page.derived.cuts_of(side.get().list, true, &shared.get());
        plane(&view(page, frame.get()), &cuts)
    };
    view! {
        <p class="axis">"↑ "{move || word(1)}</p>
        <div class="plane" node_ref=place>
            <canvas node_ref=canvas role="img" aria-label=words style=style on:wheel=wheel></canvas>
            <div class="over" inner_html=over></div>
        </div>
        <p class="axis right">{move || word(0)}" →"</p>
    }
}

fn view(page: PageState, frame: BrushFrame) -> View {
    let pixels = Rect { x: (0.0, frame.width), y: (0.0, frame.height) };
    if let Some(data) = page.address.with(|a| a.view) {
        return View { data, pixels };
    }
    View::around(page.derived.extent.get(), pixels, MARGIN)
}

fn draw(
    page: PageState,
    canvas: &HtmlCanvasElement,
    frame: BrushFrame,
    shared: &[bool],
    differs: &[bool],
    brush: &mut Brush,
) -> Option<()> {
    let sample = page.derived.sample.get();
    let (x, y) = sample.positions(&page.derived.plane.get())?;
    let data = view(page, frame).data;
    // Where only differing rows are shown, the others get no coordinate and are not drawn.
    let only_differing = (!differs.is_empty()).then(|| {
        let values = x.iter().enumerate();
        values
            .map(|(i, x)| if differs.get(i).copied().unwrap_or(true) { *x } else { f32::NAN })
            .collect::<Vec<f32>>()
    });
    let x = only_differing.as_deref().unwrap_or(x);
    let colouring = page.derived.colouring.get();
    let points = Points { x, y, class: &colouring.rows, shared, ..Points::default() };
    brush.draw(canvas, frame, data, &points, page.dark.get()).map(|_| ())
}
