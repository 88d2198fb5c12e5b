//! A line chart of numbers over training steps: loss, AUC or temperature.

use crate::legend;
use crate::marks::{dash, tone};
use crate::number::{count, fixed, px};
use crate::scale::{Scale, decimals, extent, nice};
use crate::svg::{LINE, PAD, Svg, text_width};
use crate::theme::Look;

/// A chart of lines over training steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// Title of the horizontal axis, for example "step".
    pub x: String,
    /// Title of the vertical axis, for example "loss".
    pub y: String,
    /// The lines. They differ in tone and dash.
    pub curves: Vec<CurveLine>,
}

/// One line of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveLine {
    /// The name of the line.
    pub name: String,
    /// Pairs `(step, value)` in order of steps. A value that is not finite leaves a gap in the
    /// line.
    pub points: Vec<(f64, f64)>,
}

/// Height of the plot in pixels.
const HEIGHT: f64 = 200.0;

impl Curves {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let y = svg.paragraph(PAD + 12.0, "strong", &self.title);
        let names = self.curves.iter().map(|c| c.name.as_str());
        let y = legend::rows(&mut svg, look.width, y + 4.0, names);
        let points = || self.curves.iter().flat_map(|c| &c.points);
        let (Some(xs), Some(ys)) = (extent(points().map(|p| p.0)), extent(points().map(|p| p.1)))
        else {
            svg.text(PAD, y + 8.0, "muted", "no steps yet");
            return svg.finish(&self.title, "No steps yet.", y + 16.0 + PAD);
        };
        let step = nice(((ys.1 - ys.0) / 4.0).max(1e-9));
        let ys = ((ys.0 / step).floor() * step, ((ys.1 / step).ceil() * step).max(ys.0 + step));
        let label = |v: f64| fixed(v, decimals(step));
        let left = PAD + text_width(&label(ys.0)).max(text_width(&label(ys.1))) + 8.0;
        let top = y + LINE;
        let bottom = top + HEIGHT;
        let sy = Scale::new(ys, (bottom, top));
        let sx = Scale::new(xs, (left, look.width - PAD));
        svg.text(PAD, y + 2.0, "muted", &self.y);
        for tick in sy.ticks(step) {
            svg.line("grid", (left, sy.at(tick)), (look.width - PAD, sy.at(tick)));
            svg.text(left - 8.0, sy.at(tick) + 4.5, "muted end", &label(tick));
        }
        for tick in sx.ticks(nice((xs.1 - xs.0) / (look.width / 130.0)).max(1.0)) {
            svg.text(sx.at(tick), bottom + LINE, "muted middle", &count(tick.max(0.0) as u64));
        }
        svg.text(look.width - PAD, bottom + 2.0 * LINE, "muted end", &self.x);
        for (i, curve) in self.curves.iter().enumerate() {
            let d = path(&curve.points, &sx, &sy);
            let class = tone(i);
            let dash = dash(i);
            svg.raw(&format!(
                "<path class=\"curve stroke {class}\" stroke-dasharray=\"{dash}\" d=\"{d}\"/>"
            ));
        }
        svg.finish(&self.title, &self.description(), bottom + 2.0 * LINE + PAD)
    }

    fn description(&self) -> String {
        let rows = self.curves.iter().filter_map(|c| {
            let finite = || c.points.iter().filter(|p| p.1.is_finite());
            let first = finite().next()?;
            let last = finite().next_back()?;
            let (a, b) = (fixed(first.1, 4), fixed(last.1, 4));
            Some(format!("{} goes from {a} at {} to {b} at {}", c.name, first.0, last.0))
        });
        format!("{} by {}. {}.", self.y, self.x, rows.collect::<Vec<_>>().join("; "))
    }
}

/// The points as an SVG path, with a gap at every point that is not finite.
fn path(points: &[(f64, f64)], sx: &Scale, sy: &Scale) -> String {
    let mut d = String::new();
    let mut pen = 'M';
    for (x, y) in points {
        if !(x.is_finite() && y.is_finite()) {
            pen = 'M';
            continue;
        }
        d += &format!("{pen}{} {}", px(sx.at(*x)), px(sy.at(*y)));
        pen = 'L';
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss() {
        let curve = |name: &str, from: f64, fall: f64| CurveLine {
            name: name.into(),
            points: (0..40)
                .map(|i| {
                    let wave = [0.0, 0.004, -0.003, 0.006][i % 4];
                    let y = from - fall * (i as f64 / (i as f64 + 9.0)) + wave;
                    (50.0 * i as f64, if i == 20 { f64::NAN } else { y })
                })
                .collect(),
        };
        let chart = Curves {
            title: "Loss while searching".into(),
            x: "step".into(),
            y: "logloss".into(),
            curves: vec![curve("train", 0.69, 0.5), curve("validation", 0.69, 0.41)],
        };
        insta::assert_binary_snapshot!("loss.svg", chart.svg(&Look::default()).into());
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        assert!(Curves::default().svg(&Look::default()).contains("no steps yet"));
        let dot = CurveLine { name: "a".into(), points: vec![(0.0, 0.5)] };
        let svg = Curves { curves: vec![dot], ..Curves::default() }.svg(&Look::default());
        assert!(!svg.contains("NaN") && svg.contains("a goes from 0.5000 at 0 to 0.5000 at 0"));
    }
}
