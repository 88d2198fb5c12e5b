//! Picture of points and pixels on a canvas.

use ssim_viz::{
    Image, Palette, Points, Rasterizer, Rect, Style, View, suggested_opacity, suggested_size,
};
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// The size of a canvas in CSS pixels, and its density in device pixels per CSS pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrushFrame {
    pub width: f64,
    pub height: f64,
    pub density: f64,
}

/// Draws points on canvases, and keeps its buffers from one picture to the next.
#[derive(Default)]
pub struct Brush {
    rasterizer: Rasterizer,
    pixels: Vec<u8>,
}

impl Brush {
    /// Draws the rectangle `data` of the plane and returns the number of points in it; `None` where
    /// the browser cannot draw.
    pub fn draw(
        &mut self,
        canvas: &HtmlCanvasElement,
        frame: BrushFrame,
        data: Rect,
        points: &Points,
        dark: bool,
    ) -> Option<usize> {
        let BrushFrame { width, height, density } = frame;
        let area = width * height;
        let n = points.x.len();
        let size = suggested_size(n, area);
        let style = Style {
            size: size * density as f32,
            opacity: suggested_opacity(n, size, area),
            palette: Palette::new(dark),
        };
        let (width, height) = ((width * density) as usize, (height * density) as usize);
        self.pixels.resize(4 * width * height, 0);
        let pixels = Rect { x: (0.0, width as f64), y: (0.0, height as f64) };
        let mut image = Image::new(&mut self.pixels, width, height)?;
        let seen = self.rasterizer.draw(points, &View { data, pixels }, &style, &mut image);
        paint(canvas, &self.pixels, (width as u32, height as u32))?;
        Some(seen)
    }
}

/// Shows RGBA pixels `[h, w, 4]` on a canvas; `None` where the browser cannot draw.
pub fn paint(canvas: &HtmlCanvasElement, pixels: &[u8], (width, height): (u32, u32)) -> Option<()> {
    // Setting the size clears the canvas, even where the size stays the same.
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), width, height).ok()?;
    let context = canvas.get_context("2d").ok().flatten()?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    context.put_image_data(&data, 0.0, 0.0).ok()
}
