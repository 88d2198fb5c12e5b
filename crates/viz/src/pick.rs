//! Finding the point under the pointer.

use crate::points::{Rect, View};

/// Points sorted into the cells of a grid. A search for the nearest point looks at a few cells, not
/// at all points.
///
/// The grid is in data units, so one grid per data set serves every [`View`] of it.
#[derive(Clone, Debug)]
pub struct PickGrid {
    bounds: Rect,
    /// Number of columns and of rows.
    cells: (usize, usize),
    /// Start of each cell's points in `points`, and the end of the last cell's
    /// `[columns · rows + 1]`.
    starts: Vec<u32>,
    /// Indices of the points, cell by cell, rising within a cell. Points that are not finite are
    /// left out.
    points: Vec<u32>,
}

/// Points per cell if the points were spread evenly.
const CROWD: usize = 4;

impl PickGrid {
    /// Sorts the points x `[n]`, y `[n]` into a grid.
    pub fn new(x: &[f32], y: &[f32]) -> Self {
        let points = || x.iter().zip(y).map(|(x, y)| (f64::from(*x), f64::from(*y)));
        let bounds = Rect::around(points()).unwrap_or_default();
        let side = ((x.len().min(y.len()) / CROWD) as f64).sqrt().ceil().max(1.0) as usize;
        let mut grid = Self { bounds, cells: (side, side), starts: Vec::new(), points: Vec::new() };
        // A counting sort: count the points of each cell, add up where each cell begins, then put
        // every point into its place.
        let mut starts = vec![0u32; side * side + 1];
        let cell = |p: (f64, f64)| {
            let (column, row) = grid.cell(p);
            (p.0.is_finite() && p.1.is_finite()).then_some(row * side + column)
        };
        points().filter_map(cell).for_each(|c| starts[c + 1] += 1);
        for c in 0..side * side {
            starts[c + 1] += starts[c];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0; starts[side * side] as usize];
        for (i, c) in points().map(cell).enumerate().filter_map(|(i, c)| Some((i, c?))) {
            sorted[next[c] as usize] = i as u32;
            next[c] += 1;
        }
        grid.starts = starts;
        grid.points = sorted;
        grid
    }

    /// Index of the point nearest to pixel `at` and at most `radius` pixels from it. If several are
    /// equally near, the first one wins. `x` and `y` `[n]` are the positions that the grid was made
    /// from.
    pub fn nearest(
        &self,
        x: &[f32],
        y: &[f32],
        view: &View,
        at: (f64, f64),
        radius: f64,
    ) -> Option<u32> {
        let corner = |r: f64| view.to_data((at.0 - r, at.1 + r));
        let (left, top) = self.cell(corner(radius));
        let (right, bottom) = self.cell(corner(-radius));
        // One more cell on each side, because rounding may have moved the corners a little.
        let columns = left.saturating_sub(1)..=(right + 1).min(self.cells.0 - 1);
        let rows = top.saturating_sub(1)..=(bottom + 1).min(self.cells.1 - 1);
        let mut best: Option<(f64, u32)> = None;
        for row in rows {
            // The cells of a row are neighbours in `points`, so one range covers them all.
            let first = self.starts[row * self.cells.0 + columns.start()];
            let last = self.starts[row * self.cells.0 + columns.end() + 1];
            for i in &self.points[first as usize..last as usize] {
                let (Some(x), Some(y)) = (x.get(*i as usize), y.get(*i as usize)) else { continue };
                let squared = squared_distance(view, (f64::from(*x), f64::from(*y)), at);
                let nearer = best.is_none_or(|b| (squared, *i) < b);
                if squared <= radius * radius && nearer {
                    best = Some((squared, *i));
                }
            }
        }
        best.map(|(_, i)| i)
    }

    /// Column and row of the cell at a place; outside of the grid, those of the nearest cell. They
    /// never fall as x or y rises, so a point between two places lies in a cell between theirs.
    fn cell(&self, (x, y): (f64, f64)) -> (usize, usize) {
        let along = |v: f64, (low, high): (f64, f64), cells: usize| {
            let part = if high > low { (v - low) / (high - low) } else { 0.0 };
            ((part * cells as f64) as usize).min(cells - 1)
        };
        (along(x, self.bounds.x, self.cells.0), along(y, self.bounds.y, self.cells.1))
    }
}

/// Squared distance in pixels of a point from a pixel.
fn squared_distance(view: &View, point: (f64, f64), pixel: (f64, f64)) -> f64 {
    let (x, y) = view.to_pixel(point);
    (x - pixel.0) * (x - pixel.0) + (y - pixel.1) * (y - pixel.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Finds the nearest point by looking at every point.
    fn slow(x: &[f32], y: &[f32], view: &View, at: (f64, f64), radius: f64) -> Option<u32> {
        let mut best = (radius * radius, None);
        for i in 0..x.len() {
            let d = squared_distance(view, (f64::from(x[i]), f64::from(y[i])), at);
            if d < best.0 || (d == best.0 && best.1.is_none()) {
                best = (d, Some(i as u32));
            }
        }
        best.1
    }

    /// Few different numbers, so that several points lie at one place, and some that are not finite
    /// or far away.
    fn number() -> impl Strategy<Value = f32> {
        prop_oneof![
            4 => (-6i8..6).prop_map(|v| f32::from(v) * 0.5),
            4 => -3.0f32..3.0,
            1 => prop::sample::select(vec![f32::NAN, f32::INFINITY, -900.0]),
        ]
    }

    proptest! {
        #[test]
        fn finds_what_looking_at_all_finds(
            points in prop::collection::vec((number(), number()), 0..120),
            at in (-20.0f64..120.0, -20.0f64..80.0),
            radius in 0.0f64..60.0,
            zoom in 0.2f64..30.0,
        ) {
            let (x, y): (Vec<f32>, Vec<f32>) = points.into_iter().unzip();
            let data = Rect { x: (-3.0, 3.0), y: (-3.0, 3.0) };
            let view = View { data, pixels: Rect { x: (0.0, 100.0), y: (0.0, 60.0) } };
            let view = view.zoom(zoom, (40.0, 20.0));
            let got = PickGrid::new(&x, &y).nearest(&x, &y, &view, at, radius);
            prop_assert_eq!(got, slow(&x, &y, &view, at, radius));
        }
    }

    #[test]
    fn ties_go_to_the_first_and_nothing_is_found_in_nothing() {
        let view = View::fit(&[0.0, 1.0], &[0.0, 1.0], Rect { x: (0.0, 9.0), y: (0.0, 9.0) }, 0.0);
        let (x, y) = ([1.0, 0.0, 1.0], [0.0, 0.0, 0.0]);
        let grid = PickGrid::new(&x, &y);
        assert_eq!(grid.nearest(&x, &y, &view, (9.0, 9.0), 1.0), Some(0));
        assert_eq!(grid.nearest(&x, &y, &view, (4.5, 9.0), 4.5), Some(0));
        assert_eq!(grid.nearest(&x, &y, &view, (4.5, 2.0), 1.0), None);
        assert_eq!(PickGrid::new(&[], &[]).nearest(&[], &[], &view, (0.0, 0.0), 9.0), None);
    }
}
