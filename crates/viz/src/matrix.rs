//! The share matrix: how many instances of each scenario every tower sees.

use crate::colour::{Rgb, css, diverging, is_dark, sequential};
use crate::number::{count, fixed, percent, px, signed};
use crate::scale::extent;
use crate::svg::{LINE, PAD, Svg, escape, fitted, text_width};
use crate::theme::Look;

/// A table of numbers in coloured cells. The cell in row i and column j counts the instances of
/// scenario i that tower j sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShareMatrix {
    /// The heading, which is also the picture's accessible name.
    pub title: String,
    /// A sentence below the table; empty if there is nothing to say.
    pub note: String,
    /// Names of the scenarios, one row each.
    pub scenarios: Vec<String>,
    /// Names of the towers, one column each.
    pub towers: Vec<String>,
    /// The cells, row by row `[scenarios, towers]`. A cell that is `None` or missing is empty.
    pub cells: Vec<Option<MatrixCell>>,
    /// Whether the values are amounts or differences.
    pub values: MatrixValues,
    /// Meaning of the colours, for example "part of the scenario's instances".
    pub meaning: String,
}

/// One cell of a [`ShareMatrix`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MatrixCell {
    /// Number of instances.
    pub instances: u64,
    /// The value that is written in the cell and gives it its colour: a fraction of 1, which is written
    /// in percent, or a difference, which is written in thousandths. A value that is not finite gives no
    /// colour.
    pub value: f64,
}

/// The kind of values in a [`ShareMatrix`], which decides their colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MatrixValues {
    /// Amounts: from dark blue at zero to yellow at the largest value.
    #[default]
    Amounts,
    /// Differences: the darker, the larger. The number in the cell has the sign. The scale is as long on
    /// one side as on the other.
    Differences,
}

impl MatrixValues {
    /// The colour of a value on a scale that ends at `largest`.
    fn colour(self, value: f64, largest: f64) -> Rgb {
        let part = if largest > 0.0 { value / largest } else { 0.0 };
        match self {
            MatrixValues::Amounts => sequential(part as f32),
            MatrixValues::Differences => diverging(part as f32),
        }
    }
}

/// Height of a row of cells in pixels.
const ROW: f64 = 34.0;
/// The size of small numbers as a part of that of others, as in `chart.css`.
const TINY: f64 = 0.8;
/// Gap between cells in pixels.
const GAP: f64 = 2.0;

impl ShareMatrix {
    /// The chart as a complete SVG document.
    pub fn svg(&self, look: &Look) -> String {
        let mut svg = Svg::new(look);
        let y = svg.paragraph(PAD + 12.0, "strong", &self.title) + 2.0;
        let wide = look.width - 2.0 * PAD;
        let names = self.scenarios.iter().map(|n| text_width(n)).fold(60.0, f64::max) + 12.0;
        let left = PAD + names.min(0.3 * wide);
        let columns = self.towers.len().max(1) as f64;
        let cell = ((look.width - PAD - left) / columns).min(120.0);
        // Names that have no room, not even upright, are those of the rows, and in the same order.
        let named = cell >= LINE || self.widest_tower() <= cell - 4.0;
        let seen = if named { "seen by tower" } else { "seen by tower, in the order of the rows" };
        svg.text(left, y, "muted", &fitted(seen, look.width - PAD - left));
        let top = match named {
            true => self.heads(&mut svg, (left, y + LINE), cell),
            false => y + 8.0,
        };
        svg.text(PAD, top - 8.0, "muted", &fitted("instances", left - PAD - 8.0));
        let largest = self.largest();
        for (i, name) in self.scenarios.iter().enumerate() {
            let y = top + i as f64 * ROW;
            svg.text(PAD, y + ROW / 2.0 + 3.5, "", &fitted(name, left - PAD - 10.0));
            for j in 0..self.towers.len() {
                self.cell(&mut svg, (i, j), (left + j as f64 * cell, y), cell, largest);
            }
        }
        let mut y = top + self.scenarios.len() as f64 * ROW + LINE + 4.0;
        if largest > 0.0 {
            y = self.scale(&mut svg, (left, y), largest, look.width - PAD - left);
        }
        if !self.note.is_empty() {
            y = svg.paragraph(y + 4.0, "muted", &self.note);
        }
        svg.finish(&self.title, &self.description(), y - LINE + PAD)
    }

    fn get(&self, (i, j): (usize, usize)) -> Option<MatrixCell> {
        self.cells.get(i * self.towers.len() + j).copied().flatten()
    }

