//! Shapes and dashes, which tell series apart without colour.

use crate::number::px;
use crate::points::look_of;
use crate::shape::outline;

/// The property that a map's filled marks have, and that its hollow ones do not have.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Marked {
    /// The instance is shared, else private.
    #[default]
    Shared,
    /// The instance was clicked.
    Clicked,
}

impl Marked {
    /// The words for filled and for hollow marks.
    pub(crate) fn words(self) -> [&'static str; 2] {
        match self {
            Self::Shared => ["shared", "private"],
            Self::Clicked => ["clicked", "other"],
        }
    }
}

/// The mark of a class at `(x, y)`, as a part of an SVG path.
pub(crate) fn mark(class: u8, size: f64, (x, y): (f64, f64)) -> String {
    outline(look_of(class).0, size, x, y)
}

/// CSS classes of a mark. If `values` give the colours, the scenarios share a neutral one and
/// differ by shape only.
pub(crate) fn mark_class(values: bool, class: u8, filled: bool) -> String {
    let colour = if values { "neutral" } else { scenario_colour(class) };
    format!("mark {colour} {}", if filled { "ringed" } else { "open" })
}

/// CSS class of the tone of the `i`-th method, curve or kind of change. Their place, their name, their
/// dash and their mark tell them apart; colours are for scenarios.
pub(crate) fn tone(i: usize) -> &'static str {
    ["plain", "neutral", "other"][i.min(2)]
}

/// CSS class of the colour of a scenario with this class.
pub(crate) fn scenario_colour(class: u8) -> &'static str {
    ["c0", "c1", "c2", "c3", "other"][look_of(class).1]
}

/// Dash pattern of the `i`-th line. The first line is solid.
pub(crate) fn dash(i: usize) -> &'static str {
    ["", "6 4", "2 4", "8 3 2 3", "1 3"][i % 5]
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
