//! A chart of one metric with intervals: one panel per scenario, and one row per method in it.

mod panel;

use crate::frame::titled;
use crate::number::fixed;
use crate::scale::extent;
use crate::svg::{LINE, PAD, Svg, fitted, text_width};
use crate::theme::Look;

/// A dot-and-interval chart of methods × scenarios.
///
/// Every panel has an axis of its own with three numbers or more. If there is a baseline, the axis shows
/// the difference from it, with a line at 0. A scenario without a number has no panel. Of a single
/// method, there is one panel with a row per scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricsChart {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// A sentence below the panels, for example the kind of intervals and the number of seeds.
    pub note: String,
    /// The panels: name and number of instances of every scenario.
    pub scenarios: Vec<(String, u64)>,
    /// The rows of every panel.
    pub methods: Vec<MethodRow>,
    /// Index of the method from which the differences are taken.
    pub baseline: Option<usize>,
    /// The largest value that the metric can have, such as 1 for an AUC. Axes and intervals end there.
    pub most: Option<f64>,
    /// Whether smaller values are better, as for a loss.
    pub less_is_better: bool,
}

/// One method's row: its name and its numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MethodRow {
    /// The method's name.
    pub name: String,
    /// Whether the method shares instances between scenarios. If so, its dots are filled.
    pub shares: bool,
    /// One estimate per scenario; `None` if the metric is not defined there.
    pub estimates: Vec<Option<Estimate>>,
}

/// A mean with its interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Lower and upper end of the interval; `None` with a single seed.
    pub interval: Option<(f64, f64)>,
    /// The numbers of the single runs, which are drawn as faint dots.
    pub seeds: Vec<f64>,
}

impl Estimate {
    /// The estimate of a single run, which has no interval.
    pub fn single(value: f64) -> Self {
        Self { mean: value, interval: None, seeds: Vec::new() }
    }

    /// All numbers that the chart draws for this estimate.
    fn numbers(&self, most: f64) -> impl Iterator<Item = f64> + '_ {
        let (low, high) = self.interval.unwrap_or((self.mean, self.mean));
        self.seeds.iter().copied().chain([self.mean, low, high.min(most)])
    }
}

/// Height of a row in pixels.
const ROW: f64 = 22.0;
/// Gap between panels in pixels.
const GAP: f64 = 20.0;
/// Width in pixels of a number like "0.1234" at the end of a row.
const VALUE: f64 = 52.0;
/// The least width of a panel in pixels.
const PANEL: f64 = 190.0;

