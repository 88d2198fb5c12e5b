//! The map, which draws every row as a point and needs no GPU.

use super::look::{Corner, Key};
use super::pointer::{self, Drag};
use crate::protocol::{DrawWanted, Drawing, Overview, Reply, Request};
use crate::text::{metric, percent};
use crate::view::ask::Question;
use crate::view::brush::{Brush, BrushFrame};
use crate::view::save;
use crate::view::state::PageState;
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use ssim_viz::{Points, Rect, View, count, plane};
use std::sync::Arc;
use web_sys::HtmlCanvasElement;

/// Distance between the outermost points and the edge, in CSS pixels.
const MARGIN: f64 = 14.0;
/// Largest distance from which the pointer finds a point, in CSS pixels.
const REACH: f64 = 12.0;

#[component]
pub fn Map(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    let place = NodeRef::<html::Div>::new();
    let frame = RwSignal::new(BrushFrame { width: 640.0, height: 420.0, density: 1.0 });
    let hovered = RwSignal::new(None::<u32>);
    let drag = RwSignal::new(None::<Drag>);
    let tool = RwSignal::new(pointer::first_tool());
    // Number of points drawn, and the time that it took in milliseconds.
    let drawn = RwSignal::new((0usize, 0.0f64));
    let brush = StoredValue::new_local(Brush::default());
    // The width and the density that the frame was made for.
    let measured = StoredValue::new(None::<(f64, f64)>);
    Effect::new(move |_| {
        page.width.track();
        if let Some(place) = place.get() {
            let width = f64::from(place.client_width()).max(240.0);
            let tall = window().inner_height().ok().and_then(|h| h.as_f64()).unwrap_or(800.0);
            // Most of the window, but on a narrow one not a tower.
            let height = (0.68 * tall).min(1.1 * width).max(260.0).round();
            let density = window().device_pixel_ratio().clamp(1.0, 2.0);
            let now = BrushFrame { width, height, density };
            let before = measured.get_value();
            // A phone's bars come and go with scrolling, and the map must not change with them.
            if before != Some((width, density)) {
                measured.set_value(Some((width, density)));
                frame.set(now);
            }
        }
    });
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let result =
            brush.try_update_value(|brush| draw(page, &canvas, frame.get(), hovered.get(), brush));
        if let Some(Some(result)) = result {
            drawn.set(result);
        }
    });
    let view = move || current(page, frame.get_untracked());
    // The row under the pointer.
    let find = move |at: (f64, f64)| {
        let sample = page.derived.sample.get_untracked();
        let grid = page.derived.grid.get_untracked();
        let plane = page.derived.plane.get_untracked();
        let found = sample.positions(&plane).zip(grid.as_ref());
        let found = found.and_then(|((x, y), grid)| grid.nearest(x, y, &view(), at, REACH));
        if hovered.get_untracked() != found {
            hovered.set(found);
        }
    };
    let hover = move |event: ev::PointerEvent| {
        let at = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        if drag.with_untracked(Option::is_some) {
            return pointer::moved(page, drag, tool.get_untracked(), at);
        }
        find(at);
    };
    let begin = move |event: ev::PointerEvent| {
        if event.button() == 0 {
            let at = (f64::from(event.offset_x()), f64::from(event.offset_y()));
            if let Some(canvas) = canvas.get_untracked() {
                let _ = canvas.set_pointer_capture(event.pointer_id());
            }
            find(at);
            let how = pointer::how(event.shift_key(), event.alt_key());
            drag.set(Some(Drag { from: view(), path: vec![at], how }));
        }
    };
    let end = move |_: ev::PointerEvent| {
        if let Some(done) = drag.get_untracked() {
            drag.set(None);
            match hovered.get_untracked() {
                // A press without a movement is a click, which opens the row.
                Some(row) if done.is_click() => page.choose(|a| {
                    (a.row, a.edits) = (Some(row), Vec::new());
                    a.route = crate::address::Route::WhatIf;
                }),
                _ => pointer::select(page, tool.get_untracked(), &done),
            }
        }
    };
    // The browser has taken the pointer, to scroll the page or to zoom it.
    let forget = move || {
        drag.set(None);
        hovered.set(None);
    };
    let wheel = move |event: ev::WheelEvent| {
        let Some(factor) = pointer::zoom(&event) else { return };
        event.prevent_default();
        let at = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let zoomed = view().zoom(factor, at);
        page.choose(|a| a.view = Some(zoomed.data));
    };
    // Two fingers move the map and zoom it, whatever tool is on.
    let fingers = StoredValue::new(None::<(f64, (f64, f64))>);
    let touched = move |event: ev::TouchEvent| {
        let now = pointer::pinch(&event);
        if let Some((apart, (x, y))) = now {
            event.prevent_default();
            forget();
            if let Some((before, from)) = fingers.get_value() {
                let (factor, by): (f64, (f64, f64)) = (apart / before, (x - from.0, y - from.1));
                page.choose(|a| a.view = Some(view().zoom(factor, from).pan(by).data));
            }
        }
        fingers.set_value(now);
    };
    let keys = move |event: ev::KeyboardEvent| {
        if pointer::key(page, &view(), &event.key()) {
            event.prevent_default();
        }
    };
    let word = move |axis: usize| page.derived.plane.with(|p| p.words[axis]);
    // The grid and the cut, over the points.
    let over = move || {
        page.address.track();
        page.derived.extent.track();
        plane(&current(page, frame.get()), &page.derived.cuts())
    };
    let size = move || {
        let BrushFrame { width, height, .. } = frame.get();
        format!("width:{width}px;height:{height}px")
    };
    let words = move || {
        let n = page.derived.sample.get().len() as u64;
        format!(
            "Map of {} rows, {} to the right, {} upwards; arrow keys move it, plus and minus zoom, 0 shows all; the table below lists the same rows",
            count(n),
            word(0),
            word(1)
        )
    };
    let status = move || {
        let (points, milliseconds) = drawn.get();
        let chosen = page.derived.tallies.with(|t| t.iter().map(|t| t.selected[0]).sum::<u64>());
        format!(
            "{} points drawn in {} ms, {} selected",
            count(points as u64),
            ssim_viz::fixed(milliseconds, 1),
            count(chosen)
        )
    };
    view! {
        <div class="card map">
            <pointer::Tools page tool view><Corner page overview /></pointer::Tools>
            <div class="plane" node_ref=place>
                <canvas
                    node_ref=canvas tabindex="0" role="img" aria-label=words style=size
                    on:pointermove=hover on:pointerdown=begin on:pointerup=end
                    on:pointerleave=move |_| hovered.set(None) on:pointercancel=move |_| forget()
                    on:touchstart=touched on:touchmove=touched on:touchend=touched
                    class:drawing=move || tool.get().is_some()
                    on:wheel=wheel on:keydown=keys
                ></canvas>
                <div class="over" inner_html=over></div>
                <pointer::Outline drag tool frame />
                <Tip page hovered frame />
            </div>
            <p class="axis"><span>"↑ "{move || word(1)}</span><span>{move || word(0)}" →"</span></p>
            <Key page />
            <p class="status muted">
                <span class="told">{status}</span>
                <button
                    type="button" class="quiet"
                    on:click=move |_| { if let Some(canvas) = canvas.get_untracked() { save::save_png("map.png", &canvas) } }
                >
                    "PNG"<span class="off">" of the map: save"</span>
                </button>
            </p>
        </div>
    }
}

