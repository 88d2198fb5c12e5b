//! The receiver operating characteristic, which shows how well scores rank instances.

use crate::frame::{BELOW, ChartFrame};
use crate::legend;
use crate::marks::scenario_colour;
use crate::number::{fixed, px};
use crate::picks::OTHER;
use crate::svg::{PAD, Svg};
use crate::theme::Look;

/// A chart of ROC curves on a square.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roc {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// A sentence below the square; empty if there is nothing to say.
    pub note: String,
    /// The curves. They differ in colour and dash; those of the class [`OTHER`] are thin and grey.
    pub curves: Vec<RocCurve>,
}

/// One ROC curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RocCurve {
    /// The name of the curve.
    pub name: String,
    /// The class of its scenario, which gives the colour.
    pub class: u8,
    /// The area under the curve, for the legend; `None` if it is not defined.
    pub auc: Option<f64>,
    /// Pairs `(false positive rate, true positive rate)`, both in `0..=1`, from (0, 0) to (1, 1).
    pub points: Vec<(f64, f64)>,
}

impl Roc {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let y = svg.paragraph(PAD + 12.0, "strong", &self.title);
        let square = Square::new(look, y - 4.0, (0.0, 1.0));
        square.frame.draw(&mut svg, "false positive rate", "true positive rate");
        square.diagonal(&mut svg);
        let others = self.curves.iter().filter(|c| c.class == OTHER).take(MOST_OTHERS);
        for curve in others.chain(self.curves.iter().filter(|c| c.class != OTHER)) {
            let points = curve.points.iter();
            let d = path(points.map(|(x, y)| (square.frame.x.at(*x), square.frame.y.at(*y))));
            svg.raw(&line(curve.class, &d));
        }
        let (x, y) = square.legend;
        svg.text(x + square.room, y, "muted end", "AUC");
        let auc = |c: &RocCurve| c.auc.map_or("–".into(), |auc| fixed(auc, 4));
        let entries = self.curves.iter().map(|c| (c.class, c.name.as_str(), auc(c)));
        let y = legend::column(&mut svg, (x, y + 22.0), square.room, entries);
        let bottom = square.bottom.max(y - 14.0);
        let y = svg.paragraph(bottom + 28.0, "muted", &self.note);
        let words = self.curves.iter().map(|c| format!("{} {}", c.name, auc(c)));
        let words = format!("Area under the curve: {}.", words.collect::<Vec<_>>().join(", "));
        svg.finish(&self.title, &words, if self.note.is_empty() { bottom } else { y - 18.0 } + PAD)
    }
}

/// The most scenarios without a colour whose lines are drawn: more are one grey area.
pub(crate) const MOST_OTHERS: usize = 60;

/// A scenario's line as SVG.
pub(crate) fn line(class: u8, d: &str) -> String {
    let thin = if class == OTHER { " thin" } else { "" };
    format!(
        "<path class=\"curve stroke {}{thin}\" stroke-dasharray=\"{}\" d=\"{d}\"/>",
        scenario_colour(class),
        legend::dash_of(class)
    )
}

/// A square plot with room for a legend on its right, or below it if the chart is narrow.
pub(crate) struct Square {
    pub frame: ChartFrame,
    /// Left end of the legend's first baseline.
    pub legend: (f64, f64),
    /// Width of the legend in pixels.
    pub room: f64,
    /// Lowest baseline of the plot.
    pub bottom: f64,
}

impl Square {
    /// Makes a plot below `top` with the same domain on both axes.
    pub fn new(look: &Look, top: f64, domain: (f64, f64)) -> Self {
        let wide = look.width - 2.0 * PAD;
        let beside = wide >= 520.0;
        let side = if beside { (0.62 * wide).min(440.0) } else { wide - 8.0 };
        let frame = ChartFrame::new((domain, domain), (PAD, PAD + side), (top, top + side));
        // The numbers on the left took some of the width. The height shrinks by as much, so that
        // the plot is a square.
        let height = frame.x.range.1 - frame.x.range.0 + (frame.y.range.1 - top);
        let frame =
            ChartFrame::new((domain, domain), (PAD, PAD + side), (top, top + height)).alike();
        let (_, right, above, below) = frame.edges();
        let bottom = below + BELOW;
        let room = if beside { wide - side - 32.0 } else { wide };
        let legend = if beside { (right + 32.0, above + 8.0) } else { (PAD, bottom + 28.0) };
        Self { frame, legend, room: room.min(300.0), bottom }
    }

    /// Draws the diagonal, which stands for chance or for predictions that are right.
    pub fn diagonal(&self, svg: &mut Svg) {
        let (left, right, top, bottom) = self.frame.edges();
        svg.line("rule", (left, bottom), (right, top));
    }
}

/// An SVG path through points in pixels. Points that are less than about a pixel from the last one
/// drawn are left out.
fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut d = String::new();
    let mut pen = 'M';
    let mut last = (f64::NEG_INFINITY, 0.0);
    let mut skipped = None;
    for p in points.filter(|p| p.0.is_finite() && p.1.is_finite()) {
        if (p.0 - last.0).abs() + (p.1 - last.1).abs() < 0.7 {
            skipped = Some(p);
            continue;
        }
        d += &format!("{pen}{} {}", px(p.0), px(p.1));
        (pen, last, skipped) = ('L', p, None);
    }
    // The last point is drawn even if it is near the one before it.
    skipped.map_or(d.clone(), |p| format!("{d}L{} {}", px(p.0), px(p.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    fn chart() -> Roc {
        let curve = |name: &str, power: i32, auc| RocCurve {
            name: name.into(),
            class: if power < 3 { OTHER } else { 4 - power as u8 },
            auc,
            points: (0..=2000)
                .map(|i| i as f64 / 2000.0)
                .map(|x| (x, 1.0 - (1.0 - x).powi(power)))
                .collect(),
        };
        Roc {
            title: "ROC in scenario search".into(),
            note: "Test instances; the dashed line is chance.".into(),
            curves: vec![
                curve("ssim", 4, Some(0.8)),
                curve("mt-s", 3, Some(0.75)),
                curve("a method with a long name & more", 2, None),
            ],
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
    fn nothing_to_show_is_no_panic() {
        let odd = RocCurve { points: vec![(f64::NAN, 0.0)], ..RocCurve::default() };
        for chart in [Roc::default(), Roc { curves: vec![odd], ..Roc::default() }] {
            let svg = chart.svg(&Look { width: 60.0, theme: Theme::Auto });
            assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
        }
    }

    #[test]
    fn long_paths_are_thinned_and_keep_their_end() {
        let d = path((0..=10_000).map(|i| (i as f64 / 100.0, 0.0)));
        assert!(d.ends_with("L100 0") && d.matches('L').count() < 160, "{d}");
    }
}
