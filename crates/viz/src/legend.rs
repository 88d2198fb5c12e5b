//! Legends of line charts.

use crate::marks::{dash, scenario_colour, tone};
use crate::number::px;
use crate::picks::OTHER;
use crate::svg::{LINE, PAD, Svg, fitted, text_width};

/// Draws the names of lines side by side from baseline `y` on, with as many in a row as fit into
/// `width` pixels. Returns the next baseline.
pub(crate) fn rows<'a>(
    svg: &mut Svg,
    width: f64,
    y: f64,
    names: impl Iterator<Item = &'a str>,
) -> f64 {
    let mut x = PAD;
    let mut y = y;
    for (i, name) in names.enumerate() {
        let wide = 30.0 + text_width(name) + 16.0;
        if x > PAD && x + wide > width - PAD {
            x = PAD;
            y += LINE;
        }
        line(svg, (tone(i), dash(i)), (x, y));
        svg.text(x + 30.0, y, "", name);
        x += wide;
    }
    y + LINE + 4.0
}

/// Draws the names of scenarios' lines below each other, each with its value at the right end of `room`
/// pixels, and one line for all that have no colour of their own. Returns the next baseline.
pub(crate) fn column<'a>(
    svg: &mut Svg,
    at: (f64, f64),
    room: f64,
    entries: impl Iterator<Item = (u8, &'a str, String)>,
) -> f64 {
    let (others, own): (Vec<_>, Vec<_>) = entries.partition(|e| e.0 == OTHER);
    let key = |svg: &mut Svg, i: usize, at: (f64, f64)| {
        let class = own.get(i).map_or(OTHER, |e| e.0);
        line(svg, (scenario_colour(class), dash_of(class)), at);
    };
    let rest = match others.len() {
        0 => None,
        1 => Some("1 other".to_owned()),
        n => Some(format!("{n} others")),
    };
    let rest = rest.iter().map(|r| (r.as_str(), String::new(), String::new()));
    let lines = own.iter().map(|(_, name, value)| (*name, value.clone(), String::new()));
    details(svg, at, room, key, lines.chain(rest))
}

/// Dash pattern of a scenario's line.
pub(crate) fn dash_of(class: u8) -> &'static str {
    if class == OTHER { "" } else { dash(class.into()) }
}

/// Draws entries of name, value and detail as [`column`] does; a detail that is not empty goes on a
/// line below its name. `key` draws the sample of the entry with the given index at a position.
pub(crate) fn details<'a>(
    svg: &mut Svg,
    (x, y): (f64, f64),
    room: f64,
    key: impl Fn(&mut Svg, usize, (f64, f64)),
    entries: impl Iterator<Item = (&'a str, String, String)>,
) -> f64 {
    let mut y = y;
    for (i, (name, value, detail)) in entries.enumerate() {
        key(svg, i, (x, y));
        svg.text(x + 30.0, y, "", &fitted(name, room - 44.0 - text_width(&value)));
        svg.text(x + room, y, "muted end", &value);
        if !detail.is_empty() {
            y += LINE - 2.0;
            svg.text(x + 30.0, y, "muted", &fitted(&detail, room - 26.0));
        }
        y += LINE + 4.0;
    }
    y
}

/// Draws a short sample of a line with this colour and dash at `x` beside baseline `y`.
fn line(svg: &mut Svg, (class, dash): (&str, &str), (x, y): (f64, f64)) {
    let at = px(y - 4.0);
    svg.raw(&format!(
        "<path class=\"curve stroke {class}\" stroke-dasharray=\"{dash}\" d=\"M{} {at}H{}\"/>",
        px(x),
        px(x + 22.0)
    ));
}