impl MetricsChart {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        match self.methods.as_slice() {
            // The best of several scenarios is no news.
            [method] if self.scenarios.len() > 1 => self.turned(method).drawn(look, false),
            methods => self.drawn(look, methods.len() > 1),
        }
    }

    /// The chart with a row per method; `best` sets the best number of every panel in bold letters.
    fn drawn(&self, look: &Look, best: bool) -> String {
        let mut svg = Svg::new(look);
        let mut y = svg.paragraph(PAD + 12.0, "strong", &self.title) + 6.0;
        let wide = look.width - 2.0 * PAD;
        let names = self.methods.iter().map(|m| text_width(&m.name)).fold(0.0, f64::max);
        let names = (names + 12.0).min(0.34 * wide);
        let (drawn, missing): (Vec<usize>, Vec<usize>) =
            (0..self.scenarios.len()).partition(|k| self.extent(*k).is_some());
        let columns = ((wide - names + GAP) / (PANEL + GAP)).floor();
        let columns = (columns as usize).clamp(1, drawn.len().max(1));
        // The panels are spread evenly over the rows, so that the last row is not much shorter.
        let rows = drawn.len().div_ceil(columns).max(1);
        let columns = drawn.len().div_ceil(rows).max(1);
        let panel = (wide - names + GAP) / columns as f64 - GAP;
        if drawn.is_empty() {
            svg.text(PAD, y + 4.0, "muted", "nothing measured");
            y += LINE + 4.0;
        }
        for line in drawn.chunks(columns) {
            for (i, method) in self.methods.iter().enumerate() {
                let at = y + LINE + ROW * (i as f64 + 0.5);
                svg.text(PAD, at + 4.5, "", &self.named(method, names - 8.0));
            }
            for (column, k) in line.iter().enumerate() {
                let x = PAD + names + column as f64 * (panel + GAP);
                self.panel(&mut svg, *k, (x, y), panel, best);
            }
            y += LINE + ROW * self.methods.len() as f64 + 40.0;
        }
        let names: Vec<_> = missing.iter().map(|k| self.scenarios[*k].0.as_str()).collect();
        if !names.is_empty() && !drawn.is_empty() {
            y = svg.paragraph(y + 4.0, "muted", &format!("Not defined: {}.", names.join(", ")));
        }
        if !self.note.is_empty() {
            y = svg.paragraph(y + 4.0, "muted", &self.note) - LINE;
        } else {
            y -= LINE;
        }
        svg.finish(&self.title, &self.description(), y + PAD)
    }

    /// A method's name within `room` pixels. Without its brackets it may be that of another method.
    fn named(&self, method: &MethodRow, room: f64) -> String {
        let short = |of: &MethodRow| titled(&of.name, room);
        let own = short(method);
        let others = self.methods.iter().filter(|of| of.name != method.name);
        match method.name.split_once('(') {
            Some((_, inner)) if others.map(short).any(|name| name == own) => {
                fitted(&inner.replacen(')', "", 1), room)
            }
            _ => own,
        }
    }

    /// The chart of a single method with its scenarios as rows of one panel.
    fn turned(&self, method: &MethodRow) -> Self {
        let rows =
            self.scenarios.iter().zip(&method.estimates).map(|((name, _), estimate)| MethodRow {
                name: name.clone(),
                shares: method.shares,
                estimates: vec![estimate.clone()],
            });
        let all = self.scenarios.iter().map(|s| s.1).sum();
        Self {
            scenarios: vec![(method.name.clone(), all)],
            methods: rows.collect(),
            baseline: None,
            ..self.clone()
        }
    }

    /// A method's estimate for a scenario; `None` if it is not a number.
    fn estimate(&self, method: usize, k: usize) -> Option<&Estimate> {
        let estimate = self.methods.get(method)?.estimates.get(k)?.as_ref();
        estimate.filter(|e| e.mean.is_finite())
    }

    /// The mean of the baseline in scenario `k`, from which the differences are taken; 0 without one.
    fn zero(&self, k: usize) -> f64 {
        self.baseline.and_then(|b| self.estimate(b, k)).map_or(0.0, |e| e.mean)
    }

    /// The smallest and the largest number of scenario `k`'s panel, from its zero on.
    fn extent(&self, k: usize) -> Option<(f64, f64)> {
        let zero = self.zero(k);
        let most = self.most.unwrap_or(f64::INFINITY);
        let all = (0..self.methods.len()).filter_map(|m| self.estimate(m, k));
        extent(all.flat_map(|e| e.numbers(most)).map(|x| x - zero))
    }

    fn description(&self) -> String {
        let mut out = String::from("Dots are means, filled where the method shares instances.");
        for (k, (name, _)) in self.scenarios.iter().enumerate() {
            let rows = self.methods.iter().map(|m| match m.estimates.get(k) {
                Some(Some(Estimate { mean, interval: Some((low, high)), .. })) => format!(
                    "{} {} ({} to {})",
                    m.name,
                    fixed(*mean, 4),
                    fixed(*low, 4),
                    fixed(*high, 4)
                ),
                Some(Some(e)) => format!("{} {}", m.name, fixed(e.mean, 4)),
                _ => format!("{} not defined", m.name),
            });
            out += &format!(" {name}: {}.", rows.collect::<Vec<_>>().join(", "));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    fn chart(scenarios: &[(&str, u64)]) -> MetricsChart {
        let methods =
            [("st", false), ("mt", false), ("mt-s", true), ("ssim-r", true), ("ssim", true)];
        let methods = methods.iter().enumerate().map(|(i, (name, shares))| MethodRow {
            name: (*name).into(),
            shares: *shares,
            estimates: (0..scenarios.len())
                .map(|k| {
                    let mean = 0.70 + 0.021 * k as f64 + 0.0031 * ((i * (k + 2)) % 5) as f64;
                    (k != 3 || i != 1).then(|| Estimate {
                        mean,
                        interval: Some((mean - 0.002, mean + 0.002)),
                        seeds: vec![mean - 0.0012, mean + 0.0002, mean + 0.001],
                    })
                })
                .collect(),
        });
        MetricsChart {
            title: "AUC per scenario".into(),
            note: "Test AUC as a difference from mt; lines are 95 % intervals over 3 seeds, faint dots the single runs."
                .into(),
            scenarios: scenarios.iter().map(|(n, c)| ((*n).into(), *c)).collect(),
            methods: methods.collect(),
            baseline: Some(1),
            most: Some(1.0),
            less_is_better: false,
        }
    }

    #[test]
    fn the_best_may_be_the_smallest() {
        let strong = |chart: &MetricsChart| {
            let svg = chart.svg(&Look::default());
            let values = svg.lines().filter(|l| l.starts_with("<text class=\"strong end\""));
            values.map(str::to_owned).collect::<Vec<_>>()
        };
        let chart = chart(&FOUR[..1]);
        let other = MetricsChart { less_is_better: true, ..chart.clone() };
        assert_eq!([strong(&chart).len(), strong(&other).len()], [1, 1]);
        assert_ne!(strong(&chart), strong(&other));
    }

    const FOUR: [(&str, u64); 4] =
        [("home", 16_620), ("search", 1_604), ("cart", 1_201), ("detail", 573)];

    #[test]
    fn wide() {
        insta::assert_binary_snapshot!("wide.svg", chart(&FOUR).svg(&Look::default()).into());
    }

    #[test]
    fn narrow_and_dark() {
        let look = Look { width: 342.0, theme: Theme::Dark };
        insta::assert_binary_snapshot!("narrow.svg", chart(&FOUR).svg(&look).into());
    }

    #[test]
    fn many_scenarios_wrap() {
        let names: Vec<String> = (0..7).map(|i| format!("scenario number {i}")).collect();
        let scenarios: Vec<_> = names.iter().map(|n| (n.as_str(), 1000)).collect();
        let look = Look { theme: Theme::Light, ..Look::default() };
        insta::assert_binary_snapshot!("many.svg", chart(&scenarios).svg(&look).into());
    }

    /// The numbers below the panels.
    fn ticks(svg: &str) -> Vec<f64> {
        let texts = svg.lines().filter(|l| l.starts_with("<text class=\"muted middle\""));
        let number =
            |l: &str| l.split('>').nth(1)?.split('<').next()?.replace('−', "-").parse().ok();
        texts.filter_map(number).collect()
    }

    #[test]
    fn every_panel_has_its_own_axis_with_three_numbers_and_a_zero() {
        let mut chart = chart(&FOUR);
        // The numbers of the smallest scenario are ten times as far apart.
        for method in &mut chart.methods {
            let estimate = method.estimates[3].as_mut();
            if let Some(e) = estimate {
                e.mean += 10.0 * (e.mean - 0.763);
            }
        }
        for k in 0..4 {
            let one =
                |m: &MethodRow| MethodRow { estimates: vec![m.estimates[k].clone()], ..m.clone() };
            let alone = MetricsChart {
                scenarios: vec![chart.scenarios[k].clone()],
                methods: chart.methods.iter().map(one).collect(),
                ..chart.clone()
            };
            for width in [342.0, 760.0] {
                let ticks = ticks(&alone.svg(&Look { width, ..Look::default() }));
                assert!(
                    ticks.len() >= 3 && (k == 3 || ticks.contains(&0.0)),
                    "{k} {width}: {ticks:?}"
                );
            }
        }
    }

    #[test]
    fn an_auc_is_never_above_one() {
        let estimate = Estimate { mean: 0.97, interval: Some((0.81, 1.13)), seeds: vec![] };
        let method = MethodRow { name: "m".into(), shares: true, estimates: vec![Some(estimate)] };
        let chart = MetricsChart {
            scenarios: vec![("a".into(), 9)],
            methods: vec![method],
            most: Some(1.0),
            ..MetricsChart::default()
        };
        let ticks = ticks(&chart.svg(&Look::default()));
        assert!(ticks.len() >= 3 && ticks.iter().all(|t| *t <= 1.0), "{ticks:?}");
    }

    #[test]
    fn one_method_is_one_panel_and_an_empty_scenario_none() {
        let all = chart(&FOUR);
        let one =
            MetricsChart { methods: vec![all.methods[1].clone()], baseline: None, ..all.clone() };
        let svg = one.svg(&Look::default());
        assert_eq!(svg.matches("class=\"strong\"").count(), 2, "the heading and one panel");
        assert!(FOUR.iter().all(|(name, _)| svg.contains(&format!(">{name}</text>"))), "{svg}");
        let mut empty = all;
        empty.methods.iter_mut().for_each(|m| m.estimates[2] = None);
        let svg = empty.svg(&Look::default());
        assert!(svg.contains("Not defined: cart.") && !svg.contains(">cart</text>"), "{svg}");
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        for chart in [
            MetricsChart::default(),
            MetricsChart { scenarios: vec![("a".into(), 0)], ..MetricsChart::default() },
            MetricsChart {
                scenarios: vec![("a".into(), 1), ("b".into(), 1)],
                methods: vec![MethodRow {
                    name: "m".into(),
                    shares: false,
                    estimates: vec![Some(Estimate::single(f64::NAN))],
                }],
                baseline: Some(9),
                ..MetricsChart::default()
            },
        ] {
            let svg = chart.svg(&Look::default());
            assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
        }
    }
}
