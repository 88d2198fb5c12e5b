//! The visible part of the data, and its place in the picture.

/// A rectangle, given by two intervals with the lower end first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// The horizontal interval, from left to right.
    pub x: (f64, f64),
    /// The vertical interval, from bottom to top in data units and from top to bottom in pixels.
    pub y: (f64, f64),
}

impl Rect {
    /// The rectangle between two opposite corners, in either order.
    pub fn between(a: (f64, f64), b: (f64, f64)) -> Self {
        Self { x: (a.0.min(b.0), a.0.max(b.0)), y: (a.1.min(b.1), a.1.max(b.1)) }
    }

    /// The smallest rectangle around all points with two finite coordinates; `None` if there is no
    /// such point.
    pub fn around(points: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        points
            .into_iter()
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .fold(None, |all, p| Some(all.map_or_else(|| Self::between(p, p), |r: Self| r.with(p))))
    }

    /// Whether the point lies inside the rectangle or on an edge.
    pub fn contains(&self, (x, y): (f64, f64)) -> bool {
        self.x.0 <= x && x <= self.x.1 && self.y.0 <= y && y <= self.y.1
    }

    /// Width and height.
    pub fn size(&self) -> (f64, f64) {
        (self.x.1 - self.x.0, self.y.1 - self.y.0)
    }

    /// The smallest rectangle around this one and a point.
    fn with(&self, (x, y): (f64, f64)) -> Self {
        Self { x: (self.x.0.min(x), self.x.1.max(x)), y: (self.y.0.min(y), self.y.1.max(y)) }
    }
}

/// A rectangle of the data, and the rectangle of the picture that shows it. Data coordinates grow
/// to the right and upwards, pixel coordinates to the right and downwards. Pixel `k` covers
/// `k..k+1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The visible part of the data, in data units.
    pub data: Rect,
    /// Its place in the picture, in pixels.
    pub pixels: Rect,
}

/// The narrowest interval that `f32` can still resolve, relative to the size of its numbers.
const FINEST: f64 = 1e-6;

impl View {
    /// A view of all points x `[n]`, y `[n]` with finite coordinates, with a margin of `margin`
    /// pixels on each side.
    pub fn fit(x: &[f32], y: &[f32], pixels: Rect, margin: f64) -> Self {
        let points = x.iter().zip(y).map(|(x, y)| (f64::from(*x), f64::from(*y)));
        Self::around(Rect::around(points), pixels, margin)
    }

    /// A view of the rectangle that contains the points, with a margin of `margin` pixels on each
    /// side. Without a rectangle, a view of 0 to 1 on both axes.
    pub fn around(points: Option<Rect>, pixels: Rect, margin: f64) -> Self {
        let all = points.unwrap_or(Rect { x: (0.0, 1.0), y: (0.0, 1.0) });
        let wider = |(a, b): (f64, f64), pixels: f64| {
            // A single value has no width, so it gets a small interval around it.
            let half = (0.5 * (b - a)).max(FINEST * a.abs().max(b.abs()));
            let half = if half > 0.0 { half } else { 0.5 };
            let half = half * pixels / (pixels - 2.0 * margin).max(1.0);
            let middle = a + 0.5 * (b - a);
            (middle - half, middle + half)
        };
        let (width, height) = pixels.size();
        Self { data: Rect { x: wider(all.x, width), y: wider(all.y, height) }, pixels }
    }

    /// The pixel position of a point in data units.
    pub fn to_pixel(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (kx, ky) = self.scale();
        (self.pixels.x.0 + (x - self.data.x.0) * kx, self.pixels.y.1 - (y - self.data.y.0) * ky)
    }

    /// The position in data units of a pixel.
    pub fn to_data(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (kx, ky) = self.scale();
        (self.data.x.0 + (x - self.pixels.x.0) / kx, self.data.y.0 + (self.pixels.y.1 - y) / ky)
    }

