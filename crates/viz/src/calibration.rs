//! Whether predictions mean what they say: the reliability diagram.

use crate::legend;
use crate::marks::{colour, dash, mark};
use crate::number::{count, fixed, px};
use crate::roc::Square;
use crate::scale::nice;
use crate::svg::{LINE, PAD, Svg};
use crate::theme::Look;

/// Click rate against mean prediction, with the instances behind each bin below.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// Heading; also the picture's accessible name.
    pub title: String,
    /// A sentence below the picture, or nothing.
    pub note: String,
    /// Models, scenarios or whatever is compared; they differ in colour, dash and mark.
    pub series: Vec<Reliability>,
}

/// One series of bins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reliability {
    /// Its name.
    pub name: String,
    /// Bins in the order of their predictions; empty ones are not drawn.
    pub bins: Vec<Bin>,
}

/// The instances whose prediction falls into one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Mean prediction, `0..=1`.
    pub prediction: f64,
    /// Part of them that were clicked, `0..=1`.
    pub rate: f64,
    /// Number of instances.
    pub instances: u64,
}

impl Reliability {
    fn bins(&self) -> impl Iterator<Item = &Bin> {
        let drawn = |b: &&Bin| b.instances > 0 && b.prediction.is_finite() && b.rate.is_finite();
        self.bins.iter().filter(drawn)
    }

    fn instances(&self) -> u64 {
        self.bins().map(|b| b.instances).sum()
    }

    /// Mean distance of prediction and rate over instances: the expected calibration error.
    fn error(&self) -> Option<f64> {
        let sum: f64 =
            self.bins().map(|b| b.instances as f64 * (b.prediction - b.rate).abs()).sum();
        (self.instances() > 0).then(|| sum / self.instances() as f64)
    }
}

/// Height of the bars.
const BARS: f64 = 48.0;

impl Calibration {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let y = svg.paragraph(PAD + 12.0, "strong", &self.title);
        let bins = || self.series.iter().flat_map(Reliability::bins);
        let most = bins().map(|b| b.prediction.max(b.rate)).fold(0.0, f64::max);
        // Click rates are small: the square ends where the numbers do.
        let step = nice(most / 5.0);
        let end = if most > 0.0 { ((most / step).ceil() * step).min(1.0) } else { 1.0 };
        let square = Square::new(look, y - 4.0, (0.0, end));
        square.frame.draw(&mut svg, "mean prediction", "click rate");
        square.diagonal(&mut svg);
        for (i, series) in self.series.iter().enumerate() {
            let at = |b: &Bin| (square.frame.x.at(b.prediction), square.frame.y.at(b.rate));
            let corner = |b: &Bin| format!("{} {}", px(at(b).0), px(at(b).1));
            let d = series.bins().map(corner).collect::<Vec<_>>().join("L");
            let (class, dash) = (colour(i), dash(i));
            if !d.is_empty() {
                svg.raw(&format!(
                    "<path class=\"curve stroke {class}\" stroke-dasharray=\"{dash}\" d=\"M{d}\"/>"
                ));
            }
            series.bins().for_each(|b| svg.raw(&mark(i, true, at(b).0, at(b).1)));
        }
        let bottom = self.bars(&mut svg, &square, square.bottom);
        // On a narrow chart the legend goes below the bars.
        let beside = square.legend.1 < square.bottom;
        let (x, y) = if beside { square.legend } else { (PAD, bottom + 28.0) };
        svg.text(x + square.room, y, "muted end", "calibration error");
        let error = |s: &Reliability| s.error().map_or("–".into(), |e| fixed(e, 4));
        let entries = self.series.iter().map(|s| (s.name.as_str(), error(s)));
        let y = legend::column(&mut svg, (x, y + 22.0), square.room, entries);
        let bottom = bottom.max(y - 14.0);
        let y = svg.paragraph(bottom + 28.0, "muted", &self.note);
        let height = if self.note.is_empty() { bottom } else { y - LINE } + PAD;
        svg.finish(&self.title, &self.description(), height)
    }

    /// A bar per bin and series below `y`, on the square's horizontal axis; returns the lower end.
    fn bars(&self, svg: &mut Svg, square: &Square, y: f64) -> f64 {
        let (left, right, ..) = square.frame.edges();
        let (top, bottom) = (y + LINE + 10.0, y + LINE + 10.0 + BARS);
        let most = self.series.iter().flat_map(Reliability::bins).map(|b| b.instances).max();
        let Some(most) = most else { return y };
        svg.text(left, top - 6.0, "muted", &format!("instances per bin, at most {}", count(most)));
        svg.line("grid", (left, bottom), (right, bottom));
        // Bars of several series stand beside each other around their bin's prediction.
        let n = self.series.len() as f64;
        let thick = (9.0 / n).clamp(2.0, 6.0);
        for (i, series) in self.series.iter().enumerate() {
            for bin in series.bins() {
                let shift = (i as f64 - n / 2.0) * (thick + 0.5);
                let x = (square.frame.x.at(bin.prediction) + shift).min(right - thick).max(left);
                let high = (BARS * bin.instances as f64 / most as f64).max(1.0);
                svg.rect(&format!("bar {}", colour(i)), (x, bottom - high), (thick, high), 0.0);
            }
        }
        bottom
    }

    fn description(&self) -> String {
        let bin = |b: &Bin| {
            let (p, r) = (fixed(b.prediction, 4), fixed(b.rate, 4));
            format!("{p} predicted, {r} clicked of {}", count(b.instances))
        };
        let series = self.series.iter().map(|s| {
            let bins = s.bins().map(bin).collect::<Vec<_>>().join("; ");
            format!(" {}: {}.", s.name, if bins.is_empty() { "no instances" } else { &bins })
        });
        format!("Mean prediction and click rate per bin.{}", series.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    fn chart() -> Calibration {
        let series = |name: &str, bend: f64, n: u64| Reliability {
            name: name.into(),
            bins: (0..10)
                .map(|i| {
                    let p = 0.006 + 0.011 * i as f64;
                    let rate = p * (1.0 + bend * (p - 0.05));
                    Bin { prediction: p, rate, instances: if i == 8 { 0 } else { n >> i } }
                })
                .collect(),
        };
        Calibration {
            title: "Calibration in scenario home".into(),
            note:
                "Test instances in bins of equal width; on the dashed line a prediction is right."
                    .into(),
            series: vec![series("ssim", 2.0, 9000), series("mt", -6.0, 8000)],
        }
    }

    #[test]
    fn wide() {
        insta::assert_binary_snapshot!("wide.svg", chart().svg(&Look::default()).into());
    }

    #[test]
    fn narrow_and_dark() {
        let look = Look { width: 342.0, theme: Theme::Dark };
        insta::assert_binary_snapshot!("narrow.svg", chart().svg(&look).into());
    }

    #[test]
    fn the_error_weighs_bins_by_their_instances() {
        let bin = |prediction, rate, instances| Bin { prediction, rate, instances };
        let bins = vec![bin(0.1, 0.2, 30), bin(0.5, 0.5, 10), bin(f64::NAN, 0.0, 0)];
        let error = Reliability { name: String::new(), bins }.error().expect("instances");
        assert!((error - 0.075).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        let empty = Reliability { bins: vec![Bin::default()], ..Reliability::default() };
        let zero = Bin { instances: 3, ..Bin::default() };
        let zero = Reliability { bins: vec![zero], ..Reliability::default() };
        for series in [vec![], vec![empty], vec![zero]] {
            let chart = Calibration { series, ..Calibration::default() };
            let svg = chart.svg(&Look { width: 60.0, theme: Theme::Auto });
            assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
        }
    }
}
