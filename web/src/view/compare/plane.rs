//! A small map of one list; both see the same part of the plane.

use crate::sample::Sample;
use crate::view::state::Page;
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use ssim_viz::{
    Image, Palette, Points, Rasterizer, Rect, Style, View, suggested_opacity, suggested_size,
};
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

const MARGIN: f64 = 12.0;

#[component]
pub fn Plane(page: Page, shared: Memo<Vec<bool>>, apart: Memo<Vec<bool>>) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    let place = NodeRef::<html::Div>::new();
    let size = RwSignal::new((320.0f64, 260.0f64));
    let brush = StoredValue::new_local((Rasterizer::default(), Vec::new()));
    Effect::new(move |_| {
        page.width.track();
        if let Some(place) = place.get() {
            let width = f64::from(place.client_width()).max(200.0);
            let now = (width, (0.8 * width).min(420.0).round());
            if size.get_untracked() != now {
                size.set(now);
            }
        }
    });
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            let only = page.address.with(|a| a.differences);
            let apart = if only { apart.get() } else { Vec::new() };
            let shared = shared.get();
            let _ = brush.try_update_value(|(rasterizer, pixels)| {
                draw(page, &canvas, size.get(), &shared, &apart, rasterizer, pixels)
            });
        }
    });
    let wheel = move |event: ev::WheelEvent| {
        event.prevent_default();
        let at = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let sample = page.derived.sample.get_untracked();
        if let Some(view) = view(page, &sample, size.get_untracked()) {
            let zoomed = view.zoom((-0.0015 * event.delta_y()).exp(), at);
            page.choose(|a| a.view = Some(zoomed.data));
        }
    };
    let style = move || format!("width:{}px;height:{}px", size.get().0, size.get().1);
    let axes = move || Sample::axes(page.derived.axes.get());
    let words = move || {
        let n = shared.get().iter().filter(|b| **b).count() as u64;
        format!("Map of the rows, {} of them shared", ssim_viz::count(n))
    };
    view! {
        <p class="axis">"↑ "{move || axes()[1].1}</p>
        <div class="plane" node_ref=place>
            <canvas node_ref=canvas role="img" aria-label=words style=style on:wheel=wheel></canvas>
        </div>
        <p class="axis right">{move || axes()[0].1}" →"</p>
    }
}

fn view(page: Page, sample: &Sample, (width, height): (f64, f64)) -> Option<View> {
    let pixels = Rect { x: (0.0, width), y: (0.0, height) };
    if let Some(data) = page.address.with(|a| a.view) {
        return Some(View { data, pixels });
    }
    let (x, y) = sample.positions(page.derived.axes.get())?;
    Some(View::fit(x, y, pixels, MARGIN))
}

fn draw(
    page: Page,
    canvas: &HtmlCanvasElement,
    size: (f64, f64),
    shared: &[bool],
    apart: &[bool],
    rasterizer: &mut Rasterizer,
    pixels: &mut Vec<u8>,
) -> Option<()> {
    let density = window().device_pixel_ratio().clamp(1.0, 2.0);
    let (width, height) = ((size.0 * density) as usize, (size.1 * density) as usize);
    if canvas.width() as usize != width || canvas.height() as usize != height {
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
    }
    pixels.resize(4 * width * height, 0);
    let sample = page.derived.sample.get();
    let (x, y) = sample.positions(page.derived.axes.get())?;
    let mut view = view(page, &sample, size)?;
    view.pixels = Rect { x: (0.0, width as f64), y: (0.0, height as f64) };
    // Rows that do not differ have no place.
    let hidden = |values: &[f32]| {
        let kept = values.iter().enumerate();
        kept.map(|(i, v)| if apart.get(i).copied().unwrap_or(true) { *v } else { f32::NAN })
            .collect::<Vec<f32>>()
    };
    let kept = (!apart.is_empty()).then(|| hidden(x));
    let x = kept.as_deref().unwrap_or(x);
    let area = size.0 * size.1;
    let points = suggested_size(x.len(), area);
    let style = Style {
        size: points * density as f32,
        opacity: suggested_opacity(x.len(), points, area),
        palette: Palette::new(page.dark.get()),
    };
    let points = Points { x, y, class: &sample.class, shared, ..Points::default() };
    rasterizer.draw(&points, &view, &style, &mut Image::new(pixels, width, height)?);
    let data =
        ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), width as u32, height as u32);
    let context: CanvasRenderingContext2d =
        canvas.get_context("2d").ok().flatten()?.unchecked_into();
    context.put_image_data(&data.ok()?, 0.0, 0.0).ok()
}
