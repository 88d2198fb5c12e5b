//! A bar chart of how many instances of each scenario are shared.

use crate::marks::scenario_colour;
use crate::number::{count, fixed};
use crate::svg::{LINE, PAD, Svg, fitted, text_width};
use crate::theme::Look;

/// A chart with one bar per scenario. The filled part of a bar is shared, the hollow part private.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// A sentence below the bars; empty if there is nothing to say.
    pub note: String,
    /// The scenarios, from top to bottom.
    pub scenarios: Vec<ScenarioCounts>,
}

/// Number of instances of one scenario, and how many of them are shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScenarioCounts {
    /// The scenario's name.
    pub scenario: String,
    /// Number of the scenario's instances.
    pub instances: u64,
    /// Number of the instances that every tower sees.
    pub shared: u64,
    /// The class that gives its colour, as [`classes`](crate::classes) says.
    pub class: u8,
}

impl ScenarioCounts {
    /// The shared fraction of the scenario's instances, in `0..=1`.
    fn part(&self) -> f64 {
        part(self.shared, self.instances)
    }

    /// The counts and the fraction as text.
    fn words(&self) -> String {
        let percent = fixed(100.0 * self.part(), 1);
        format!("{} of {} · {percent}\u{a0}%", count(self.shared), count(self.instances))
    }
}

fn part(shared: u64, instances: u64) -> f64 {
    if instances == 0 { 0.0 } else { (shared as f64 / instances as f64).min(1.0) }
}

/// Height of a bar in pixels.
const BAR: f64 = 14.0;

impl Shares {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let mut y = svg.paragraph(PAD + 12.0, "strong", &self.title);
        y = legend(&mut svg, y + 4.0);

        let names = self.scenarios.iter().map(|s| text_width(&s.scenario)).fold(0.0, f64::max);
        let words = self.scenarios.iter().map(|s| text_width(&s.words())).fold(0.0, f64::max);
        let wide = look.width - 2.0 * PAD;
        // If the chart is narrow, the text goes above the bar and not beside it.
        let beside = names.min(0.3 * wide) + words + 24.0 <= 0.62 * wide;
        let left = PAD + if beside { names.min(0.3 * wide) + 12.0 } else { 0.0 };
        let right = look.width - PAD - if beside { words + 12.0 } else { 0.0 };
        let row = if beside { 26.0 } else { BAR + LINE + 12.0 };

        let all = part(
            self.scenarios.iter().map(|s| s.shared).sum(),
            self.scenarios.iter().map(|s| s.instances).sum(),
        );
        let at = left + all * (right - left);
        for share in &self.scenarios {
            let bar = if beside { y } else { y + LINE - 2.0 };
            let base = if beside { y + BAR - 2.5 } else { y + 11.0 };
            let room = if beside { left - PAD - 10.0 } else { wide - words - 12.0 };
            svg.text(PAD, base, "", &fitted(&share.scenario, room));
            svg.text(look.width - PAD, base, "muted end halo", &share.words());
            let full = right - left;
            let filled = share.part() * full;
            let colour = scenario_colour(share.class);
            svg.rect(&format!("mark {colour} hollow"), (left, bar), (full, BAR), 3.0);
            if filled > 0.0 {
                svg.rect(&format!("mark {colour} filled"), (left, bar), (filled, BAR), 3.0);
            }
            if self.scenarios.len() > 1 {
                // Every filled part would end at this line if all scenarios shared equally.
                svg.line("rule", (at, bar - 4.0), (at, bar + BAR + 4.0));
            }
            y += row;
        }
        if self.scenarios.len() > 1 {
            let label = format!("all scenarios {}\u{a0}%", fixed(100.0 * all, 1));
            let fits = at + text_width(&label) / 2.0 <= look.width - PAD;
            let x = if fits { at.max(PAD + text_width(&label) / 2.0) } else { look.width - PAD };
            svg.text(x, y + 9.0, if fits { "muted middle" } else { "muted end" }, &label);
            y += LINE;
        }
        if !self.note.is_empty() {
            y = svg.paragraph(y + LINE - 4.0, "muted", &self.note) - LINE;
        }
        svg.finish(&self.title, &self.description(), y + PAD)
    }

    fn description(&self) -> String {
        let rows = self.scenarios.iter().map(|s| format!("{}: {}", s.scenario, s.words()));
        format!("Shared instances per scenario. {}.", rows.collect::<Vec<_>>().join("; "))
    }
}

/// Draws the samples of shared and private. Returns the next baseline.
fn legend(svg: &mut Svg, y: f64) -> f64 {
    let mut x = PAD;
    for (class, label) in [("mark neutral filled", "shared"), ("mark neutral hollow", "private")] {
        svg.rect(class, (x + 1.0, y - 10.0), (11.0, 11.0), 2.0);
        svg.text(x + 18.0, y, "muted", label);
        x += 18.0 + text_width(label) + 16.0;
    }
    y + 16.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picks::OTHER;
    use crate::theme::Theme;

    fn chart() -> Shares {
        let share = |scenario: &str, instances, shared, class| ScenarioCounts {
            scenario: scenario.into(),
            instances,
            shared,
            class,
        };
        Shares {
            title: "Instances that every tower sees".into(),
            note: "Chosen by the selection network at a ratio of 30\u{a0}% over all scenarios."
                .into(),
            scenarios: vec![
                share("home", 83_112, 20_444, 0),
                share("search", 8_020, 5_313, 1),
                share("cart", 6_004, 2_904, 2),
                share("a & b", 2_864, 2, OTHER),
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
    fn inside_a_page_it_brings_no_style_of_its_own() {
        let svg = chart().svg(&Look { width: 500.0, theme: Theme::Inherit });
        assert!(!svg.contains("<style") && !svg.contains("class=\"ground\""));
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        let svg = Shares::default().svg(&Look::default());
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"));
        let empty = Shares { scenarios: vec![ScenarioCounts::default()], ..Shares::default() };
        assert!(empty.svg(&Look::default()).contains("0 of 0 · 0.0\u{a0}%"));
    }
}
