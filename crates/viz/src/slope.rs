//! A slope chart: what each scenario gains or loses from one method to another.

use crate::frame::titled;
use crate::legend;
use crate::marks::{coloured, dash, tone};
use crate::metrics::Estimate;
use crate::number::{fixed, px, signed};
use crate::order::rising;
use crate::scale::{Scale, extent};
use crate::spread::spread;
use crate::svg::{BOLD, LINE, PAD, Svg, fitted, text_width};
use crate::theme::Look;

/// A slope chart with one line per scenario. The line is solid if the scenario gains and dashed if it
/// loses, and its difference has an arrow and a sign.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slope {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// A sentence below the picture; empty if there is nothing to say.
    pub note: String,
    /// The two methods from left to right: name, and whether the method shares instances between
    /// scenarios. If it does, its dots are filled.
    pub methods: [(String, bool); 2],
    /// The scenarios, in any order.
    pub changes: Vec<Change>,
    /// Whether smaller values are better, as for a loss.
    pub less_is_better: bool,
}

/// One scenario's numbers with both methods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// The scenario's name.
    pub scenario: String,
    /// The estimate of each method; `None` if the metric is not defined. The numbers of single
    /// seeds are not drawn.
    pub estimates: [Option<Estimate>; 2],
}

impl Change {
    /// Both estimates, if both means are finite.
    fn ends(&self) -> Option<[&Estimate; 2]> {
        let [Some(a), Some(b)] = &self.estimates else { return None };
        (a.mean.is_finite() && b.mean.is_finite()).then_some([a, b])
    }
}

/// The ends of an estimate's interval. Without a finite interval, both ends are the mean.
fn interval(e: &Estimate) -> (f64, f64) {
    e.interval.filter(|(a, b)| a.is_finite() && b.is_finite()).unwrap_or((e.mean, e.mean))
}

/// A scenario's line, ready to be drawn.
struct Drawn<'a> {
    scenario: &'a str,
    /// 0 if the scenario gains, 1 if it loses, 2 if neither.
    kind: usize,
    estimates: [&'a Estimate; 2],
    difference: String,
}

impl Drawn<'_> {
    /// The difference after an arrow that points up if it is a gain.
    fn pointed(&self) -> String {
        format!("{}{}", ["▲ ", "▼ ", ""][self.kind], self.difference)
    }
}

/// Distance in pixels between labels and plot: room for the thin lines that connect them.
const LEAD: f64 = 22.0;
/// Names are written on both sides only if the plot stays at least this wide, in pixels.
const LEAST: f64 = 170.0;
/// Distance in pixels that a dot moves aside if another dot or its interval is in the way.
const ASIDE: f64 = 9.0;

impl Slope {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let y = svg.paragraph(PAD + 12.0, "strong", &self.title);
        let lines: Vec<_> = self.changes.iter().filter_map(|c| self.line(c)).collect();
        let ends = lines.iter().flat_map(|l| l.estimates).flat_map(|e| {
            let (low, high) = interval(e);
            [low, e.mean, high]
        });
        let Some(domain) = extent(ends) else {
            svg.text(PAD, y + 8.0, "muted", "nothing to compare");
            return svg.finish(&self.title, "Nothing to compare.", y + 16.0 + PAD);
        };
        let kinds = self.kinds(&lines);
        let y = legend::rows(&mut svg, look.width, y + 4.0, kinds.iter().map(String::as_str));

