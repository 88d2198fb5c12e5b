//! The shapes of points, described once for both sprites of pixels and paths of SVG.

use crate::number::px;

/// Number of shapes; the classes take them in turn.
pub(crate) const SHAPES: usize = 4;

/// Corners of a shape for a point of diameter 1, clockwise as drawn; a circle has none. The numbers
/// are chosen so that all shapes look equally large.
fn corners(shape: usize) -> &'static [(f32, f32)] {
    match shape % SHAPES {
        0 => &[],
        1 => &[(-0.44, -0.44), (0.44, -0.44), (0.44, 0.44), (-0.44, 0.44)],
        2 => &[(0.0, -0.6), (0.58, 0.44), (-0.58, 0.44)],
        _ => &[(0.0, -REACH), (REACH, 0.0), (0.0, REACH), (-REACH, 0.0)],
    }
}

/// The largest distance of an outline from the centre, for a point of diameter 1.
pub(crate) const REACH: f32 = 0.63;

/// Distance in pixels of `(x, y)` from the outline of a point of diameter `size` at the origin;
/// negative inside the outline.
pub(crate) fn distance(shape: usize, size: f32, x: f32, y: f32) -> f32 {
    let corners = corners(shape);
    if corners.is_empty() {
        return (x * x + y * y).sqrt() - 0.5 * size;
    }
    let mut farthest = f32::MIN;
    for (i, (ax, ay)) in corners.iter().enumerate() {
        let (bx, by) = corners[(i + 1) % corners.len()];
        // The edge, turned by a right angle, points out of the shape.
        let (nx, ny) = (by - ay, ax - bx);
        let length = (nx * nx + ny * ny).sqrt();
        farthest = farthest.max((nx * (x - ax * size) + ny * (y - ay * size)) / length);
    }
    farthest
}

/// The outline of a point of diameter `size` at `(x, y)`, as a part of an SVG path. Every place but the
/// first is relative, because a map has thousands of outlines and relative places are short.
pub(crate) fn outline(shape: usize, size: f64, x: f64, y: f64) -> String {
    let corners = corners(shape);
    let Some((&(left, top), rest)) = corners.split_first() else {
        // One arc that ends a tenth of a pixel beside its start, and is closed: half the text of two.
        let r = px(0.5 * size);
        return format!("M{} {}a{r} {r} 0 1 0 .1 0z", px(x), px(y - 0.5 * size));
    };
    let place = |x: f32, y: f32| (f64::from(x) * size, f64::from(y) * size);
    let start = place(left, top);
    let mut path = format!("M{} {}l", px(x + start.0), px(y + start.1));
    let mut last = (left, top);
    for &(right, bottom) in rest {
        let (dx, dy) = place(right - last.0, bottom - last.1);
        for step in [px(dx), px(dy)] {
            // A minus sign parts two numbers, too.
            if !path.ends_with('l') && !step.starts_with('-') {
                path.push(' ');
            }
            path.push_str(&step);
        }
        last = (right, bottom);
    }
    path + "z"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_is_negative_and_nothing_reaches_further() {
        for shape in 0..SHAPES {
            assert!(distance(shape, 10.0, 0.0, 0.0) < -2.0, "{shape}");
            for (x, y) in [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (0.6, 0.8)] {
                let far = 10.0 * REACH + 0.01;
                assert!(distance(shape, 10.0, x * far, y * far) > 0.0, "{shape} {x} {y}");
            }
        }
    }

    #[test]
    fn a_square_and_a_circle() {
        assert_eq!(outline(1, 10.0, 0.0, 0.0), "M-4.4 -4.4l8.8 0 0 8.8-8.8 0z");
        assert_eq!(outline(0, 6.0, 10.0, 5.0), "M10 2a3 3 0 1 0 .1 0z");
        assert!((distance(1, 10.0, 6.4, 0.0) - 2.0).abs() < 1e-5);
    }
}
