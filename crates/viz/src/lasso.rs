//! The points inside an outline that a reader drew.

use crate::points::Rect;

/// A closed outline in data units. The even-odd rule decides which points are inside, so an outline
/// that crosses itself has holes. The arithmetic is plain `f64`, so every host selects the same
/// rows. A point exactly on a lower or left edge is inside; a point on another edge is not.
#[derive(Clone, Debug)]
pub struct Polygon {
    bounds: Option<Rect>,
    /// The edges of every slab, one slab after the other, each edge with its lower end first.
    /// Horizontal edges are left out: no ray to the right crosses them.
    edges: Vec<[(f64, f64); 2]>,
    /// Start of each slab's edges in `edges`, and the end of the last slab's `[SLABS + 1]`.
    starts: Vec<u32>,
}

/// Number of horizontal slabs that the outline is cut into. A point is compared with the edges of
/// its slab only.
const SLABS: usize = 256;

impl Polygon {
    /// Makes the outline that goes through `corners` `[v]` and back to the first. Corners that are
    /// not finite are left out.
    pub fn new(corners: &[(f64, f64)]) -> Self {
        let finite = corners.iter().copied().filter(|p| p.0.is_finite() && p.1.is_finite());
        let corners: Vec<_> = finite.collect();
        let mut polygon = Self {
            bounds: Rect::around(corners.iter().copied()),
            edges: Vec::new(),
            starts: vec![0],
        };
        let ends = corners.iter().zip(corners.iter().cycle().skip(1)).map(|(a, b)| (*a, *b));
        // Every edge goes from its lower end to its upper, so rounding does not depend on the
        // direction in which the outline was drawn.
        let edges = ends.map(|(a, b)| if a.1 <= b.1 { [a, b] } else { [b, a] });
        let edges: Vec<_> = edges.filter(|[low, high]| low.1 < high.1).collect();
        for slab in 0..SLABS {
            for edge in &edges {
                let [low, high] = *edge;
                if polygon.slab(low) <= slab && slab <= polygon.slab(high) {
                    polygon.edges.push(*edge);
                }
            }
            polygon.starts.push(polygon.edges.len() as u32);
        }
        polygon
    }

    /// Whether a point lies inside the outline.
    pub fn contains(&self, point: (f64, f64)) -> bool {
        if !self.bounds.is_some_and(|b| b.contains(point)) {
            return false;
        }
        let slab = self.slab(point);
        let edges = &self.edges[self.starts[slab] as usize..self.starts[slab + 1] as usize];
        edges.iter().fold(false, |inside, edge| inside ^ crosses(edge, point))
    }

    /// Indices of the points x `[n]`, y `[n]` that lie inside, in rising order.
    pub fn inside<'a>(&'a self, x: &'a [f32], y: &'a [f32]) -> impl Iterator<Item = u32> + 'a {
        let points = x.iter().zip(y).enumerate();
        let inside = points.filter(|(_, (x, y))| self.contains((f64::from(**x), f64::from(**y))));
        inside.map(|(i, _)| i as u32)
    }

    /// The slab of a point within the bounds. A higher point never gets a lower slab.
    fn slab(&self, (_, y): (f64, f64)) -> usize {
        let (low, high) = self.bounds.map_or((0.0, 1.0), |b| b.y);
        (((y - low) / (high - low) * SLABS as f64) as usize).min(SLABS - 1)
    }
}

/// Whether a ray from the point to the right crosses an edge. The edge's upper end does not count,
/// so a ray through a corner that joins two edges crosses only one of them.
fn crosses([low, high]: &[(f64, f64); 2], (x, y): (f64, f64)) -> bool {
    low.1 <= y && y < high.1 && (high.0 - low.0) * (y - low.1) > (x - low.0) * (high.1 - low.1)
}