    /// Pixels per data unit of x and of y.
    pub fn scale(&self) -> (f64, f64) {
        let (data, pixels) = (self.data.size(), self.pixels.size());
        (pixels.0 / data.0, pixels.1 / data.1)
    }

    /// The view after the picture was moved by `dx` pixels to the right and `dy` pixels downwards.
    pub fn pan(&self, (dx, dy): (f64, f64)) -> Self {
        let (kx, ky) = self.scale();
        let Rect { x, y } = self.data;
        let data = Rect { x: (x.0 - dx / kx, x.1 - dx / kx), y: (y.0 + dy / ky, y.1 + dy / ky) };
        Self { data, ..*self }
    }

    /// The view after the picture was enlarged `factor` times; the data under pixel `at` stays
    /// there. If the new view would be too narrow for the precision of `f32`, the view stays as it
    /// is.
    pub fn zoom(&self, factor: f64, at: (f64, f64)) -> Self {
        let (x, y) = self.to_data(at);
        let closer = |(a, b): (f64, f64), c: f64| (c + (a - c) / factor, c + (b - c) / factor);
        let data = Rect { x: closer(self.data.x, x), y: closer(self.data.y, y) };
        let resolved = |(a, b): (f64, f64)| {
            a.is_finite() && b.is_finite() && b - a > FINEST * a.abs().max(b.abs())
        };
        if resolved(data.x) && resolved(data.y) { Self { data, ..*self } } else { *self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Rect = Rect { x: (10.0, 110.0), y: (20.0, 70.0) };

    fn near(a: (f64, f64), b: (f64, f64)) -> bool {
        (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9
    }

    #[test]
    fn fitting_leaves_a_margin_and_puts_the_greatest_on_top() {
        let view = View::fit(&[0.0, 4.0, f32::NAN], &[-1.0, 1.0, 9.0], SCREEN, 5.0);
        assert!(near(view.to_pixel((0.0, -1.0)), (15.0, 65.0)));
        assert!(near(view.to_pixel((4.0, 1.0)), (105.0, 25.0)));
        assert!(near(view.to_data((15.0, 65.0)), (0.0, -1.0)));
    }

    #[test]
    fn nothing_and_a_single_point_can_be_fitted() {
        for (x, y) in [(&[][..], &[][..]), (&[7.0], &[0.0]), (&[1e30, 1e30], &[-1e-30, 0.0])] {
            let view = View::fit(x, y, SCREEN, 5.0);
            let at = view.to_pixel(
                x.first()
                    .zip(y.first())
                    .map_or((0.5, 0.5), |(x, y)| (f64::from(*x), f64::from(*y))),
            );
            assert!(SCREEN.contains(at), "{view:?}");
        }
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer_and_back_is_back() {
        let view = View::fit(&[0.0, 4.0], &[-1.0, 1.0], SCREEN, 0.0);
        let at = (30.0, 40.0);
        let closer = view.zoom(2.0, at);
        assert!(near(closer.to_data(at), view.to_data(at)));
        assert!(near(closer.scale(), (2.0 * view.scale().0, 2.0 * view.scale().1)));
        assert!(near(closer.zoom(0.5, at).data.x, view.data.x));
    }

    #[test]
    fn panning_moves_the_points_with_the_pointer() {
        let view = View::fit(&[0.0, 4.0], &[-1.0, 1.0], SCREEN, 0.0);
        let (x, y) = view.to_pixel((1.0, 0.5));
        assert!(near(view.pan((7.0, -3.0)).to_pixel((1.0, 0.5)), (x + 7.0, y - 3.0)));
    }

    #[test]
    fn zooming_ends_where_numbers_end() {
        let mut view = View::fit(&[1.0, 2.0], &[1.0, 2.0], SCREEN, 0.0);
        for _ in 0..200 {
            view = view.zoom(1.5, (60.0, 45.0));
        }
        assert!(view.data.x.1 - view.data.x.0 > 1e-7 && view.scale().0.is_finite());
    }
}
