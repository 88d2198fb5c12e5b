//! Shapes and dashes, which tell series apart without colour.

use crate::number::px;

/// Number of series colours.
pub(crate) const COLOURS: usize = 4;

/// CSS class of the colour of the `i`-th series.
pub(crate) fn colour(i: usize) -> String {
    format!("c{}", i % COLOURS)
}

/// Dash pattern of the `i`-th line. The first line is solid.
pub(crate) fn dash(i: usize) -> &'static str {
    ["", "6 4", "2 4", "8 3 2 3", "1 3"][i % 5]
}

/// A mark of about 10 pixels at `(x, y)` with the shape and colour of the `i`-th series, filled or
/// hollow.
pub(crate) fn mark(i: usize, filled: bool, x: f64, y: f64) -> String {
    coloured(&colour(i), i, filled, x, y)
}

/// A mark with the shape of the `i`-th series and the colour of the CSS class `colour`.
pub(crate) fn coloured(colour: &str, i: usize, filled: bool, x: f64, y: f64) -> String {
    let class = format!("mark {colour} {}", if filled { "filled" } else { "hollow" });
    let path = |points: &[(f64, f64)]| {
        let d: Vec<_> =
            points.iter().map(|(dx, dy)| format!("{} {}", px(x + dx), px(y + dy))).collect();
        format!("<path class=\"{class}\" d=\"M{}Z\"/>", d.join("L"))
    };
    match i % 5 {
        0 => format!("<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"4.5\"/>", px(x), px(y)),
        1 => path(&[(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)]),
        2 => path(&[(0.0, -5.7), (5.7, 0.0), (0.0, 5.7), (-5.7, 0.0)]),
        3 => path(&[(0.0, -5.2), (5.2, 4.2), (-5.2, 4.2)]),
        _ => path(&[(0.0, 5.2), (5.2, -4.2), (-5.2, -4.2)]),
    }
}