impl Rect {
    /// Indices of the points x `[n]`, y `[n]` that lie inside or on an edge, in rising order.
    pub fn inside<'a>(&'a self, x: &'a [f32], y: &'a [f32]) -> impl Iterator<Item = u32> + 'a {
        let points = x.iter().zip(y).enumerate();
        let inside = points.filter(|(_, (x, y))| self.contains((f64::from(**x), f64::from(**y))));
        inside.map(|(i, _)| i as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The even-odd rule in whole numbers, which is exact, without slabs or bounds.
    fn slow(corners: &[(i64, i64)], (x, y): (i64, i64)) -> bool {
        let mut inside = false;
        for (i, a) in corners.iter().enumerate() {
            let b = corners[(i + 1) % corners.len()];
            let side = (b.0 - a.0) * (y - a.1) - (x - a.0) * (b.1 - a.1);
            let up = a.1 <= y && y < b.1 && side > 0;
            let down = b.1 <= y && y < a.1 && side < 0;
            inside ^= up || down;
        }
        inside
    }

    fn corners() -> impl Strategy<Value = Vec<(i64, i64)>> {
        prop::collection::vec((-9i64..9, -9i64..9), 0..14)
    }

    proptest! {
        #[test]
        fn agrees_with_whole_numbers(
            corners in corners(),
            points in prop::collection::vec((-10i64..10, -10i64..10), 60),
        ) {
            let float = |p: &(i64, i64)| (p.0 as f64, p.1 as f64);
            let polygon = Polygon::new(&corners.iter().map(float).collect::<Vec<_>>());
            let x: Vec<f32> = points.iter().map(|p| p.0 as f32).collect();
            let y: Vec<f32> = points.iter().map(|p| p.1 as f32).collect();
            let expected = (0..60).filter(|i| slow(&corners, points[*i as usize]));
            prop_assert_eq!(
                polygon.inside(&x, &y).collect::<Vec<u32>>(),
                expected.collect::<Vec<u32>>()
            );
        }

        #[test]
        fn the_direction_of_drawing_changes_nothing(
            corners in prop::collection::vec((-1.0f64..1.0, -1.0f64..1.0), 3..30),
            x in -1.0f64..1.0,
            y in -1.0f64..1.0,
        ) {
            let mut back = corners.clone();
            back.reverse();
            let (there, back) = (Polygon::new(&corners), Polygon::new(&back));
            prop_assert_eq!(there.contains((x, y)), back.contains((x, y)));
            let corner = corners[0];
            prop_assert_eq!(there.contains(corner), back.contains(corner));
        }

        #[test]
        fn a_rectangle_is_its_polygon_and_its_edges(
            a in (-5i64..5, -5i64..5),
            b in (-5i64..5, -5i64..5),
            p in (-6i64..6, -6i64..6),
        ) {
            let rect = Rect::between((a.0 as f64, a.1 as f64), (b.0 as f64, b.1 as f64));
            let got = rect.inside(&[p.0 as f32], &[p.1 as f32]).count() == 1;
            let within = |v: i64, a: i64, b: i64| a.min(b) <= v && v <= a.max(b);
            prop_assert_eq!(got, within(p.0, a.0, b.0) && within(p.1, a.1, b.1));
        }
    }

    #[test]
    fn a_star_has_a_hole() {
        let star = [(0.0, 3.0), (1.8, -2.4), (-2.9, 0.9), (2.9, 0.9), (-1.8, -2.4)];
        let star = Polygon::new(&star);
        assert!(!star.contains((0.0, 0.0)) && star.contains((0.0, 2.0)));
    }

    #[test]
    fn nothing_is_inside_of_nothing() {
        for corners in [&[][..], &[(1.0, 1.0)], &[(0.0, 0.0), (1.0, 1.0)], &[(f64::NAN, 0.0); 3]] {
            let polygon = Polygon::new(corners);
            assert!(!polygon.contains((0.5, 0.5)) && !polygon.contains((1.0, 1.0)));
            assert_eq!(polygon.inside(&[f32::NAN, 0.5], &[0.0, 0.5]).count(), 0);
        }
    }
}
