//! A chart of the networks' outputs for a row, now and before the row was changed.

use crate::marks::coloured;
use crate::number::fixed;
use crate::scale::Scale;
use crate::svg::{LINE, PAD, Svg, fitted, text_width};
use crate::theme::Look;

/// A chart of a row's share score on a gauge, and of every tower's click probability as a bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhatIf {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// A sentence below the bars; empty if there is nothing to say.
    pub note: String,
    /// The share score; `None` without a selector.
    pub gauge: Option<Gauge>,
    /// The towers, from top to bottom.
    pub towers: Vec<Tower>,
}

/// A row's share score among the scores of all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gauge {
    /// The row's score now.
    pub now: f64,
    /// The row's score before it was changed.
    pub before: f64,
    /// The lowest and the highest score of all rows.
    pub range: (f64, f64),
    /// The lowest score of a shared row; `None` if no row is shared.
    pub threshold: Option<f64>,
}

/// One tower's click probability.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tower {
    /// The name of the tower's scenario.
    pub name: String,
    /// The click probability now, in `0..=1`.
    pub now: f64,
    /// The click probability before the row was changed.
    pub before: f64,
    /// Whether it is the tower of the row's own scenario.
    pub own: bool,
}

/// Height of a bar in pixels.
const BAR: f64 = 14.0;
/// Distance from one bar to the next in pixels.
const ROW: f64 = 26.0;

impl Gauge {
    fn words(&self) -> &'static str {
        match self.threshold {
            Some(threshold) if self.now >= threshold => "shared with every tower",
            Some(_) => "private to its scenario",
            None => "no row is shared",
        }
    }
}

impl Tower {
    fn value(&self) -> String {
        let percent = |p: f64| format!("{}\u{a0}%", fixed(100.0 * p, 2));
        let (now, before) = (percent(self.now), percent(self.before));
        if self.now == self.before { now } else { format!("{now}, was {before}") }
    }
}

impl WhatIf {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let mut y = svg.paragraph(PAD + 12.0, "strong", &self.title) + 8.0;
        if let Some(gauge) = &self.gauge {
            y = draw(gauge, &mut svg, look.width, y);
        }
        y = self.bars(&mut svg, look.width, y);
        if !self.note.is_empty() {
            y = svg.paragraph(y + LINE - 4.0, "muted", &self.note) - LINE;
        }
        svg.finish(&self.title, &self.description(), y + PAD)
    }

    /// Draws a bar for every tower from baseline `y` on. Returns the lower end.
    fn bars(&self, svg: &mut Svg, width: f64, y: f64) -> f64 {
        svg.text(PAD, y, "", "click probability by tower");
        let y = y + 12.0;
        let names = self.towers.iter().map(|t| text_width(&t.name)).fold(0.0, f64::max);
        let values = self.towers.iter().map(|t| text_width(&t.value())).fold(0.0, f64::max);
        let left = PAD + (1.16 * names).min(0.3 * width) + 12.0;
        let right = (width - PAD - values - 12.0).max(left + 24.0);
        let probabilities = self.towers.iter().flat_map(|t| [t.now, t.before]);
        let largest = probabilities.filter(|p| p.is_finite()).fold(1e-6, f64::max);
        let scale = Scale::new((0.0, largest), (left, right));
        for (i, tower) in self.towers.iter().enumerate() {
            let top = y + i as f64 * ROW;
            let base = top + BAR - 2.5;
            let name = fitted(&tower.name, left - PAD - 10.0);
            svg.text(PAD, base, if tower.own { "strong" } else { "" }, &name);
            svg.text(width - PAD, base, "muted end", &tower.value());
            let class = if tower.own { "mark neutral filled" } else { "mark neutral hollow" };
            if tower.now > 0.0 {
                svg.rect(class, (left, top), (scale.at(tower.now) - left, BAR), 3.0);
            }
            if tower.now != tower.before && tower.before.is_finite() {
                let at = scale.at(tower.before);
                svg.line("rule", (at, top - 4.0), (at, top + BAR + 4.0));
            }
        }
        y + self.towers.len() as f64 * ROW
    }

    fn description(&self) -> String {
        let score = self.gauge.map_or(String::new(), |g| {
            let was = match g.now == g.before {
                true => String::new(),
                false => format!(", was {}", fixed(g.before, 3)),
            };
            format!("Share score {}{was}: {}. ", fixed(g.now, 3), g.words())
        });
        let towers = self.towers.iter().map(|t| format!("{} {}", t.name, t.value()));
        let towers = towers.collect::<Vec<_>>().join("; ");
        format!("{score}Click probability by tower: {towers}.")
    }
}