        // If the chart is narrow, the numbers go below the names.
        let stacked = look.width < 520.0;
        let gap = if stacked { 3.0 * LINE + 2.0 } else { LINE };
        let wide = look.width - 2.0 * PAD;
        let widest = |text: &dyn Fn(&Drawn) -> String| {
            lines.iter().map(|l| text_width(&text(l))).fold(0.0, f64::max)
        };
        let names = widest(&|l| l.scenario.into()).min(0.3 * wide);
        let values = [0, 1].map(|side| widest(&|l| fixed(l.estimates[side].mean, 4)));
        // Differences are bold, and bold letters are wider.
        let differences = 1.16 * widest(&|l| l.pointed());
        let (before, behind) = if stacked {
            (names.max(values[0]), names.max(values[1]).max(differences))
        } else {
            (names + 10.0 + values[0], values[1] + 10.0 + differences)
        };
        // Names on both sides, if there is room, save the reader from following one line among
        // many.
        let again = (wide - before - behind - 2.0 * LEAD - LEAST - 12.0).min(names);
        let both = !stacked && again >= names.min(60.0);
        let right = look.width - PAD - if both { again + 12.0 } else { 0.0 };
        let xs = [PAD + before + LEAD, right - behind - LEAD];
        let top = y + LINE - 2.0;
        // On a narrow chart the names on the right stand above their numbers, and below the heading.
        let below = if stacked { LINE } else { 0.0 };
        let bottom = top + below + (gap * (lines.len() as f64 - 1.0) + 20.0).max(220.0);
        let scale = Scale::new(domain, (bottom - 10.0, top + 10.0));

