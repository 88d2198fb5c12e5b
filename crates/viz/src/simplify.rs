//! Simplifying hand-drawn outlines to few corners, so that a selection fits into an address.

use crate::order::rising;

/// Simplifies a closed outline by leaving out corners (Douglas and Peucker, 1973). Every corner
/// that is left out lies within `tolerance` of the new outline. If more than `most` corners would
/// remain, only the `most` heaviest corners are kept (at least three), whatever the tolerance. The
/// caller chooses the unit of `corners` `[v]` and `tolerance`; pixels suit a pointer's path best,
/// because both axes mean the same there.
pub fn simplify(corners: &[(f64, f64)], tolerance: f64, most: usize) -> Vec<(f64, f64)> {
    let weights = weights(corners);
    let heaviest = rising(corners.len(), &|i| -weights[i]);
    let enough = heaviest.iter().filter(|i| weights[**i] > tolerance).count().clamp(3, most.max(3));
    let mut kept = vec![false; corners.len()];
    for i in heaviest.into_iter().take(enough) {
        kept[i] = true;
    }
    corners.iter().zip(kept).filter(|(_, kept)| *kept).map(|(corner, _)| *corner).collect()
}

/// The weight of each corner: its distance from the line of its stretch when the outline is split
/// there. A corner never weighs more than the corner that its stretch was split off at, so taking
/// the heaviest corners first always refines the outline.
fn weights(corners: &[(f64, f64)]) -> Vec<f64> {
    let n = corners.len();
    let mut weights = vec![0.0; n];
    let Some(first) = corners.first() else { return weights };
    // A ring has no ends, so it is split in two at the corner farthest from the first.
    let from_first = corners.iter().map(|p| length(p.0 - first.0, p.1 - first.1));
    let far = farthest(from_first).map_or(0, |(i, _)| i);
    weights[0] = f64::INFINITY;
    weights[far] = f64::INFINITY;
    let mut stretches = vec![(0, far, f64::INFINITY), (far, n, f64::INFINITY)];
    while let Some((from, to, parent)) = stretches.pop() {
        let (a, b) = (corners[from], corners[to % n]);
        let between = corners.get(from + 1..to).unwrap_or_default();
        let Some((i, d)) = farthest(between.iter().map(|p| from_segment(*p, a, b))) else {
            continue;
        };
        let at = from + 1 + i;
        let weight = d.min(parent);
        weights[at] = weight;
        stretches.extend([(from, at, weight), (at, to, weight)]);
    }
    weights
}

/// Index and value of the largest distance; the first one of several.
fn farthest(distances: impl Iterator<Item = f64>) -> Option<(usize, f64)> {
    distances.enumerate().reduce(|best, d| if d.1 > best.1 { d } else { best })
}

/// Distance of `p` from the line segment between `a` and `b`.
fn from_segment(p: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let squared = dx * dx + dy * dy;
    let along = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / squared;
    let t = if squared > 0.0 { along.clamp(0.0, 1.0) } else { 0.0 };
    length(p.0 - a.0 - t * dx, p.1 - a.1 - t * dy)
}

/// Length of a vector. `hypot` is not used: its last digit depends on the host's library, and so
/// would the outline.
fn length(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_left_out_was_near(
            corners in prop::collection::vec((0.0f64..99.0, 0.0f64..99.0), 3..80),
            tolerance in 0.1f64..20.0,
        ) {
            let kept = simplify(&corners, tolerance, usize::MAX);
            prop_assert!(kept.len() >= 3 || kept.len() == corners.len());
            for p in &corners {
                let edges = (0..kept.len()).map(|i| (kept[i], kept[(i + 1) % kept.len()]));
                let near = edges.map(|(a, b)| from_segment(*p, a, b)).fold(f64::MAX, f64::min);
                prop_assert!(near <= tolerance + 1e-9, "{} of {}", near, tolerance);
            }
        }

        #[test]
        fn no_more_than_asked_for_and_in_order(
            corners in prop::collection::vec((0.0f64..99.0, 0.0f64..99.0), 0..80),
            most in 0usize..20,
        ) {
            let kept = simplify(&corners, 0.0, most);
            prop_assert!(kept.len() <= most.max(3));
            let mut rest = corners.iter();
            prop_assert!(kept.iter().all(|k| rest.any(|c| c == k)));
        }
    }

    #[test]
    fn a_drawn_square_becomes_its_corners() {
        let side = |i: usize| match (i / 25, (i % 25) as f64) {
            (0, t) => (t, 0.1 * (t % 2.0)),
            (1, t) => (25.0, t),
            (2, t) => (25.0 - t, 25.0),
            (_, t) => (0.0, 25.0 - t),
        };
        let drawn: Vec<_> = (0..100).map(side).collect();
        let expected = [(0.0, 0.0), (25.0, 0.0), (25.0, 25.0), (0.0, 25.0)];
        assert_eq!(simplify(&drawn, 0.5, 40), expected);
        assert_eq!(simplify(&drawn, 0.01, 4), expected);
    }
}
