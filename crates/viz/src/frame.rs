//! The frame of a plot: its place in the picture, its grid, ticks and titles.

use crate::number::fixed;
use crate::scale::{Scale, decimals, nice};
use crate::svg::{LINE, PAD, Svg, fitted, text_width};

/// The place and the scales of a plot.
pub(crate) struct ChartFrame {
    pub x: Scale,
    pub y: Scale,
    /// Distance between ticks on x and on y, in data units.
    step: (f64, f64),
}

/// Height in pixels of the numbers below a plot and of the title of its horizontal axis.
pub(crate) const BELOW: f64 = 2.0 * LINE;

impl ChartFrame {
    /// Makes a plot of the domains `x` and `y` between `left` and `right`, `top` and `bottom`. The
    /// plot gives up room for the vertical axis: for its title (above) and its numbers (on the
    /// left). The caller leaves [`BELOW`] free below `bottom`.
    pub fn new(
        (x, y): ((f64, f64), (f64, f64)),
        (left, right): (f64, f64),
        (top, bottom): (f64, f64),
    ) -> Self {
        let top = top + LINE;
        let step_y = nice((y.1 - y.0) / ((bottom - top) / 52.0).clamp(2.0, 8.0));
        let y_scale = Scale::new(y, (bottom, top));
        let left = left + widest_label(&y_scale, step_y) + 8.0;
        let x_scale = Scale::new(x, (left, right));
        let mut step_x = nice((x.1 - x.0) / ((right - left) / 70.0).clamp(2.0, 10.0));
        // Numbers on the horizontal axis must not touch.
        let label = widest_label(&x_scale, step_x);
        if (x.1 - x.0) / step_x * (label + 12.0) > right - left {
            step_x = nice(1.5 * step_x);
        }
        Self { x: x_scale, y: y_scale, step: (step_x, step_y) }
    }

    /// This plot with the horizontal axis's distance between ticks on both axes.
    pub fn alike(self) -> Self {
        Self { step: (self.step.0, self.step.0), ..self }
    }

    /// The left, right, top and bottom edges in pixels.
    pub fn edges(&self) -> (f64, f64, f64, f64) {
        (self.x.range.0, self.x.range.1, self.y.range.1, self.y.range.0)
    }

    /// Draws the grid, the numbers and the titles.
    pub fn draw(&self, svg: &mut Svg, x_title: &str, y_title: &str) {
        let (left, right, top, bottom) = self.edges();
        svg.text(left, top - 8.0, "muted", &titled(y_title, svg.width() - PAD - left));
        for tick in self.y.ticks(self.step.1) {
            let at = self.y.at(tick);
            svg.line("grid", (left, at), (right, at));
            svg.text(left - 8.0, at + 4.5, "muted end", &fixed(tick, decimals(self.step.1)));
        }
        for tick in self.x.ticks(self.step.0) {
            let at = self.x.at(tick);
            svg.line("grid", (at, top), (at, bottom));
            svg.text(at, bottom + LINE, "muted middle", &fixed(tick, decimals(self.step.0)));
        }
        svg.text(right, bottom + BELOW, "muted end", &titled(x_title, right - PAD));
    }
}

/// Width of the widest number on an axis with ticks `step` apart, in pixels.
fn widest_label(scale: &Scale, step: f64) -> f64 {
    let ticks = scale.ticks(step).into_iter();
    ticks.map(|v| text_width(&fixed(v, decimals(step)))).fold(0.0, f64::max)
}

/// The title if it fits into `room` pixels. Otherwise the title without the text in brackets at its
/// end, cut if that is still too long.
pub(crate) fn titled(title: &str, room: f64) -> String {
    if text_width(title) <= room {
        return title.to_owned();
    }
    fitted(title.split(" (").next().unwrap_or(title), room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_their_brackets_first() {
        assert_eq!(titled("share score (0 to 1)", 200.0), "share score (0 to 1)");
        assert_eq!(titled("share score (0 to 1)", 90.0), "share score");
        assert_eq!(titled("share score (0 to 1)", 55.0), "share…");
    }

    #[test]
    fn numbers_fit_between_the_edges() {
        for domain in [(0.0, 1.0), (-0.003, 0.00001), (0.0, 120_000.0), (7.0, 7.0)] {
            for right in [200.0, 340.0, 900.0] {
                let frame = ChartFrame::new((domain, domain), (16.0, right), (10.0, 260.0));
                let ticks = frame.x.ticks(frame.step.0);
                let label = |v: &f64| text_width(&fixed(*v, decimals(frame.step.0)));
                let gaps = ticks.windows(2).map(|t| frame.x.at(t[1]) - frame.x.at(t[0]));
                let widest = ticks.iter().map(label).fold(0.0, f64::max);
                assert!(gaps.fold(f64::MAX, f64::min) > widest, "{domain:?} {right} {ticks:?}");
                assert!(frame.edges().0 > 16.0 && frame.edges().2 > 10.0);
            }
        }
    }
}
