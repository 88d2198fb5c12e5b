//! The points inside an outline that somebody drew.

use crate::points::Rect;

/// A closed outline in data units. What is inside follows from the even-odd rule: an outline that
/// crosses itself has holes. The arithmetic is plain `f64`, so that every host selects the same
/// rows; of points exactly on an edge, those on lower and left edges are inside.
#[derive(Clone, Debug)]
pub struct Polygon {
    bounds: Option<Rect>,
    /// Edges that are not level, by slab, their lower ends first.
    edges: Vec<[(f64, f64); 2]>,
    /// Where each slab's edges begin `[SLABS + 1]`.
    starts: Vec<u32>,
}

/// The outline's height is cut into slabs: a point need only be compared with its slab's edges.
const SLABS: usize = 256;

impl Polygon {
    /// The outline through `corners` `[v]` and back to the first. Corners that are not finite are
    /// left out.
    pub fn new(corners: &[(f64, f64)]) -> Self {
        let finite = |p: &(f64, f64)| p.0.is_finite() && p.1.is_finite();
        let corners: Vec<_> = corners.iter().copied().filter(finite).collect();
        let mut polygon = Self {
            bounds: Rect::around(corners.iter().copied()),
            edges: Vec::new(),
            starts: vec![0],
        };
        let ends = corners.iter().zip(corners.iter().cycle().skip(1)).map(|(a, b)| (*a, *b));
        // Always from the lower end to the upper: the direction of drawing changes nothing.
        let edges = ends.map(|(a, b)| if a.1 <= b.1 { [a, b] } else { [b, a] });
        let edges: Vec<_> = edges.filter(|[low, high]| low.1 < high.1).collect();
        for slab in 0..SLABS {
            let (from, to) = (|e: &[_; 2]| polygon.slab(e[0]), |e: &[_; 2]| polygon.slab(e[1]));
            let here = edges.iter().filter(|e| from(e) <= slab && slab <= to(e));
            let here: Vec<_> = here.copied().collect();
            polygon.edges.extend(here);
            polygon.starts.push(polygon.edges.len() as u32);
        }
        polygon
    }

    /// Whether a point lies inside.
    pub fn contains(&self, point: (f64, f64)) -> bool {
        if !self.bounds.is_some_and(|b| b.contains(point)) {
            return false;
        }
        let slab = self.slab(point);
        let edges = &self.edges[self.starts[slab] as usize..self.starts[slab + 1] as usize];
        edges.iter().fold(false, |inside, edge| inside ^ crosses(edge, point))
    }

    /// Numbers of those of the points x `[n]`, y `[n]` that lie inside, in order.
    pub fn inside<'a>(&'a self, x: &'a [f32], y: &'a [f32]) -> impl Iterator<Item = u32> + 'a {
        let points = x.iter().zip(y).enumerate();
        let inside = points.filter(|(_, (x, y))| self.contains((f64::from(**x), f64::from(**y))));
        inside.map(|(i, _)| i as u32)
    }

    /// The slab of a place within the bounds; never decreasing in y.
    fn slab(&self, (_, y): (f64, f64)) -> usize {
        let (low, high) = self.bounds.map_or((0.0, 1.0), |b| b.y);
        (((y - low) / (high - low) * SLABS as f64) as usize).min(SLABS - 1)
    }
}

/// Whether the ray from a point to the right crosses an edge. The upper end does not belong to the
/// edge, so that two edges that meet there are crossed once.
fn crosses([low, high]: &[(f64, f64); 2], (x, y): (f64, f64)) -> bool {
    low.1 <= y && y < high.1 && (high.0 - low.0) * (y - low.1) > (x - low.0) * (high.1 - low.1)
}

impl Rect {
    /// Numbers of those of the points x `[n]`, y `[n]` that lie inside or on an edge, in order.
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

    /// Even-odd in whole numbers, without slabs or bounds: exact.
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
