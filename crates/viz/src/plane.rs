//! The grid, the numbers and the cut of a map whose points somebody else draws, such as a canvas.

use crate::map::cut_class;
use crate::number::{fixed, px};
use crate::points::View;
use crate::scale::{Scale, decimals, nice};
use crate::svg::text_width;
use std::fmt::Write;

/// An SVG of the size of the view's pixels, to be laid over the points: light lines at round numbers,
/// the numbers at the lower and the left edge, and a line at every lowest shared score of `cuts`. A cut
/// has the class of its scenario, or [`OTHER`](crate::OTHER) if it is that of all.
///
/// ```
/// use ssim_viz::{OTHER, Rect, View, plane};
/// let pixels = Rect { x: (0.0, 400.0), y: (0.0, 300.0) };
/// let view = View { data: Rect { x: (0.0, 1.0), y: (-1.0, 1.0) }, pixels };
/// let svg = plane(&view, &[(0.25, OTHER)]);
/// assert!(svg.contains("M100 0V300") && svg.contains(">0.5</text>"));
/// ```
pub fn plane(view: &View, cuts: &[(f64, u8)]) -> String {
    let (width, height) = view.pixels.size();
    let (w, h) = (px(width), px(height));
    let mut svg = format!(
        "<svg class=\"ssim-chart over\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" aria-hidden=\"true\">"
    );
    let (mut grid, mut numbers) = (String::new(), String::new());
    let right = Scale::new(view.data.x, (0.0, width));
    let up = Scale::new(view.data.y, (height, 0.0));
    for (scale, apart, flat) in [(right, width / 90.0, true), (up, height / 60.0, false)] {
        let (low, high) = scale.domain;
        let step = nice((high - low) / apart.clamp(2.0, 10.0));
        for tick in scale.ticks(step) {
            let (at, text) = (scale.at(tick), fixed(tick, decimals(step)));
            let (line, x, y, class) = match flat {
                true => (format!("M{} 0V{h}", px(at)), at, height - 5.0, "middle"),
                false => (format!("M0 {}H{w}", px(at)), 5.0, at + 4.5, ""),
            };
            grid += &line;
            // A number at a corner would be cut off, or lie on that of the other axis.
            let half = text_width(&text) / 2.0;
            let there =
                if flat { at > 40.0 && at + half < width } else { at > 10.0 && at < height - 20.0 };
            if there {
                let _ = write!(
                    numbers,
                    "<text class=\"muted halo {class}\" x=\"{}\" y=\"{}\">{text}</text>",
                    px(x),
                    px(y)
                );
            }
        }
    }
    let _ = write!(svg, "<path class=\"grid faint\" d=\"{grid}\"/>");
    for (score, class) in cuts {
        let at = right.at(*score);
        if at > 0.0 && at < width {
            let _ = write!(svg, "<path class=\"{}\" d=\"M{} 0V{h}\"/>", cut_class(*class), px(at));
        }
    }
    svg + &numbers + "</svg>"
}