    /// The value at the end of the scale: the largest one, or of differences the largest size.
    fn largest(&self) -> f64 {
        let sizes = self.cells.iter().flatten().map(|c| match self.values {
            MatrixValues::Amounts => c.value,
            MatrixValues::Differences => c.value.abs(),
        });
        extent(sizes).map_or(0.0, |e| e.1)
    }

    /// Width in pixels of the widest name of a tower.
    fn widest_tower(&self) -> f64 {
        self.towers.iter().map(|n| text_width(n)).fold(0.0, f64::max)
    }

    /// Draws the towers' names from baseline `y` on, turned upright if they do not fit side by
    /// side. Returns the lower end.
    fn heads(&self, svg: &mut Svg, (left, y): (f64, f64), cell: f64) -> f64 {
        let widest = self.widest_tower();
        let upright = widest > cell - 4.0;
        let room = widest.min(100.0);
        let bottom = if upright { y + room - 12.0 } else { y };
        for (j, name) in self.towers.iter().enumerate() {
            let at = left + (j as f64 + 0.5) * cell;
            match upright {
                false => svg.text(at, y, "middle", &fitted(name, cell - 4.0)),
                true => svg.raw(&format!(
                    "<text transform=\"translate({} {})rotate(-90)\">{}</text>",
                    px(at + 4.5),
                    px(bottom),
                    escape(&fitted(name, room))
                )),
            }
        }
        bottom + 8.0
    }

    /// Draws the cell `at` (row, column), with its upper left corner at `(x, y)`.
    fn cell(
        &self,
        svg: &mut Svg,
        at: (usize, usize),
        (x, y): (f64, f64),
        width: f64,
        largest: f64,
    ) {
        let size = (width - GAP, ROW - GAP);
        let Some(cell) = self.get(at) else {
            return svg.text(x + width / 2.0, y + ROW / 2.0 + 3.5, "muted middle", "–");
        };
        let colour = cell.value.is_finite().then(|| self.values.colour(cell.value, largest));
        // A cell may be too narrow for its number, so a tooltip gives the full text.
        let title = escape(&self.words(at, &cell));
        let (class, fill) = match colour {
            Some(colour) => ("cell", format!(" fill=\"{}\"", css(colour))),
            None => ("ground", String::new()),
        };
        svg.raw(&format!(
            "<rect class=\"{class}\"{fill} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\">\
             <title>{title}</title></rect>",
            px(x + GAP / 2.0),
            px(y + GAP / 2.0),
            px(size.0),
            px(size.1)
        ));
        let text = match self.values {
            _ if colour.is_none() => [String::new(), String::new()],
            MatrixValues::Amounts => [self.number(cell.value), fixed(100.0 * cell.value, 0)],
            MatrixValues::Differences => [self.number(cell.value), signed(1000.0 * cell.value, 0)],
        };
        // The estimate of a text's width is generous. A number without its end would lie, so in a narrow
        // cell it is written small.
        let fits = |t: &&String, small: f64| 0.9 * small * text_width(t) <= size.0;
        let normal = text.iter().find(|t| fits(t, 1.0)).map(|t| (t, ""));
        let small = || Some((&text[1], " tiny")).filter(|(t, _)| fits(t, TINY));
        if let Some((text, tiny)) = normal.or_else(small) {
            let tone = colour.map_or("", |c| if is_dark(c) { "on-dark " } else { "on-light " });
            // The number lets the pointer through to the cell below it, which has the tooltip.
            svg.text(
                x + width / 2.0,
                y + ROW / 2.0 + 4.5,
                &format!("{tone}middle through{tiny}"),
                text,
            );
        }
    }

    /// Draws the scale of colours and its meaning. Returns the next baseline.
    fn scale(&self, svg: &mut Svg, (x, y): (f64, f64), largest: f64, room: f64) -> f64 {
        let low = if self.values == MatrixValues::Amounts { 0.0 } else { -largest };
        let steps = 24;
        let low_text = self.number(low);
        let high_text = self.number(largest);
        let wide =
            (room - text_width(&low_text) - text_width(&high_text) - 16.0).clamp(24.0, 160.0);
        let first = x + text_width(&low_text) + 8.0;
        svg.text(first - 8.0, y, "muted end", &low_text);
        for i in 0..steps {
            let part = (i as f64 + 0.5) / steps as f64;
            let colour = css(self.values.colour(low + part * (largest - low), largest));
            let step = wide / steps as f64;
            svg.raw(&format!(
                "<rect class=\"cell\" fill=\"{colour}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"10\"/>",
                px(first + i as f64 * step),
                px(y - 9.5),
                px(step + 0.5)
            ));
        }
        svg.text(first + wide + 8.0, y, "muted", &high_text);
        svg.text(x, y + LINE, "muted", &fitted(&self.meaning, room));
        y + 2.0 * LINE
    }

