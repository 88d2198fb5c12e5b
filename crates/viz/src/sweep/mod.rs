//! A chart of a metric against the share ratio. It shows the value of choosing instances well, and
//! the best amount of sharing.

mod policy;

use crate::frame::{BELOW, ChartFrame};
use crate::legend;
use crate::marks::{coloured, dash, tone};
use crate::number::{fixed, percent, px};
use crate::scale::extent;
use crate::svg::{LINE, PAD, Svg};
use crate::theme::Look;
use policy::PolicyReading;
pub use policy::{Dot, Policy};

/// A chart of a metric of several policies at several share ratios. The dots are measured, and have
/// whiskers if they have intervals. The dashed lines between the dots are not measured. Dots of several
/// policies at one ratio stand side by side. A policy with a single dot at ratio 0 or 1 is grey, because
/// it chooses nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SweepChart {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// A sentence below the picture, for example about the kind of intervals.
    pub note: String,
    /// Name of the metric, for example "AUC".
    pub metric: String,
    /// The policies. They differ in tone, dash and mark.
    pub policies: Vec<Policy>,
    /// A ratio in `0..=1` at which all policies are read. It becomes a line in the plot, and the
    /// legend gives the numbers there.
    pub ratio: Option<f64>,
}

/// Height of the plot in pixels.
const HEIGHT: f64 = 280.0;
/// Distance in pixels between dots of two policies at one ratio.
const ASIDE: f64 = 7.0;
/// Width in pixels of a legend beside the plot.
const LEGEND: f64 = 228.0;

