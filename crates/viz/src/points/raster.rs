//! The rasteriser. It sorts points into layers, then blends one sprite into the picture for each.

use super::crowd::Crowd;
use super::sprite::{LEVELS, Sprites, Tone};
use super::{LAYERS, Points, Style, View, look_of};

/// The caller's picture in RGBA: row by row from the top, four bytes per pixel.
#[derive(Debug)]
pub struct Image<'a> {
    pixels: &'a mut [u8],
    width: usize,
    height: usize,
}

impl<'a> Image<'a> {
    /// Makes a picture of `width` × `height` pixels. `None` if `pixels` does not have
    /// `4 · width · height` bytes, or if a side has `1 << 24` pixels or more.
    pub fn new(pixels: &'a mut [u8], width: usize, height: usize) -> Option<Self> {
        let fits = width.checked_mul(height)?.checked_mul(4)? == pixels.len();
        // The rasteriser counts pixels in `i32`.
        let small = width.max(height) < 1 << 24;
        (fits && small).then_some(Self { pixels, width, height })
    }
}

/// A visible point: the pixel of its centre, and the number of its sprite.
#[derive(Clone, Copy)]
struct Dot {
    x: i32,
    y: i32,
    sprite: u32,
}

/// Draws points into a picture. It keeps the sprites and the memory for the layers, so the next
/// picture can use them again.
///
/// ```
/// use ssim_viz::{Image, Points, Rasterizer, Rect, Style, View};
/// let points = Points { x: &[0.0, 1.0], y: &[0.0, 1.0], ..Points::default() };
/// let view = View::fit(points.x, points.y, Rect { x: (0.0, 40.0), y: (0.0, 30.0) }, 8.0);
/// let mut pixels = vec![0; 4 * 40 * 30];
/// let mut image = Image::new(&mut pixels, 40, 30).unwrap();
/// let style = Style::suggest(points.len(), (40.0, 30.0), false);
/// assert_eq!(Rasterizer::default().draw(&points, &view, &style, &mut image), 2);
/// assert_ne!(pixels[4 * (8 * 40 + 32 - 4)..][..4], [255; 4]); // the outline of (1, 1)
/// ```
#[derive(Default)]
pub struct Rasterizer {
    sprites: Sprites,
    hovered: Sprites,
    crowd: Crowd,
    layers: [Vec<Dot>; LAYERS],
}

impl Rasterizer {
    /// Draws `points` as seen by `view` onto the palette's background, and returns how many are
    /// visible. The order is grey points, private points, shared points, selected points, and last the
    /// hovered point; within a layer the points keep their order. Nothing is drawn outside of the view's
    /// pixels. Of a class with very many points, those in crowds are more transparent.
    pub fn draw(
        &mut self,
        points: &Points<'_>,
        view: &View,
        style: &Style,
        image: &mut Image<'_>,
    ) -> usize {
        let [r, g, b] = style.palette.paper;
        image.pixels.as_chunks_mut::<4>().0.fill([r, g, b, 255]);
        let clip = clip(view, image);
        let values = !points.value.is_empty();
        let crowd = !values && self.crowd.count(points, view, style.size);
        self.sprites.prepare(style, values, false, crowd);
        self.place(points, view, clip, crowd);
        for dot in self.layers.iter().flatten() {
            let at = (dot.x, dot.y);
            self.sprites.blend(image.pixels, image.width, clip, dot.sprite, at);
        }
        self.hover(points, view, style, image, clip);
        self.layers.iter().map(Vec::len).sum()
    }

    /// Sorts the visible points into layers.
    fn place(&mut self, points: &Points<'_>, view: &View, clip: [i32; 4], crowd: bool) {
        self.layers.iter_mut().for_each(Vec::clear);
        let any = points.selected.contains(&true);
        let others = if any { Tone::Dim } else { Tone::Plain };
        let tones = [others, others, Tone::Strong];
        let half = self.sprites.half();
        for i in 0..points.len() {
            let Some((x, y)) = pixel(view.to_pixel(points.at(i)), half, clip) else { continue };
            let layer = points.layer(i);
            let look = look(points, i);
            let level = if crowd { self.crowd.level(look.0, (x, y)) } else { 0 };
            let sprite = self.sprites.number((tones[layer / 2], level), look, layer % 2 == 1);
            self.layers[layer].push(Dot { x, y, sprite });
        }
    }