    /// A value as text: a fraction in percent, a difference in thousandths.
    fn number(&self, value: f64) -> String {
        match self.values {
            MatrixValues::Amounts => percent(value),
            MatrixValues::Differences => signed(1000.0 * value, 1),
        }
    }

    fn words(&self, (i, j): (usize, usize), cell: &MatrixCell) -> String {
        let value = if cell.value.is_finite() { self.number(cell.value) } else { "–".into() };
        let n = count(cell.instances);
        format!("{} to tower {}: {n} ({value})", self.scenarios[i], self.towers[j])
    }

    fn description(&self) -> String {
        let mut cells = Vec::new();
        for i in 0..self.scenarios.len() {
            for j in 0..self.towers.len() {
                if let Some(cell) = self.get((i, j)) {
                    cells.push(self.words((i, j), &cell));
                }
            }
        }
        let cells = cells.join("; ");
        format!("Instances that a tower sees, in brackets {}. {cells}.", self.meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    fn chart(names: &[&str], values: MatrixValues) -> ShareMatrix {
        let n = names.len();
        let cell = |i: usize, j: usize| {
            let shared = if i == j { 1.0 } else { [0.25, 0.66, 0.48, 0.1][i % 4] };
            let instances = ([83_112, 8_020, 6_004, 1_200_864][i % 4] as f64 * shared) as u64;
            let change = 0.004 * ((3 * i + 5 * j) % 7) as f64 - 0.01;
            let value = if values == MatrixValues::Amounts { shared } else { change };
            (i != 2 || j != 1).then_some(MatrixCell { instances, value })
        };
        ShareMatrix {
            title: "Instances that each tower sees".into(),
            note: "Every tower sees its own scenario's instances and those that are shared.".into(),
            scenarios: names.iter().map(|n| (*n).into()).collect(),
            towers: names.iter().map(|n| (*n).into()).collect(),
            cells: (0..n * n).map(|c| cell(c / n, c % n)).collect(),
            values,
            meaning: match values {
                MatrixValues::Amounts => "part of the scenario's instances".into(),
                MatrixValues::Differences => {
                    "mean change of the tower's logloss, in thousandths".into()
                }
            },
        }
    }

    const FOUR: [&str; 4] = ["home", "search", "cart", "a & b"];

    #[test]
    fn amounts_wide() {
        let svg = chart(&FOUR, MatrixValues::Amounts).svg(&Look::default());
        insta::assert_binary_snapshot!("amounts.svg", svg.into());
    }

    #[test]
    fn differences_narrow_and_dark() {
        let look = Look { width: 342.0, theme: Theme::Dark };
        let svg = chart(&FOUR, MatrixValues::Differences).svg(&look);
        insta::assert_binary_snapshot!("differences.svg", svg.into());
    }

    #[test]
    fn many_scenarios_on_a_narrow_chart() {
        let names: Vec<String> = (0..9).map(|i| format!("scenario {i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let svg =
            chart(&names, MatrixValues::Amounts).svg(&Look { width: 342.0, theme: Theme::Light });
        insta::assert_binary_snapshot!("many.svg", svg.into());
    }

    #[test]
    fn every_cell_has_its_number() {
        let names: Vec<String> = (0..12).map(|i| format!("scenario {i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for values in [MatrixValues::Amounts, MatrixValues::Differences] {
            let svg = chart(&names, values).svg(&Look { width: 400.0, theme: Theme::Light });
            let numbers = svg.lines().filter(|l| l.contains("middle through")).count();
            assert_eq!(numbers + svg.matches(">–<").count(), 144);
        }
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        let odd = MatrixCell { instances: 1, value: f64::NAN };
        for (cells, n) in [(vec![], 0), (vec![], 2), (vec![Some(odd), None], 2)] {
            let names = vec![String::from("s"); n];
            let chart = ShareMatrix {
                scenarios: names.clone(),
                towers: names,
                cells,
                ..ShareMatrix::default()
            };
            let svg = chart.svg(&Look { width: 60.0, theme: Theme::Auto });
            assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
        }
    }
}