/// Draws the score between the lowest and the highest. Returns the next baseline.
fn draw(gauge: &Gauge, svg: &mut Svg, width: f64, y: f64) -> f64 {
    svg.text(PAD, y, "", "share score");
    let words = format!("{} · {}", fixed(gauge.now, 3), gauge.words());
    svg.text(width - PAD, y, "muted end", &words);
    let middle = y + LINE + 4.0;
    let all = [gauge.now, gauge.before].into_iter().chain(gauge.threshold);
    let all = all.filter(|z| z.is_finite());
    let domain = all.fold(gauge.range, |(low, high), z| (low.min(z), high.max(z)));
    let scale = Scale::new(domain, (PAD + 6.0, width - PAD - 6.0));
    svg.line("grid", (PAD, middle), (width - PAD, middle));
    if let Some(threshold) = gauge.threshold.filter(|t| t.is_finite()) {
        let at = scale.at(threshold);
        svg.line("rule", (at, middle - 11.0), (at, middle + 11.0));
        let near = at > width / 2.0;
        let (x, class) = if near { (at - 6.0, "muted end") } else { (at + 6.0, "muted") };
        svg.text(x, middle + LINE + 4.0, class, "shared from here on");
    }
    let shared = gauge.threshold.is_some_and(|t| gauge.now >= t);
    if gauge.before != gauge.now && gauge.before.is_finite() {
        let (from, to) = (scale.at(gauge.before), scale.at(gauge.now));
        svg.line("rule", (from, middle), (to, middle));
        svg.line("whisker stroke plain", (from, middle - 5.0), (from, middle + 5.0));
    }
    if gauge.now.is_finite() {
        svg.raw(&coloured("plain", 0, shared, scale.at(gauge.now), middle));
    }
    middle + 2.0 * LINE + 12.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    fn chart(score: f64, factor: f64) -> WhatIf {
        let tower = |(i, p): (usize, &f64)| Tower {
            name: format!("scenario {}", i + 1),
            now: factor * p,
            before: *p,
            own: i == 1,
        };
        WhatIf {
            title: "What the networks say about row 17".into(),
            note: String::new(),
            gauge: Some(Gauge {
                now: score,
                before: 0.4,
                range: (-1.2, 2.3),
                threshold: Some(0.9),
            }),
            towers: [0.031, 0.052, 0.044].iter().enumerate().map(tower).collect(),
        }
    }

    #[test]
    fn as_it_was() {
        let look = Look { theme: Theme::Light, ..Look::default() };
        insta::assert_binary_snapshot!("before.svg", chart(0.4, 1.0).svg(&look).into());
    }

    #[test]
    fn changed_narrow_and_dark() {
        let look = Look { width: 320.0, theme: Theme::Dark };
        insta::assert_binary_snapshot!("changed.svg", chart(1.5, 1.5).svg(&look).into());
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        let nan =
            Gauge { now: f64::NAN, before: 0.0, range: (f64::MAX, f64::MIN), threshold: None };
        let tower = Tower { now: f64::NAN, before: 0.1, ..Tower::default() };
        for gauge in [None, Some(nan), Some(Gauge::default())] {
            for towers in [vec![], vec![tower.clone(); 2]] {
                let chart = WhatIf { gauge, towers, ..WhatIf::default() };
                let svg = chart.svg(&Look { width: 60.0, theme: Theme::Auto });
                assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
            }
        }
    }
}
