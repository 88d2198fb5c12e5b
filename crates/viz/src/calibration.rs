//! The reliability diagram: it compares predictions with the click rates that were observed.

use crate::legend;
use crate::marks::{coloured, scenario_colour};
use crate::number::{count, fixed, px};
use crate::picks::OTHER;
use crate::roc::{MOST_OTHERS, Square, line};
use crate::scale::nice;
use crate::svg::{LINE, PAD, Svg};
use crate::theme::Look;

/// A chart of the click rate against the mean prediction, one mark per bin. Bars below the plot
/// show how many instances each bin has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// A sentence below the picture; empty if there is nothing to say.
    pub note: String,
    /// The series to compare, for example models or scenarios. They differ in colour, dash and
    /// mark.
    pub series: Vec<Reliability>,
}

/// One series of the diagram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reliability {
    /// The name of the series.
    pub name: String,
    /// The class of its scenario, which gives the colour. A series of the class [`OTHER`] is a thin grey
    /// line without marks and bars.
    pub class: u8,
    /// The bins in order of their predictions. Empty bins are not drawn.
    pub bins: Vec<Bin>,
}

/// The instances whose predictions fall into one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Mean prediction of the instances, in `0..=1`.
    pub prediction: f64,
    /// Fraction of the instances that were clicked, in `0..=1`.
    pub rate: f64,
    /// Number of instances.
    pub instances: u64,
}

impl Reliability {
    /// The bins that can be drawn.
    fn bins(&self) -> impl Iterator<Item = &Bin> {
        self.bins
            .iter()
            .filter(|b| b.instances > 0 && b.prediction.is_finite() && b.rate.is_finite())
    }

    fn instances(&self) -> u64 {
        self.bins().map(|b| b.instances).sum()
    }

    /// The expected calibration error: the distance between prediction and click rate, averaged
    /// over instances. `None` without instances.
    fn error(&self) -> Option<f64> {
        let sum: f64 =
            self.bins().map(|b| b.instances as f64 * (b.prediction - b.rate).abs()).sum();
        (self.instances() > 0).then(|| sum / self.instances() as f64)
    }
}

/// Height of the longest bar in pixels.
const BARS: f64 = 48.0;

impl Calibration {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let y = svg.paragraph(PAD + 12.0, "strong", &self.title);
        let bins = self.series.iter().flat_map(Reliability::bins);
        let highest = bins.map(|b| b.prediction.max(b.rate)).fold(0.0, f64::max);
        // Click rates are small, so axes from 0 to 1 would leave most of the square empty.
        let step = nice(highest / 5.0);
        let end = if highest > 0.0 { ((highest / step).ceil() * step).min(1.0) } else { 1.0 };
        let square = Square::new(look, y - 4.0, (0.0, end));
        square.frame.draw(&mut svg, "mean prediction", "click rate");
        square.diagonal(&mut svg);
        let others = self.series.iter().filter(|s| s.class == OTHER).take(MOST_OTHERS);
        for series in others.chain(self.own()) {
            let at = |b: &Bin| (square.frame.x.at(b.prediction), square.frame.y.at(b.rate));
            let mut corners = Vec::new();
            for bin in series.bins() {
                let (x, y) = at(bin);
                corners.push(format!("{} {}", px(x), px(y)));
            }
            let d = corners.join("L");
            if !d.is_empty() {
                svg.raw(&line(series.class, &format!("M{d}")));
            }
            for bin in series.bins().filter(|_| series.class != OTHER) {
                let (x, y) = at(bin);
                svg.raw(&coloured(scenario_colour(series.class), series.class.into(), true, x, y));
            }
        }
        let bottom = self.bars(&mut svg, &square, square.bottom);
        // On a narrow chart the legend goes below the bars.
        let beside = square.legend.1 < square.bottom;
        let (x, y) = if beside { square.legend } else { (PAD, bottom + 28.0) };
        svg.text(x + square.room, y, "muted end", "calibration error");
        let entries = self.series.iter().map(|s| {
            let error = s.error().map_or("–".into(), |e| fixed(e, 4));
            (s.class, s.name.as_str(), error)
        });
        let y = legend::column(&mut svg, (x, y + 22.0), square.room, entries);
        let bottom = bottom.max(y - 14.0);
        let y = svg.paragraph(bottom + 28.0, "muted", &self.note);
        let height = if self.note.is_empty() { bottom } else { y - LINE } + PAD;
        svg.finish(&self.title, &self.description(), height)
    }

    /// The series with a colour of their own.
    fn own(&self) -> impl Iterator<Item = &Reliability> {
        self.series.iter().filter(|s| s.class != OTHER)
    }

    /// Draws a bar for every bin of every coloured series below `y`, on the square's horizontal axis.
    /// Returns the bars' lower end.
    fn bars(&self, svg: &mut Svg, square: &Square, y: f64) -> f64 {
        let (left, right, ..) = square.frame.edges();
        let top = y + LINE + 10.0;
        let bottom = top + BARS;
        let largest = self.own().flat_map(Reliability::bins).map(|b| b.instances).max();
        let Some(largest) = largest else { return y };
        let label = format!("instances per bin, at most {}", count(largest));
        svg.text(left, top - 6.0, "muted", &label);
        svg.line("grid", (left, bottom), (right, bottom));
        // Bars of several series stand side by side, so that none hides another.
        let n = self.own().count() as f64;
        let thick = (9.0 / n).clamp(2.0, 6.0);
        for (i, series) in self.own().enumerate() {
            for bin in series.bins() {
                let shift = (i as f64 - n / 2.0) * (thick + 0.5);
                let x = (square.frame.x.at(bin.prediction) + shift).min(right - thick).max(left);
                let height = (BARS * bin.instances as f64 / largest as f64).max(1.0);
                let class = format!("bar {}", scenario_colour(series.class));
                svg.rect(&class, (x, bottom - height), (thick, height), 0.0);
            }
        }
        bottom
    }

    fn description(&self) -> String {
        let mut out = String::from("Mean prediction and click rate per bin.");
        for series in &self.series {
            let mut bins = Vec::new();
            for bin in series.bins() {
                let prediction = fixed(bin.prediction, 4);
                let rate = fixed(bin.rate, 4);
                let instances = count(bin.instances);
                bins.push(format!("{prediction} predicted, {rate} clicked of {instances}"));
            }
            let bins = if bins.is_empty() { "no instances".into() } else { bins.join("; ") };
            out += &format!(" {}: {bins}.", series.name);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    fn chart() -> Calibration {
        let series = |name: &str, bend: f64, n: u64| Reliability {
            name: name.into(),
            class: u8::from(bend < 0.0),
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
        let error = Reliability { bins, ..Reliability::default() }.error().expect("instances");
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
