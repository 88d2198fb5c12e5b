//! Points of one colour that lie on each other. In a crowd they are more transparent, so that its
//! darkness shows how many they are.

use super::sprite::CROWD;
use super::{Points, View, look_of};

/// The points of a colour are thinned if there are more of them than this.
const MANY: usize = 2000;
/// Number of colours, with the grey one.
const COLOURS: usize = 5;
/// The largest number of points on a place for every opacity but the last. A place has about five times
/// the area of a point.
const STEPS: [u16; CROWD.len() - 1] = [3, 9, 24, 59, 149, 399];

/// Numbers of points on the squares of a grid, for every colour that has very many points.
#[derive(Default)]
pub(super) struct Crowd {
    /// Side of a square in pixels.
    side: f64,
    columns: usize,
    /// Number of squares.
    squares: usize,
    /// Whether each colour has very many points.
    many: [bool; COLOURS],
    /// Points on each square, colour after colour.
    counts: Vec<u16>,
}

impl Crowd {
    /// Counts the visible points of diameter `size`. Returns whether a colour has very many.
    pub fn count(&mut self, points: &Points<'_>, view: &View, size: f32) -> bool {
        let mut all = [0; COLOURS];
        for i in 0..points.len() {
            all[look_of(points.class(i)).1] += 1;
        }
        self.many = all.map(|n| n > MANY);
        let any = self.many.contains(&true);
        self.counts.clear();
        if !any {
            return false;
        }
        self.side = (2.0 * f64::from(size)).max(2.0);
        let (width, height) = (view.pixels.x.1, view.pixels.y.1);
        self.columns = (width / self.side).max(0.0) as usize + 1;
        self.squares = self.columns * ((height / self.side).max(0.0) as usize + 1);
        self.counts.resize(self.squares * COLOURS, 0);
        for i in 0..points.len() {
            let (x, y) = view.to_pixel(points.at(i));
            // A comparison with NaN is false, so points without a position are not counted.
            if x >= 0.0 && y >= 0.0 && x < width && y < height {
                let colour = look_of(points.class(i)).1;
                if let Some(count) = self.square(colour, (x as i32, y as i32)) {
                    self.counts[count] = self.counts[count].saturating_add(1);
                }
            }
        }
        true
    }

    /// The opacity of a point with this colour at a pixel: 0 for the style's, else a place in
    /// [`CROWD`] from 1.
    pub fn level(&self, colour: usize, at: (i32, i32)) -> usize {
        match self.square(colour, at) {
            Some(square) => 1 + STEPS.partition_point(|most| *most < self.counts[square]),
            None => 0,
        }
    }

    /// The place in `counts` of a colour at a pixel; `None` for a colour that is not thinned.
    fn square(&self, colour: usize, (x, y): (i32, i32)) -> Option<usize> {
        if self.counts.is_empty() || !self.many.get(colour).copied().unwrap_or(false) {
            return None;
        }
        let part = |at: i32| (f64::from(at.max(0)) / self.side) as usize;
        let square = part(y) * self.columns + part(x).min(self.columns - 1);
        Some(colour * self.squares + square.min(self.squares - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::points::Rect;

    #[test]
    fn points_in_a_crowd_are_fainter_than_single_ones() {
        let n = 4000;
        let x: Vec<f32> = (0..n).map(|i| if i == 0 { 0.9 } else { 0.1 }).collect();
        let rect = Rect { x: (0.0, 1.0), y: (0.0, 1.0) };
        let view = View { data: rect, pixels: Rect { x: (0.0, 100.0), y: (0.0, 100.0) } };
        let points = Points { x: &x, y: &x, ..Points::default() };
        let mut crowd = Crowd::default();
        assert!(crowd.count(&points, &view, 4.0));
        assert_eq!([crowd.level(0, (90, 10)), crowd.level(0, (10, 90))], [1, CROWD.len()]);
        assert_eq!(crowd.level(1, (90, 10)), 0, "another colour has few points");
        let few = Points { x: &x[..MANY], y: &x[..MANY], ..Points::default() };
        assert!(!crowd.count(&few, &view, 4.0) && crowd.level(0, (90, 10)) == 0);
    }

    #[test]
    fn crowds_are_darker_the_more_they_are_and_never_quite_dark() {
        // A place of 16 square points' sides holds about a fifth of its points on every pixel.
        let dark = |n: u16| {
            let alpha = CROWD[STEPS.partition_point(|most| *most < n)];
            1.0 - (1.0 - 0.2 * alpha).powi(i32::from(n))
        };
        let all = [1, 3, 6, 16, 40, 100, 250].map(dark);
        assert!(all.is_sorted() && all[3] < 0.75 && all[5] < 0.95, "{all:?}");
    }
}