    /// Draws the hovered point, if there is one in the picture.
    fn hover(
        &mut self,
        points: &Points<'_>,
        view: &View,
        style: &Style,
        image: &mut Image<'_>,
        clip: [i32; 4],
    ) {
        let hovered = points.hovered.map(|i| i as usize).filter(|i| *i < points.len());
        let Some(i) = hovered else { return };
        let large = Style { size: 1.6 * style.size, ..*style };
        self.hovered.prepare(&large, !points.value.is_empty(), true, false);
        let at = pixel(view.to_pixel(points.at(i)), self.hovered.half(), clip);
        let Some(at) = at else { return };
        let sprite = self.hovered.number((Tone::Plain, 0), look(points, i), points.shared(i));
        self.hovered.blend(image.pixels, image.width, clip, sprite, at);
    }
}

/// The part of the view's pixels that lies in the picture: left, top, right, bottom.
fn clip(view: &View, image: &Image<'_>) -> [i32; 4] {
    let within = |v: f64, most: usize| v.clamp(0.0, most as f64) as i32;
    let (x, y) = (view.pixels.x, view.pixels.y);
    [
        within(x.0.floor(), image.width),
        within(y.0.floor(), image.height),
        within(x.1.ceil(), image.width),
        within(y.1.ceil(), image.height),
    ]
}

/// The pixel of a point whose sprite reaches into `clip`; the sprite is `half` pixels wide on each
/// side. `None` for any other point, and if the position is not finite.
fn pixel((x, y): (f64, f64), half: i32, clip: [i32; 4]) -> Option<(i32, i32)> {
    let [left, top, right, bottom] = clip;
    let near =
        |at: f64, from: i32, to: i32| (f64::from(from - half)..f64::from(to + half)).contains(&at);
    (near(x, left, right) && near(y, top, bottom)).then(|| (x.floor() as i32, y.floor() as i32))
}