/// The visible part of the plane, and the canvas that it fills in CSS pixels.
fn current(page: PageState, frame: BrushFrame) -> View {
    let pixels = Rect { x: (0.0, frame.width), y: (0.0, frame.height) };
    if let Some(data) = page.address.with_untracked(|a| a.view) {
        return View { data, pixels };
    }
    View::around(page.derived.extent.get_untracked(), pixels, MARGIN)
}

/// Draws the map. Returns the number of visible points and the time in milliseconds.
fn draw(
    page: PageState,
    canvas: &HtmlCanvasElement,
    frame: BrushFrame,
    hovered: Option<u32>,
    brush: &mut Brush,
) -> Option<(usize, f64)> {
    let clock = window().performance()?;
    let start = clock.now();
    let derived = page.derived;
    let sample = derived.sample.get();
    let shared = derived.shared.get();
    let colours = derived.colours.get();
    let colouring = derived.colouring.get();
    let selected = derived.selected.get().unwrap_or_default();
    let (x, y) = sample.positions(&derived.plane.get())?;
    // `current` reads the address without tracking it, but a moved or zoomed map must be drawn
    // again.
    page.address.track();
    let points = Points {
        x,
        y,
        class: &colouring.rows,
        shared: &shared,
        value: &colours.0,
        selected: &selected,
        hovered,
    };
    let data = current(page, frame).data;
    let seen = brush.draw(canvas, frame, data, &points, page.dark.get())?;
    Some((seen, clock.now() - start))
}

/// A box beside the pointer that describes the row under it.
#[component]
fn Tip(
    page: PageState,
    hovered: RwSignal<Option<u32>>,
    frame: RwSignal<BrushFrame>,
) -> impl IntoView {
    let values = Question::new();
    values.follow(page, move || {
        let detail = hovered.get()?.to_string();
        Some(Request::Draw(DrawWanted { drawing: Drawing::Row, detail, ..Default::default() }))
    });
    // The values of the row, once they are here.
    let html = move || match (values.answer.get(), hovered.get()) {
        (Some(Reply::Drawn { detail, html }), Some(row)) if detail == row.to_string() => html,
        _ => String::new(),
    };
    let tip = move || {
        let i = hovered.get()? as usize;
        let sample = page.derived.sample.get();
        let (x, y) = sample.positions(&page.derived.plane.get())?;
        let at = current(page, frame.get()).to_pixel((f64::from(x[i]), f64::from(y[i])));
        let shown = page.shown.get()?;
        let name = shown.overview.scenarios.get(usize::from(sample.scenarios[i])).cloned()?;
        let value = |column: &str| sample.column(column).map(|c| f64::from(c[i]));
        let shared = page.derived.shared.get().get(i).copied().unwrap_or(false);
        let left = at.0 > frame.get().width / 2.0;
        let place = format!("left:{}px;top:{}px", at.0.round(), at.1.round());
        Some(view! {
            <div class="tip" class:left=left style=place aria-hidden="true">
                <strong>{format!("row {}, {}", sample.rows[i], crate::text::scenario(&name))}</strong>
                <span>{if shared { "shared" } else { "private" }}", score "{metric(value("score"))}</span>
                <span>"CTR "{percent(value("ctr"))}", "{if sample.clicks[i] { "clicked" } else { "not clicked" }}</span>
                <span>"disagreement "{metric(value("disagreement"))}</span>
                <div inner_html=html></div>
            </div>
        })
    };
    view! { {tip} }
}
