//! A picture of many scenarios: how the share scores of each are spread, and which of them are shared.

use crate::map::cut_class;
use crate::marks::scenario_colour;
use crate::number::{count, fixed, px};
use crate::picks::OTHER;
use crate::scale::{Scale, decimals, extent, nice};
use crate::shares::ScenarioCounts;
use crate::svg::{LINE, PAD, Svg, fitted, text_width};
use crate::theme::Look;

/// A chart with a row per scenario: its scores as a histogram whose shared part is filled, and a line at
/// its lowest shared score. All rows have the same axis; a histogram is as high as its row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strips<'a> {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// A sentence below the rows; empty if there is nothing to say.
    pub note: String,
    /// Name of the scores.
    pub x: String,
    /// Name, counts and colour of every scenario `[K]`.
    pub scenarios: Vec<ScenarioCounts>,
    /// The scenarios that are drawn, from top to bottom, as indices.
    pub order: Vec<usize>,
    /// Scores of the rows `[n]`. A score that is not finite is left out.
    pub scores: &'a [f32],
    /// Scenarios of the rows as indices `[n]`.
    pub of: &'a [u16],
    /// Whether each row is shared `[n]`.
    pub shared: &'a [bool],
}

/// Height of a row, and of the highest bar in it, in pixels.
const ROW: f64 = 26.0;
const BAR: f64 = 20.0;
/// Width of a bar in pixels.
const WIDE: f64 = 5.0;

/// Numbers of a scenario's rows by score.
struct Histogram {
    /// Private and shared rows of every bar.
    bars: Vec<[u32; 2]>,
    /// The lowest score of a shared row.
    cut: f64,
}

impl Strips<'_> {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let top = svg.paragraph(PAD + 12.0, "strong", &self.title);
        let Some(domain) = extent(self.scores.iter().map(|s| f64::from(*s))) else {
            svg.text(PAD, top + 8.0, "muted", "no scores");
            return svg.finish(&self.title, "No scores.", top + 16.0 + PAD);
        };
        let wide = look.width - 2.0 * PAD;
        let drawn = || self.order.iter().filter_map(|k| self.scenarios.get(*k));
        let names = drawn()
            .map(|s| text_width(&s.scenario))
            .fold(40.0, f64::max)
            .min(if wide < 400.0 { 0.36 } else { 0.28 } * wide);
        let counts = drawn().map(|s| text_width(&words(s))).fold(text_width(HEAD), f64::max);
        let (left, right) = (PAD + names + 12.0, look.width - PAD - counts - 12.0);
        let right = right.max(left + 40.0);
        let scale = Scale::new(domain, (left, right));
        svg.text(look.width - PAD, top, "muted end", HEAD);
        let numbers = top;
        let top = top + 8.0;
        let bottom = top + ROW * self.order.len() as f64;
        let step = nice((domain.1 - domain.0) / ((right - left) / 50.0).clamp(3.0, 10.0));
        for tick in scale.ticks(step) {
            let at = scale.at(tick);
            svg.line("grid", (at, top), (at, bottom));
            // Above the strips, where they are seen before a reader scrolls.
            svg.text(at, numbers, "muted middle", &fixed(tick, decimals(step)));
        }
        let bars = (((right - left) / WIDE) as usize).max(8);
        for (place, (k, histogram)) in
            self.order.iter().zip(self.histograms(domain, bars)).enumerate()
        {
            let Some(share) = self.scenarios.get(*k) else { continue };
            let base = top + ROW * (place as f64 + 1.0) - 3.0;
            svg.text(PAD, base - 4.0, "", &fitted(&share.scenario, names));
            svg.text(look.width - PAD, base - 4.0, "muted end", &words(share));
            svg.line("grid", (left, base), (right, base));
            let colour = scenario_colour(share.class);
            for (d, filling) in histogram.paths((left, right), base).iter().zip(["filled", "open"])
            {
                if !d.is_empty() {
                    svg.raw(&format!("<path class=\"strip {colour} {filling}\" d=\"{d}\"/>"));
                }
            }
            if histogram.cut.is_finite() {
                let at = scale.at(histogram.cut);
                svg.line(cut_class(OTHER), (at, base - BAR - 2.0), (at, base));
            }
        }
        let y = svg.paragraph(bottom + LINE + 4.0, "muted", &self.note);
        svg.finish(&self.title, &self.description(), y - LINE + PAD)
    }

    /// The histograms of the drawn scenarios, with `bars` bars on `domain`.
    fn histograms(&self, (low, high): (f64, f64), bars: usize) -> Vec<Histogram> {
        let mut place = vec![usize::MAX; self.scenarios.len()];
        for (i, k) in self.order.iter().enumerate() {
            if let Some(place) = place.get_mut(*k) {
                *place = i;
            }
        }
        let empty = || Histogram { bars: vec![[0; 2]; bars], cut: f64::INFINITY };
        let mut all: Vec<Histogram> = self.order.iter().map(|_| empty()).collect();
        let width = (high - low).max(f64::MIN_POSITIVE);
        for (i, (score, k)) in self.scores.iter().zip(self.of).enumerate() {
            let here = place.get(usize::from(*k)).and_then(|place| all.get_mut(*place));
            let (Some(here), true) = (here, score.is_finite()) else { continue };
            let score = f64::from(*score);
            let bar = ((score - low) / width * bars as f64) as usize;
            let shared = self.shared.get(i).copied().unwrap_or(false);
            here.bars[bar.min(bars - 1)][usize::from(shared)] += 1;
            if shared {
                here.cut = here.cut.min(score);
            }
        }
        all
    }

    fn description(&self) -> String {
        let rows = self.order.iter().filter_map(|k| self.scenarios.get(*k));
        let rows = rows.map(|s| format!("{} {}", s.scenario, words(s))).collect::<Vec<_>>();
        format!("The {} of every scenario's rows. Shared of all: {}.", self.x, rows.join(", "))
    }
}