impl SweepChart {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let y = svg.paragraph(PAD + 12.0, "strong", &self.title);
        let dots = self.policies.iter().flat_map(Policy::drawn);
        let numbers = dots.flat_map(|d| {
            let (low, high) = d.interval().unwrap_or((d.mean, d.mean));
            [d.mean, low, high]
        });
        let Some((low, high)) = extent(numbers) else {
            svg.text(PAD, y + 8.0, "muted", "nothing measured yet");
            return svg.finish(&self.title, "Nothing measured yet.", y + 16.0 + PAD);
        };
        let beside = look.width >= 600.0;
        let right = look.width - PAD - if beside { LEGEND + 28.0 } else { 2.0 };
        let top = y - 4.0;
        let spare = if high > low { 0.08 * (high - low) } else { 0.005 };
        // Room for the marker's label above all dots.
        let above = if self.ratio().is_some() { 0.09 * (high - low) } else { 0.0 };
        let domain = ((-2.0, 102.0), (low - spare, high + spare + above));
        let frame = ChartFrame::new(domain, (PAD, right), (top, top + LINE + HEIGHT));
        frame.draw(&mut svg, "shared instances, %", &self.metric);
        self.marker(&mut svg, &frame);
        for i in 0..self.policies.len() {
            self.policy(&mut svg, &frame, i);
        }
        let (_, right, top, bottom) = frame.edges();
        let bottom = bottom + BELOW;
        let (x, y, room) = if beside {
            (right + 28.0, top + 8.0, LEGEND)
        } else {
            (PAD, bottom + 28.0, (look.width - 2.0 * PAD).min(300.0))
        };
        let y = self.legend(&mut svg, (x, y), room);
        let y = svg.paragraph(bottom.max(y - 22.0) + 28.0, "muted", &self.key());
        let y = svg.paragraph(y, "muted", &self.note);
        svg.finish(&self.title, &self.description(), y - LINE + PAD)
    }

    /// The ratio to read the policies at; `None` if it is outside `0..=1`.
    fn ratio(&self) -> Option<f64> {
        self.ratio.filter(|r| (0.0..=1.0).contains(r))
    }

    /// Draws the line at the ratio, with its label on the side that has more room.
    fn marker(&self, svg: &mut Svg, frame: &ChartFrame) {
        let Some(ratio) = self.ratio() else { return };
        let at = frame.x.at(100.0 * ratio);
        let (_, _, top, bottom) = frame.edges();
        svg.line("rule", (at, top), (at, bottom));
        let (x, class) = if ratio < 0.5 { (at + 6.0, "muted") } else { (at - 6.0, "muted end") };
        svg.text(x, top + 13.0, class, &percent(ratio));
    }

    /// Draws the `i`-th policy's line, whiskers and dots, and a ring at the crossing of its line
    /// and the marker.
    fn policy(&self, svg: &mut Svg, frame: &ChartFrame, i: usize) {
        let policy = &self.policies[i];
        let colour = self.colour(i);
        let dots = policy.drawn();
        let aside = self.aside(i);
        let at = |ratio: f64, value: f64| {
            // All policies meet where nothing or everything is shared.
            let aside = if ratio > 0.0 && ratio < 1.0 { aside } else { 0.0 };
            (frame.x.at(100.0 * ratio) + aside, frame.y.at(value))
        };
        let corners = dots.iter().map(|d| at(d.ratio, d.mean));
        let d: Vec<_> = corners.map(|(x, y)| format!("{} {}", px(x), px(y))).collect();
        if dots.len() > 1 {
            svg.raw(&between(colour, i, &d.join("L")));
        }
        for dot in &dots {
            if let Some((low, high)) = dot.interval() {
                let class = format!("whisker stroke {colour}");
                svg.line(&class, at(dot.ratio, low), at(dot.ratio, high));
            }
        }
        for dot in &dots {
            let (x, y) = at(dot.ratio, dot.mean);
            svg.raw(&coloured(colour, i, true, x, y));
        }
        if let Some((ratio, PolicyReading::Interpolated(value, _))) =
            self.ratio().map(|r| (r, policy.at(r)))
        {
            let (x, y) = at(ratio, value);
            let (x, y) = (px(x), px(y));
            svg.raw(&format!(
                "<circle class=\"mark hollow {colour}\" cx=\"{x}\" cy=\"{y}\" r=\"3\"/>"
            ));
        }
    }

    /// CSS class of the `i`-th policy's tone.
    fn colour(&self, i: usize) -> &'static str {
        if self.policies[i].is_reference() { "other" } else { tone(i) }
    }

    /// Distance in pixels of the `i`-th policy's dots from their ratio, so that no whisker hides another.
    fn aside(&self, i: usize) -> f64 {
        let chosen = |p: &&Policy| !p.is_reference();
        let n = self.policies.iter().filter(chosen).count();
        let place = self.policies[..i].iter().filter(chosen).count();
        ASIDE * (place as f64 - (n as f64 - 1.0) / 2.0)
    }

    /// Draws the legend of the policies and their values at the ratio. Returns the next baseline.
    fn legend(&self, svg: &mut Svg, (x, y): (f64, f64), room: f64) -> f64 {
        let head = self.ratio().map(|r| format!("{} at {}", self.metric, percent(r)));
        let y = head.map_or(y, |head| {
            svg.text(x + room, y, "muted end", &head);
            y + 22.0
        });
        let key = |svg: &mut Svg, i: usize, (x, y): (f64, f64)| {
            let colour = self.colour(i);
            let y = y - 4.0;
            let (left, middle, right) = (px(x), px(x + 11.0), px(x + 22.0));
            if self.policies[i].drawn().len() > 1 {
                // Two lines begin at the outer ends, so that dashes are visible beside the mark.
                let d = format!("{left} {0}H{middle}M{right} {0}H{middle}", px(y));
                svg.raw(&between(colour, i, &d));
            }
            svg.raw(&coloured(colour, i, true, x + 11.0, y));
        };
        let entries = self.policies.iter().map(|p| {
            let (value, detail) = self.words(p);
            (p.name.as_str(), value, detail)
        });
        legend::details(svg, (x, y), room, key, entries)
    }

    /// A policy's value at the ratio as text, and whether it was measured or interpolated.
    fn words(&self, policy: &Policy) -> (String, String) {
        let Some(ratio) = self.ratio() else { return (String::new(), policy.measured()) };
        match policy.at(ratio) {
            PolicyReading::Measured(dot) => {
                (fixed(dot.mean, 4), format!("measured, {}", dot.seeds()))
            }
            PolicyReading::Interpolated(value, (a, b)) => {
                let (a, b) = (percent(a), percent(b));
                (fixed(value, 4), format!("interpolated, {a} to {b}"))
            }
            PolicyReading::Unknown => ("–".into(), policy.measured()),
        }
    }

    /// A sentence that explains the dots and lines.
    fn key(&self) -> String {
        let seeds = extent(self.policies.iter().flat_map(Policy::drawn).map(|d| d.seeds.into()));
        let seeds = match seeds {
            Some((1.0, 1.0)) => "with 1 seed each".into(),
            Some((a, b)) if a == b => format!("with {a} seeds each"),
            Some((a, b)) => format!("with {a} to {b} seeds each"),
            None => String::new(),
        };
        let lines = self.policies.iter().any(|p| p.drawn().len() > 1);
        let lines = if lines { "; dashed lines: interpolated between measured ratios" } else { "" };
        format!("Dots: measured {seeds}{lines}.")
    }

    fn description(&self) -> String {
        let mut out = format!("{} by shared instances. {}", self.metric, self.key());
        for policy in &self.policies {
            let dots: Vec<_> = policy.drawn().iter().map(Dot::words).collect();
            let dots = if dots.is_empty() { "not measured".into() } else { dots.join("; ") };
            out += &format!(" {}: {dots}.", policy.name);
        }
        if let Some(ratio) = self.ratio() {
            let mut values = Vec::new();
            for policy in &self.policies {
                let (value, detail) = self.words(policy);
                values.push(format!("{} {value} ({detail})", policy.name));
            }
            out += &format!(" At {}: {}.", percent(ratio), values.join(", "));
        }
        out
    }
}

