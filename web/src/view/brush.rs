//! Points and pixels onto a canvas.

use ssim_viz::{
    Image, Palette, Points, Rasterizer, Rect, Style, View, suggested_opacity, suggested_size,
};
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// A canvas: its size in CSS pixels, and pixels per CSS pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    pub width: f64,
    pub height: f64,
    pub density: f64,
}

/// What points are drawn with, kept from picture to picture.
#[derive(Default)]
pub struct Brush {
    rasterizer: Rasterizer,
    pixels: Vec<u8>,
}

impl Brush {
    /// Draws the part `data` of the plane, and says how many points are in it; `None` where the
    /// browser cannot draw.
    pub fn draw(
        &mut self,
        canvas: &HtmlCanvasElement,
        frame: Frame,
        data: Rect,
        points: &Points,
        dark: bool,
    ) -> Option<usize> {
        let Frame { width, height, density } = frame;
        let (area, n) = (width * height, points.x.len());
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

/// Makes a canvas show RGBA pixels `[h, w, 4]`; `None` where the browser cannot.
pub fn paint(canvas: &HtmlCanvasElement, pixels: &[u8], (width, height): (u32, u32)) -> Option<()> {
    // Setting a size clears the canvas, even to the one it has.
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), width, height).ok()?;
    let context = canvas.get_context("2d").ok().flatten()?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    context.put_image_data(&data, 0.0, 0.0).ok()
}
