//! Pointer and keys on the map: they move it, zoom, and draw a box or an outline around rows.

use crate::number::number;
use crate::view::brush::BrushFrame;
use crate::view::state::PageState;
use leptos::prelude::*;
use ssim_viz::{Clause, Rect, Step, View, simplify};
use wasm_bindgen::JsCast;
use web_sys::{Element, TouchEvent, WheelEvent};

/// The action of dragging on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Draws an outline.
    Lasso,
    /// Draws a rectangle.
    Box,
    /// Moves the picture.
    Move,
}

/// The effect of a drawn outline on the selection before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It replaces the selection.
    Replace,
    /// Its rows are added to the selection.
    Add,
    /// Its rows are removed from the selection.
    Remove,
}

/// A movement of the pointer with the button down.
#[derive(Clone, Debug, PartialEq)]
pub struct Drag {
    /// The view when the movement began.
    pub from: View,
    /// The pointer's positions so far, in CSS pixels.
    pub path: Vec<(f64, f64)>,
    /// The effect on the selection.
    pub how: How,
}

impl Drag {
    /// Whether the pointer moved so little that it was a click.
    pub fn is_click(&self) -> bool {
        let first = self.path[0];
        self.path.iter().all(|p| (p.0 - first.0).abs() + (p.1 - first.1).abs() < 4.0)
    }
}

/// The effect that the keys Shift and Alt choose.
pub fn how(shift: bool, alt: bool) -> How {
    match (shift, alt) {
        (_, true) => How::Remove,
        (true, false) => How::Add,
        _ => How::Replace,
    }
}

/// The tool that is on at first. A finger scrolls the page until its reader chooses a tool.
pub fn first_tool() -> Option<Tool> {
    let touch = window().match_media("(pointer: coarse)").ok().flatten();
    (!touch.is_some_and(|touch| touch.matches())).then_some(Tool::Lasso)
}

/// The factor by which a turn of the wheel zooms; `None` where it scrolls the page.
pub fn zoom(event: &WheelEvent) -> Option<f64> {
    (event.ctrl_key() || event.meta_key()).then(|| (-0.0015 * event.delta_y()).exp())
}

/// Two fingers on the map: their distance, and the point between them, in CSS pixels. `None` for another number of
/// fingers.
pub fn pinch(event: &TouchEvent) -> Option<(f64, (f64, f64))> {
    let touches = event.target_touches();
    let canvas = event.target()?.dyn_into::<Element>().ok()?.get_bounding_client_rect();
    if touches.length() != 2 {
        return None;
    }
    let at = |i| {
        let touch = touches.item(i)?;
        Some((
            f64::from(touch.client_x()) - canvas.left(),
            f64::from(touch.client_y()) - canvas.top(),
        ))
    };
    let (a, b) = (at(0)?, at(1)?);
    let apart = (a.0 - b.0).hypot(a.1 - b.1).max(1.0);
    Some((apart, ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0)))
}

/// Most corners of an outline, because they are written into the address.
const CORNERS: usize = 40;
/// Largest distance of the simplified outline from the drawn one, in CSS pixels.
const TOLERANCE: f64 = 1.0;

/// Handles a movement of the pointer with the button down.
pub fn moved(page: PageState, drag: RwSignal<Option<Drag>>, tool: Option<Tool>, at: (f64, f64)) {
    if tool == Some(Tool::Move) {
        let from = drag.with_untracked(|d| d.as_ref().map(|d| (d.from, d.path[0])));
        if let Some((view, first)) = from {
            let seen = view.pan((at.0 - first.0, at.1 - first.1));
            page.choose(|a| a.view = Some(seen.data));
        }
    }
    drag.update(|drag| {
        if let Some(drag) = drag {
            drag.path.push(at);
        }
    });
}

/// Adds the drawn outline to the rule that selects rows.
pub fn select(page: PageState, tool: Option<Tool>, drag: &Drag) {
    let Some(tool) = tool else { return };
    let [x, y] = page.derived.plane.with_untracked(|p| p.columns.clone());
    let data = |p: &(f64, f64)| drag.from.to_data(*p);
    let last = drag.path[drag.path.len() - 1];
    let clause = match tool {
        Tool::Move => return,
        _ if drag.is_click() => {
            return page.choose(|a| {
                if drag.how == How::Replace {
                    a.rule = Default::default();
                }
            });
        }
        Tool::Box => {
            let rect = Rect::between(data(&drag.path[0]), data(&last));
            let shorten = |(a, b): (f64, f64), range: f64| (short(a, range), short(b, range));
            let (width, height) = drag.from.data.size();
            Clause::Rect {
                x,
                y,
                rect: Rect { x: shorten(rect.x, width), y: shorten(rect.y, height) },
            }
        }
        Tool::Lasso => {
            let (width, height) = drag.from.data.size();
            let corners = simplify(&drag.path, TOLERANCE, CORNERS);
            let corners = corners.iter().map(data);
            let corners = corners.map(|(x, y)| (short(x, width), short(y, height)));
            Clause::Polygon { x, y, corners: corners.collect() }
        }
    };
    page.choose(|a| {
        if drag.how == How::Replace {
            a.rule = Default::default();
        }
        let step = Step { clauses: vec![clause] };
        let _ = match drag.how {
            How::Remove => a.rule.remove(step),
            _ => a.rule.add(step),
        };
    });
}