/// The thin line between dots, which is dashed for every series.
fn between(colour: &str, i: usize, d: &str) -> String {
    let dash = dash(1 + i % 4);
    format!(
        "<path class=\"stroke {colour}\" fill=\"none\" stroke-width=\"1.25\" \
         stroke-dasharray=\"{dash}\" d=\"M{d}\"/>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    fn chart(ratio: Option<f64>) -> SweepChart {
        let policy = |name: &str, ratios: &[f64], peak: f64, half: f64| Policy {
            name: name.into(),
            dots: ratios
                .iter()
                .map(|r| {
                    let mean = 0.7042 + 0.0044 * r + peak * r * (1.0 - r);
                    let seeds = if *r == 0.5 { 3 } else { 5 };
                    Dot { ratio: *r, mean, interval: Some((mean - half, mean + half)), seeds }
                })
                .collect(),
        };
        let ratios = [0.1, 0.2, 0.3, 0.5, 0.7, 0.9];
        SweepChart {
            title: "What choosing instances is worth".into(),
            note: "Whiskers: 95\u{a0}% intervals over seeds.".into(),
            metric: "AUC".into(),
            policies: vec![
                policy("ssim", &ratios, 0.052, 0.0011),
                policy("random", &ratios, 0.012, 0.0014),
                policy("planted", &ratios[1..4], 0.07, 0.0008),
                policy("none", &[0.0], 0.0, 0.0012),
                policy("all", &[1.0], 0.0, 0.0012),
            ],
            ratio,
        }
    }

    #[test]
    fn wide() {
        let svg = chart(Some(0.42)).svg(&Look::default());
        insta::assert_binary_snapshot!("wide.svg", svg.into());
    }

    #[test]
    fn narrow_and_dark() {
        let look = Look { width: 320.0, theme: Theme::Dark };
        insta::assert_binary_snapshot!("narrow.svg", chart(Some(0.7)).svg(&look).into());
    }

    #[test]
    fn without_a_marker() {
        let look = Look { theme: Theme::Light, ..Look::default() };
        insta::assert_binary_snapshot!("free.svg", chart(None).svg(&look).into());
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        let dot = |ratio, mean| Dot { ratio, mean, interval: Some((f64::NAN, 1.0)), seeds: 0 };
        for dots in [vec![], vec![dot(2.0, 1.0), dot(0.5, f64::NAN)], vec![dot(0.5, 0.5)]] {
            let policies = vec![Policy { name: "p".into(), dots }, Policy::default()];
            for ratio in [None, Some(0.5), Some(f64::NAN), Some(7.0)] {
                let chart =
                    SweepChart { policies: policies.clone(), ratio, ..SweepChart::default() };
                let svg = chart.svg(&Look { width: 60.0, theme: Theme::Auto });
                assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
            }
        }
    }
}
