//! The frame of a plot: where it stands, its grid, ticks and titles.

use crate::number::fixed;
use crate::scale::{Scale, decimals, nice};
use crate::svg::{LINE, PAD, Svg, fitted, text_width};

/// A plot's place and scales.
pub(crate) struct ChartFrame {
    pub x: Scale,
    pub y: Scale,
    step: (f64, f64),
}

/// Room for the numbers below a plot and the title of its horizontal axis.
pub(crate) const BELOW: f64 = 2.0 * LINE;

impl ChartFrame {
    /// A plot of the two domains between `left` and `right`, `top` and `bottom`. Room for the
    /// vertical axis's title (above) and numbers (on the left) is taken from it; [`BELOW`] is not.
    pub fn new(
        (x, y): ((f64, f64), (f64, f64)),
        (left, right): (f64, f64),
        (top, bottom): (f64, f64),
    ) -> Self {
        let top = top + LINE;
        let step_y = nice((y.1 - y.0) / ((bottom - top) / 52.0).clamp(2.0, 8.0));
        let label = |v: f64| text_width(&fixed(v, decimals(step_y)));
        let scale = Scale::new(y, (bottom, top));
        let left = left + scale.ticks(step_y).into_iter().map(label).fold(0.0, f64::max) + 8.0;
        // Numbers on the horizontal axis may not touch.
        let widest = |step: f64| {
            let ticks = Scale::new(x, (left, right)).ticks(step);
            ticks.into_iter().map(|v| text_width(&fixed(v, decimals(step)))).fold(0.0, f64::max)
        };
        let mut step_x = nice((x.1 - x.0) / ((right - left) / 70.0).clamp(2.0, 10.0));
        if (x.1 - x.0) / step_x * (widest(step_x) + 12.0) > right - left {
            step_x = nice(1.5 * step_x);
        }
        Self { x: Scale::new(x, (left, right)), y: scale, step: (step_x, step_y) }
    }

    /// The same plot with the horizontal axis's steps on both.
    pub fn alike(self) -> Self {
        Self { step: (self.step.0, self.step.0), ..self }
    }

    /// The left, right, top and bottom edges.
    pub fn edges(&self) -> (f64, f64, f64, f64) {
        (self.x.range.0, self.x.range.1, self.y.range.1, self.y.range.0)
    }

    /// Draws grid, numbers and titles.
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

/// The title, or where it does not fit into `room`, without what follows it in brackets.
fn titled(title: &str, room: f64) -> String {
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
