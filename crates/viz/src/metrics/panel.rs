//! The panel of one scenario: a row per method on an axis of its own.

use super::{MetricsChart, ROW, VALUE};
use crate::axis::axis;
use crate::marks::coloured;
use crate::number::{count, fixed, px, signed};
use crate::scale::{Scale, decimals, extent};
use crate::svg::{BOLD, LINE, Svg, fitted, text_width};

impl MetricsChart {
    /// Draws scenario `k`'s panel with its upper left corner at `(x, y)`.
    pub(super) fn panel(
        &self,
        svg: &mut Svg,
        k: usize,
        (x, y): (f64, f64),
        width: f64,
        best: bool,
    ) {
        let (name, instances) = &self.scenarios[k];
        let short = count(*instances);
        let long = format!("{short} rows");
        let mut texts = [long, short].into_iter();
        let rows = texts.find(|rows| BOLD * text_width(name) + text_width(rows) + 10.0 <= width);
        // A long name takes the whole width of its panel.
        let room = rows.as_deref().map_or(width, |rows| width - text_width(rows) - 8.0) / BOLD;
        svg.text(x, y + 4.0, "strong", &fitted(name, room));
        if let Some(rows) = rows {
            svg.text(x + width, y + 4.0, "muted end", &rows);
        }
        let top = y + LINE - 4.0;
        let bottom = y + LINE + ROW * self.methods.len() as f64;
        let Some(numbers) = self.extent(k) else { return };
        let zero = self.zero(k);
        let apart = self.baseline.is_some_and(|b| self.estimate(b, k).is_some());
        let most = self.most.unwrap_or(f64::INFINITY);
        let (domain, step) = axis(numbers, most - zero, width - VALUE);
        let scale = Scale::new(domain, (x, x + width - VALUE));
        for tick in scale.ticks(step) {
            let at = scale.at(tick);
            let is_zero = apart && tick.abs() < 0.5 * step;
            svg.line(if is_zero { "cut stroke plain" } else { "grid" }, (at, top), (at, bottom));
            let number = if apart { signed } else { fixed };
            let text = if is_zero { "0".into() } else { number(tick, decimals(step)) };
            svg.text(at, bottom + 16.0, "muted middle", &text);
        }
        let means = || (0..self.methods.len()).filter_map(|m| self.estimate(m, k)).map(|e| e.mean);
        let best = extent(means()).filter(|_| best);
        let best = best.map(|(low, high)| fixed(if self.less_is_better { low } else { high }, 4));
        for (i, method) in self.methods.iter().enumerate() {
            let at = y + LINE + ROW * (i as f64 + 0.5);
            let Some(e) = self.estimate(i, k) else {
                svg.text(x + width, at + 4.5, "muted end", "–");
                continue;
            };
            let place = |value: f64| scale.at((value.min(most) - zero).clamp(domain.0, domain.1));
            if let Some((low, high)) = e.interval.filter(|(a, b)| a.is_finite() && b.is_finite()) {
                svg.line("whisker stroke plain", (place(low), at), (place(high), at));
            }
            for seed in e.seeds.iter().filter(|s| s.is_finite()) {
                let (cx, cy) = (px(place(*seed)), px(at + 6.5));
                svg.raw(&format!(
                    "<circle class=\"seed plain\" cx=\"{cx}\" cy=\"{cy}\" r=\"1.8\"/>"
                ));
            }
            svg.raw(&coloured("plain", 0, method.shares, place(e.mean), at));
            let value = fixed(e.mean, 4);
            let class = if Some(&value) == best.as_ref() { "strong end" } else { "end" };
            svg.text(x + width, at + 4.5, class, &value);
        }
    }
}