        for (x, (name, _)) in xs.iter().zip(&self.methods) {
            svg.line("grid", (*x, top), (*x, bottom));
            let name = titled(name, if stacked { (wide / 2.0 - 8.0) / BOLD } else { wide });
            let half = BOLD * text_width(&name) / 2.0;
            let x = x.min(look.width - PAD - half).max(PAD + half);
            svg.text(x, top - 8.0, "strong middle", &name);
        }
        let dots = [0, 1].map(|side| self.dots(&lines, side, &scale, xs[side]));
        for (side, x) in [xs[0] - LEAD, xs[1] + LEAD].into_iter().enumerate() {
            let wanted: Vec<_> = dots[side].iter().map(|d| d.1).collect();
            let places = spread(&wanted, gap, (top + 10.0 + below * side as f64, bottom - 10.0));
            for ((line, dot), at) in lines.iter().zip(&dots[side]).zip(places) {
                let inner = if side == 0 { x + 5.0 } else { x - 5.0 };
                svg.raw(&lead((inner, at), (xs[side], dot.1), *dot));
                let value = fixed(line.estimates[side].mean, 4);
                let (up, down) = if stacked { (-3.0, LINE - 5.0) } else { (4.5, 4.5) };
                if side == 1 {
                    // On a narrow chart the name stands above its numbers on this side too.
                    let (aside, up) = match stacked {
                        true => {
                            svg.text(x, at + up - LINE + 4.0, "", &fitted(line.scenario, names));
                            (x, up + 4.0)
                        }
                        false => (x + values[1] + 10.0, up),
                    };
                    svg.text(x, at + up, "muted", &value);
                    svg.text(
                        aside,
                        at + down + if stacked { 4.0 } else { 0.0 },
                        "strong",
                        &line.pointed(),
                    );
                    if both {
                        svg.text(right + 12.0, at + up, "", &fitted(line.scenario, again));
                    }
                    continue;
                }
                let aside = if stacked { x } else { x - values[0] - 10.0 };
                svg.text(aside, at + up, "end", &fitted(line.scenario, names));
                svg.text(x, at + down, "muted end", &value);
            }
        }
        for (i, line) in lines.iter().enumerate() {
            self.draw(&mut svg, line, &scale, [dots[0][i], dots[1][i]]);
        }
        let y = svg.paragraph(bottom + LINE + 8.0, "muted", &self.missing());
        let y = svg.paragraph(y, "muted", &self.note);
        svg.finish(&self.title, &self.description(&lines), y - LINE + PAD)
    }

    /// The line of a scenario; `None` if one of its estimates is missing.
    fn line<'a>(&self, change: &'a Change) -> Option<Drawn<'a>> {
        let estimates = change.ends()?;
        let difference = estimates[1].mean - estimates[0].mean;
        let text = signed(difference, 4);
        // A difference that is written as zero counts as no change.
        let kind = match text.starts_with(['+', '−']) {
            false => 2,
            true => usize::from((difference < 0.0) != self.less_is_better),
        };
        Some(Drawn { scenario: &change.scenario, kind, estimates, difference: text })
    }

    /// The entries of the legend: how many scenarios gain, how many lose, and how many do neither
    /// if there are any.
    fn kinds(&self, lines: &[Drawn]) -> Vec<String> {
        let mut entries = Vec::new();
        for (kind, word) in ["▲ gain", "▼ loss", "no change"].into_iter().enumerate() {
            let n = lines.iter().filter(|l| l.kind == kind).count();
            if kind < 2 || n > 0 {
                entries.push(format!("{word}: {n}"));
            }
        }
        entries
    }

    /// Positions of one side's dots in pixels `[lines]`. A dot stands at `x`, or aside if it would
    /// cover another dot or its interval.
    fn dots(&self, lines: &[Drawn], side: usize, scale: &Scale, x: f64) -> Vec<(f64, f64)> {
        let mean = |i: usize| lines[i].estimates[side].mean;
        // The lower end, in pixels, of everything placed so far in each column.
        let mut columns = [f64::NEG_INFINITY; 5];
        let mut dots = vec![(x, 0.0); lines.len()];
        for i in rising(lines.len(), &|i| -mean(i)) {
            let y = scale.at(mean(i));
            let (low, high) = interval(lines[i].estimates[side]);
            let (from, to) = (scale.at(high).min(y - 6.0), scale.at(low).max(y + 6.0));
            let free = columns.iter().position(|taken| *taken + 1.0 < from);
            let column = free.unwrap_or_else(|| lowest(&columns));
            columns[column] = columns[column].max(to);
            let aside = ASIDE * column as f64;
            dots[i] = (if side == 0 { x + aside } else { x - aside }, y);
        }
        dots
    }

    /// Draws a scenario's line with its dots and intervals.
    fn draw(&self, svg: &mut Svg, line: &Drawn, scale: &Scale, dots: [(f64, f64); 2]) {
        let class = tone(line.kind);
        let dash = dash(line.kind);
        let [(x1, y1), (x2, y2)] = dots.map(|(x, y)| (px(x), px(y)));
        svg.raw(&format!(
            "<path class=\"curve stroke {class}\" stroke-dasharray=\"{dash}\" \
             d=\"M{x1} {y1}L{x2} {y2}\"/>"
        ));
        for (side, (x, y)) in dots.into_iter().enumerate() {
            let (low, high) = interval(line.estimates[side]);
            if low < high {
                let whisker = format!("whisker stroke {class}");
                svg.line(&whisker, (x, scale.at(low)), (x, scale.at(high)));
            }
            svg.raw(&coloured(class, line.kind, self.methods[side].1, x, y));
        }
    }

    /// A sentence that names the scenarios without a line; empty if every scenario has one.
    fn missing(&self) -> String {
        let missing = self.changes.iter().filter(|c| c.ends().is_none());
        let names: Vec<_> = missing.map(|c| c.scenario.as_str()).collect();
        if names.is_empty() { String::new() } else { format!("Not defined: {}.", names.join(", ")) }
    }

    fn description(&self, lines: &[Drawn]) -> String {
        let [from, to] = &self.methods;
        let mut out = format!("From {} to {} per scenario.", from.0, to.0);
        for line in lines {
            let kind = ["gains", "loses", "no change"][line.kind];
            let [from, to] = line.estimates.map(words);
            out += &format!(" {}: {from} to {to}, {} ({kind}).", line.scenario, line.difference);
        }
        out += &format!(" {}", self.missing());
        out.trim_end().into()
    }
}

/// An estimate as text, with its interval if it has one.
fn words(estimate: &Estimate) -> String {
    let mean = fixed(estimate.mean, 4);
    let (low, high) = interval(estimate);
    if low < high { format!("{mean} ({} to {})", fixed(low, 4), fixed(high, 4)) } else { mean }
}

/// Index of the smallest number.
fn lowest(numbers: &[f64]) -> usize {
    (0..numbers.len()).min_by(|a, b| numbers[*a].total_cmp(&numbers[*b])).unwrap_or(0)
}

