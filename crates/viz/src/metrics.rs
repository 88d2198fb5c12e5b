//! A chart of one metric with intervals: one panel per scenario, and one row per method in it.

use crate::marks::{colour, mark};
use crate::number::{count, fixed, px};
use crate::scale::{Scale, decimals, extent, nice};
use crate::svg::{BOLD, LINE, PAD, Svg, fitted, text_width};
use crate::theme::Look;

/// A dot-and-interval chart of methods × scenarios.
///
/// Every panel's axis begins at a value of its own, but one step is equally wide in all panels, so
/// distances can be compared across scenarios.
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
    /// Index of the method whose mean is drawn through every panel as a dashed line.
    pub baseline: Option<usize>,
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
    fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        let (low, high) = self.interval.unwrap_or((self.mean, self.mean));
        self.seeds.iter().copied().chain([self.mean, low, high])
    }
}

/// Height of a row in pixels.
const ROW: f64 = 22.0;
/// Gap between panels in pixels.
const GAP: f64 = 20.0;
/// Width in pixels of a number like "0.1234" at the end of a row.
const VALUE: f64 = 52.0;

impl MetricsChart {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let mut y = svg.paragraph(PAD + 12.0, "strong", &self.title) + 6.0;
        let wide = look.width - 2.0 * PAD;
        let names = self.methods.iter().map(|m| text_width(&m.name)).fold(0.0, f64::max);
        let names = (names + 12.0).min(0.34 * wide);
        let columns = ((wide - names + GAP) / (140.0 + GAP)).floor();
        let columns = (columns as usize).clamp(1, self.scenarios.len().max(1));
        // The panels are spread evenly over the rows, so that the last row is not much shorter.
        let rows = self.scenarios.len().div_ceil(columns).max(1);
        let columns = self.scenarios.len().div_ceil(rows).max(1);
        let panel = (wide - names + GAP) / columns as f64 - GAP;
        let step = self.step(panel - VALUE);

        for first in (0..self.scenarios.len()).step_by(columns) {
            for (i, method) in self.methods.iter().enumerate() {
                let at = y + LINE + ROW * (i as f64 + 0.5);
                svg.text(PAD, at + 4.5, "", &fitted(&method.name, names - 8.0));
            }
            for k in first..(first + columns).min(self.scenarios.len()) {
                let x = PAD + names + (k - first) as f64 * (panel + GAP);
                self.panel(&mut svg, k, (x, y), panel, step);
            }
            y += LINE + ROW * self.methods.len() as f64 + 40.0;
        }
        if !self.note.is_empty() {
            y = svg.paragraph(y + 4.0, "muted", &self.note) - LINE;
        } else {
            y -= LINE;
        }
        svg.finish(&self.title, &self.description(), y + PAD)
    }

    /// Draws scenario `k`'s panel with its upper left corner at `(x, y)`.
    fn panel(&self, svg: &mut Svg, k: usize, (x, y): (f64, f64), width: f64, step: f64) {
        let (name, instances) = &self.scenarios[k];
        let short = count(*instances);
        let long = format!("{short} rows");
        let mut texts = [long, short].into_iter();
        let rows = texts.find(|rows| text_width(name) + text_width(rows) + 10.0 <= width);
        // A name beside its count has some room to spare; one that fills the panel has none.
        let room = rows.as_deref().map_or(width / BOLD, |rows| width - text_width(rows));
        svg.text(x, y + 4.0, "strong", &fitted(name, room));
        if let Some(rows) = rows {
            svg.text(x + width, y + 4.0, "muted end", &rows);
        }
        let top = y + LINE - 4.0;
        let bottom = y + LINE + ROW * self.methods.len() as f64;
        let estimates = || self.methods.iter().filter_map(move |m| m.estimates.get(k)?.as_ref());
        let Some((low, high)) = extent(estimates().flat_map(Estimate::numbers)) else {
            svg.text(x, top + LINE, "muted", "not defined");
            return;
        };
        let middle = (low + high) / 2.0;
        let half = self.span() / 2.0;
        let scale = Scale::new((middle - half, middle + half), (x, x + width - VALUE));
        for tick in scale.ticks(step) {
            let at = scale.at(tick);
            svg.line("grid", (at, top), (at, bottom));
            svg.text(at, bottom + 16.0, "muted middle", &fixed(tick, decimals(step)));
        }
        let estimate = |m: &MethodRow| m.estimates.get(k).cloned().flatten();
        if let Some(base) = self.baseline.and_then(|b| estimate(self.methods.get(b)?)) {
            let at = scale.at(base.mean);
            svg.line("rule", (at, top), (at, bottom));
        }
        let ends = extent(estimates().map(|e| e.mean));
        let best = ends.map(|(low, high)| fixed(if self.less_is_better { low } else { high }, 4));
        for (i, method) in self.methods.iter().enumerate() {
            let at = y + LINE + ROW * (i as f64 + 0.5);
            let Some(e) = estimate(method).filter(|e| e.mean.is_finite()) else {
                svg.text(x + width, at + 4.5, "muted end", "–");
                continue;
            };
            if let Some((low, high)) = e.interval {
                let class = format!("whisker stroke {}", colour(i));
                svg.line(&class, (scale.at(low), at), (scale.at(high), at));
            }
            for seed in e.seeds.iter().filter(|s| s.is_finite()) {
                let (cx, cy) = (px(scale.at(*seed)), px(at + 6.5));
                let class = colour(i);
                svg.raw(&format!(
                    "<circle class=\"seed {class}\" cx=\"{cx}\" cy=\"{cy}\" r=\"1.8\"/>"
                ));
            }
            svg.raw(&mark(i, method.shares, scale.at(e.mean), at));
            let value = fixed(e.mean, 4);
            let class = if Some(&value) == best.as_ref() { "strong end" } else { "end" };
            svg.text(x + width, at + 4.5, class, &value);
        }
    }

    /// The smallest round distance between ticks whose labels do not touch on an axis of `width`
    /// pixels.
    fn step(&self, width: f64) -> f64 {
        let mut step = nice(self.span() / 10.0);
        for _ in 0..9 {
            let label = text_width(&fixed(0.0, decimals(step))) + 12.0;
            if step / self.span() * width >= label {
                break;
            }
            step = nice(1.01 * step);
        }
        step
    }

    /// Length of every panel's axis in units of the metric: the widest range of a scenario's
    /// numbers and some room.
    fn span(&self) -> f64 {
        let widest = (0..self.scenarios.len())
            .filter_map(|k| {
                let all = self.methods.iter().filter_map(|m| m.estimates.get(k)?.as_ref());
                extent(all.flat_map(Estimate::numbers)).map(|(low, high)| high - low)
            })
            .fold(0.0, f64::max);
        if widest > 0.0 { 1.2 * widest } else { 0.01 }
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
            note: "Test AUC; lines are 95 % intervals over 3 seeds, faint dots the single runs; dashed: mt."
                .into(),
            scenarios: scenarios.iter().map(|(n, c)| ((*n).into(), *c)).collect(),
            methods: methods.collect(),
            baseline: Some(1),
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