/// Rounds a number to the digits that can be seen in a picture of this range. Short numbers keep
/// the address short.
fn short(value: f64, range: f64) -> f64 {
    let unit = 10f64.powf((range / 5000.0).log10().floor());
    let rounded = (value / unit).round() * unit;
    // The product above has rounding errors (0.30000000000000004); parsing decimal text has none.
    let digits = (-unit.log10()).round().max(0.0) as usize;
    number(&format!("{rounded:.digits$}")).unwrap_or(rounded)
}

/// Handles a key on the map. Returns whether the key has a meaning there.
pub fn key(page: PageState, view: &View, key: &str) -> bool {
    const STEP: f64 = 60.0;
    let (width, height) = view.pixels.size();
    let middle = (width / 2.0, height / 2.0);
    let seen = match key {
        "ArrowLeft" => view.pan((STEP, 0.0)),
        "ArrowRight" => view.pan((-STEP, 0.0)),
        "ArrowUp" => view.pan((0.0, STEP)),
        "ArrowDown" => view.pan((0.0, -STEP)),
        "+" | "=" => view.zoom(1.25, middle),
        "-" => view.zoom(0.8, middle),
        "0" => {
            page.choose(|a| a.view = None);
            return true;
        }
        "Escape" => {
            page.choose(|a| a.rule = Default::default());
            return true;
        }
        _ => return false,
    };
    page.choose(|a| a.view = Some(seen.data));
    true
}

/// The buttons that choose a tool, zoom, and show the whole map again.
#[component]
pub fn Tools(
    page: PageState,
    tool: RwSignal<Option<Tool>>,
    view: impl Fn() -> View + Copy + Send + Sync + 'static,
    children: Children,
) -> impl IntoView {
    let choices = [(Tool::Lasso, "Lasso"), (Tool::Box, "Box"), (Tool::Move, "Move")];
    let buttons = choices.map(|(which, name)| {
        view! {
            <button
                type="button" aria-pressed=move || (tool.get() == Some(which)).to_string()
                on:click=move |_| tool.update(|t| *t = Some(which).filter(|w| *t != Some(*w)))
            >
                {name}
            </button>
        }
    });
    let zooms = [("+", "Zoom in"), ("-", "Zoom out")].map(|(sign, name)| {
        view! {
            <button
                type="button" class="quiet" aria-label=name title=name
                on:click=move |_| { key(page, &view(), sign); }
            >
                {if sign == "+" { "+" } else { "−" }}
            </button>
        }
    });
    let zoomed = move || page.address.with(|a| a.view.is_some());
    view! {
        <div class="tools-row" role="group" aria-label="What dragging on the map does" title="Shift adds, Alt removes; Ctrl and the wheel zoom">
            {buttons.collect_view()}
            {zooms.collect_view()}
            <button
                type="button" class="quiet" disabled=move || !zoomed()
                on:click=move |_| page.choose(|a| a.view = None)
            >
                "Show all"
            </button>
            {children()}
        </div>
    }
}

/// The outline that is being drawn, in an element above the canvas.
#[component]
pub fn Outline(
    drag: RwSignal<Option<Drag>>,
    tool: RwSignal<Option<Tool>>,
    frame: RwSignal<BrushFrame>,
) -> impl IntoView {
    let path = move || {
        let drag = drag.get().filter(|d| !d.is_click())?;
        let first = drag.path[0];
        let last = drag.path[drag.path.len() - 1];
        let corners = match tool.get()? {
            Tool::Move => return None,
            Tool::Box => vec![first, (last.0, first.1), last, (first.0, last.1)],
            Tool::Lasso => drag.path,
        };
        let points = corners.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ");
        let BrushFrame { width, height, .. } = frame.get();
        Some(view! {
            <svg class="outline" viewBox=format!("0 0 {width} {height}") aria-hidden="true">
                <polygon points=points />
            </svg>
        })
    };
    view! { {path} }
}