impl Histogram {
    /// The bars above a base line as two SVG paths: those of shared rows, and the private ones upon them.
    fn paths(&self, (left, right): (f64, f64), base: f64) -> [String; 2] {
        let highest = self.bars.iter().map(|b| b[0] + b[1]).max().unwrap_or(0).max(1);
        let wide = (right - left) / self.bars.len() as f64;
        let mut paths = [String::new(), String::new()];
        for (i, [private, shared]) in self.bars.iter().enumerate() {
            let x = px(left + i as f64 * wide);
            // A single row is seen too.
            let up = |n: u32| {
                if n == 0 { 0.0 } else { (BAR * f64::from(n) / f64::from(highest)).max(1.5) }
            };
            let (filled, hollow) = (up(*shared), up(*private));
            for (d, from, high) in [(0, base, filled), (1, base - filled, hollow)] {
                if high > 0.0 {
                    let (side, high) = (px(wide - 1.0), px(high));
                    paths[d] += &format!("M{x} {}h{side}v-{high}h-{side}z", px(from));
                }
            }
        }
        paths
    }
}

/// Heading above the counts.
const HEAD: &str = "shared / all";

fn words(share: &ScenarioCounts) -> String {
    format!("{} / {}", count(share.shared), count(share.instances))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picks::{by_size, classes, largest};
    use crate::theme::Theme;

    fn scenarios(k: usize) -> Vec<ScenarioCounts> {
        let sizes: Vec<u64> = (0..k as u64).map(|k| 10 + (k * 37) % 101).collect();
        let classes = classes(k, largest(&sizes));
        let one = |k: usize| ScenarioCounts {
            scenario: format!("placement {k}"),
            instances: sizes[k],
            shared: sizes[k] / 3,
            class: classes[k],
        };
        (0..k).map(one).collect()
    }

    fn svg(k: usize, look: &Look) -> String {
        let scenarios = scenarios(k);
        let sizes: Vec<u64> = scenarios.iter().map(|s| s.instances).collect();
        let of: Vec<u16> = (0..900).map(|i| (i % k) as u16).collect();
        let scores: Vec<f32> = (0..900).map(|i| ((i * 7919) % 907) as f32 / 907.0).collect();
        let shared: Vec<bool> = scores.iter().map(|s| *s > 0.6).collect();
        let strips = Strips {
            title: "Scores by scenario".into(),
            note: "Filled: shared.".into(),
            x: "share score".into(),
            order: by_size(&sizes),
            scenarios,
            scores: &scores,
            of: &of,
            shared: &shared,
        };
        strips.svg(look)
    }

    #[test]
    fn twelve() {
        insta::assert_binary_snapshot!("twelve.svg", svg(12, &Look::default()).into());
    }

    #[test]
    fn every_scenario_has_its_row_and_four_have_colours() {
        for k in [2, 12, 60, 300] {
            for width in [342.0, 900.0] {
                let svg = svg(k, &Look { width, theme: Theme::Light });
                assert_eq!(svg.matches(">place").count(), k);
                let coloured =
                    (0..4).filter(|c| svg.contains(&format!("strip c{c} filled"))).count();
                assert_eq!(coloured, k.min(4));
                assert_eq!(svg.contains("strip other"), k > 4);
            }
        }
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        let odd =
            Strips { scores: &[f32::NAN, 1.0], of: &[7, 9], order: vec![3], ..Strips::default() };
        for chart in [Strips::default(), odd] {
            let svg = chart.svg(&Look { width: 60.0, theme: Theme::Auto });
            assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
        }
    }
}