/// The thin line from a label to the axis, and from there horizontally to a dot that stands aside.
fn lead(label: (f64, f64), axis: (f64, f64), dot: (f64, f64)) -> String {
    let from = format!("{} {}", px(label.0), px(label.1));
    let to = px(axis.1);
    format!(
        "<path class=\"stroke neutral\" fill=\"none\" stroke-width=\".75\" stroke-opacity=\".5\" d=\"M{from}L{} {to}H{}\"/>",
        px(axis.0),
        px(dot.0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    fn change(scenario: &str, from: f64, difference: f64, half: f64) -> Change {
        let estimate = |mean: f64| {
            let interval = (half > 0.0).then_some((mean - half, mean + half));
            Some(Estimate { mean, interval, seeds: Vec::new() })
        };
        Change { scenario: scenario.into(), estimates: [from, from + difference].map(estimate) }
    }

    fn chart(changes: Vec<Change>) -> Slope {
        Slope {
            title: "AUC without and with shared instances".into(),
            note: "Test AUC; whiskers: 95\u{a0}% intervals over 5 seeds.".into(),
            methods: [("mt".into(), false), ("ssim".into(), true)],
            changes,
            less_is_better: false,
        }
    }

    fn some() -> Vec<Change> {
        let lost = Change { estimates: [None, None], ..change("checkout", 0.0, 0.0, 0.0) };
        vec![
            change("home", 0.7215, 0.0062, 0.0012),
            change("search", 0.7011, 0.0187, 0.002),
            change("cart", 0.7004, 0.0094, 0.0024),
            change("detail", 0.7102, -0.0031, 0.0018),
            change("a_scenario_of_a_long_name", 0.7116, 0.00001, 0.0016),
            lost,
        ]
    }

    #[test]
    fn wide() {
        insta::assert_binary_snapshot!("wide.svg", chart(some()).svg(&Look::default()).into());
    }

    #[test]
    fn narrow_and_dark() {
        let look = Look { width: 320.0, theme: Theme::Dark };
        insta::assert_binary_snapshot!("narrow.svg", chart(some()).svg(&look).into());
    }

    #[test]
    fn many_scenarios_near_each_other() {
        let many = (0..16).map(|i| {
            let (from, by) = (0.66 + 0.0007 * (i * i % 23) as f64, 0.001 * ((i * 7 % 11) as f64));
            change(&format!("scenario {i}"), from, by - 0.003, 0.0)
        });
        let look = Look { width: 600.0, theme: Theme::Light };
        insta::assert_binary_snapshot!("many.svg", chart(many.collect()).svg(&look).into());
    }

    #[test]
    fn on_a_narrow_chart_long_names_of_methods_lose_their_brackets() {
        let methods = [("no sharing (mt)".into(), false), ("chosen rows (ssim) 70 %".into(), true)];
        let changes = vec![change("a", 0.7, 0.01, 0.002)];
        let chart = Slope { methods, changes, ..Slope::default() };
        let heads = |width: f64| {
            let svg = chart.svg(&Look { width, theme: Theme::Light });
            ["no sharing", "chosen rows"].map(|name| svg.contains(&format!(">{name}</text>")))
        };
        assert_eq!([heads(342.0)[1], heads(760.0)[1]], [true, false]);
    }

    #[test]
    fn a_fall_of_a_loss_is_a_gain() {
        let chart = Slope { less_is_better: true, ..chart(vec![change("home", 0.4, -0.01, 0.0)]) };
        let svg = chart.svg(&Look::default());
        assert!(svg.contains("gain: 1") && svg.contains("0.4000 to 0.3900, −0.0100 (gains)"));
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        let odd = change("odd", f64::NAN, 0.0, 0.0);
        for changes in [vec![], vec![odd.clone()], vec![odd, change("one", 0.5, 0.0, 0.0)]] {
            let svg = chart(changes).svg(&Look { width: 60.0, theme: Theme::Auto });
            assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
        }
    }
}