/// Colour and shape of a point.
fn look(points: &Points<'_>, i: usize) -> (usize, usize) {
    let (shape, colour) = look_of(points.class(i));
    match points.value.get(i) {
        // The cast turns NaN into 0, so NaN is drawn as the lowest value.
        Some(v) => ((v.clamp(0.0, 1.0) * (LEVELS - 1) as f32 + 0.5) as usize, shape),
        None => (colour, shape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::points::Rect;

    const SIZE: (usize, usize) = (160, 120);

    /// A ring of points of six classes, every third shared.
    fn ring(n: usize) -> (Vec<f32>, Vec<f32>, Vec<u8>, Vec<bool>) {
        // A walk around the unit circle without sine and cosine, whose last digits may differ
        // between hosts.
        let (mut x, mut y) = (1.0f32, 0.0f32);
        let (c, s) = (0.8, 0.6);
        let mut all = (vec![], vec![], vec![], vec![]);
        for i in 0..n {
            let r = 0.4 + 0.6 * ((i * 7) % n) as f32 / n as f32;
            all.0.push(r * x);
            all.1.push(r * y);
            all.2.push((i % 6) as u8);
            all.3.push(i % 3 == 0);
            (x, y) = (c * x - s * y, s * x + c * y);
        }
        all
    }

    fn drawn(points: &Points<'_>, style: &Style, view: Option<View>) -> (Vec<u8>, usize) {
        let pixels = Rect { x: (0.0, SIZE.0 as f64), y: (0.0, SIZE.1 as f64) };
        let view = view.unwrap_or_else(|| View::fit(points.x, points.y, pixels, 8.0));
        let mut picture = vec![7; 4 * SIZE.0 * SIZE.1];
        let mut image = Image::new(&mut picture, SIZE.0, SIZE.1).expect("size");
        let seen = Rasterizer::default().draw(points, &view, style, &mut image);
        (picture, seen)
    }

    fn style(dark: bool) -> Style {
        Style { size: 9.0, opacity: 0.8, ..Style::suggest(0, (1.0, 1.0), dark) }
    }

    fn snapshot(name: &str, picture: &[u8]) {
        // The file is not compressed, so the snapshot does not change with the compressor.
        let (w, h) = (SIZE.0 as u32, SIZE.1 as u32);
        let png = crate::picture::encode(picture, (w, h), None).expect("png");
        insta::assert_binary_snapshot!(name, png);
    }

    #[test]
    fn classes_on_light() {
        let (x, y, class, shared) = ring(60);
        let points = Points { x: &x, y: &y, class: &class, shared: &shared, ..Points::default() };
        let (picture, seen) = drawn(&points, &style(false), None);
        assert_eq!(seen, 60);
        snapshot("classes.png", &picture);
    }

    #[test]
    fn values_selection_and_hover_on_dark() {
        let (x, y, class, shared) = ring(60);
        let value: Vec<f32> = (0..60).map(|i| i as f32 / 59.0).collect();
        let selected: Vec<bool> = (0..60).map(|i| i % 5 < 2).collect();
        let points = Points {
            x: &x,
            y: &y,
            class: &class,
            shared: &shared,
            value: &value,
            selected: &selected,
            hovered: Some(31),
        };
        snapshot("values.png", &drawn(&points, &style(true), None).0);
    }

    #[test]
    fn nothing_is_drawn_outside_of_the_view() {
        let (x, y, class, _) = ring(60);
        let points = Points { x: &x, y: &y, class: &class, ..Points::default() };
        let pixels = Rect { x: (30.0, 90.0), y: (20.0, 70.0) };
        let view = View::fit(&x, &y, pixels, 0.0).zoom(1.7, (50.0, 40.0));
        let (picture, seen) = drawn(&points, &style(false), Some(view));
        assert!(seen < 60);
        let ink = |(i, p): (usize, &[u8])| (p != [255; 4]).then_some((i % SIZE.0, i / SIZE.0));
        let inked: Vec<_> = picture.chunks(4).enumerate().filter_map(ink).collect();
        assert!(!inked.is_empty());
        assert!(inked.iter().all(|(x, y)| (30..90).contains(x) && (20..70).contains(y)));
    }

    #[test]
    fn a_used_rasteriser_draws_the_same() {
        let (x, y, class, shared) = ring(40);
        let points = Points { x: &x, y: &y, class: &class, shared: &shared, ..Points::default() };
        let pixels = Rect { x: (0.0, SIZE.0 as f64), y: (0.0, SIZE.1 as f64) };
        let view = View::fit(&x, &y, pixels, 8.0);
        let mut rasterizer = Rasterizer::default();
        let mut picture = vec![0; 4 * SIZE.0 * SIZE.1];
        for (dark, hovered) in [(false, None), (true, Some(3)), (false, None)] {
            let points = Points { hovered, ..points };
            let mut image = Image::new(&mut picture, SIZE.0, SIZE.1).expect("size");
            rasterizer.draw(&points, &view, &style(dark), &mut image);
        }
        assert_eq!(picture, drawn(&points, &style(false), None).0);
    }

    #[test]
    fn odd_input_is_no_panic() {
        let bad = [f32::NAN, f32::INFINITY, f32::MAX, -1e30, 0.5];
        let points =
            Points { x: &bad, y: &bad, value: &bad, hovered: Some(9), ..Points::default() };
        drawn(&points, &style(false), None);
        let flat = Rect { x: (0.5, 0.5), y: (0.0, 1.0) };
        let pixels = Rect { x: (-9.0, 1e12), y: (f64::NAN, 60.0) };
        drawn(&points, &style(false), Some(View { data: flat, pixels }));
        drawn(&Points::default(), &style(true), None);
        assert!(Image::new(&mut [0; 12], 2, 2).is_none());
    }
}
