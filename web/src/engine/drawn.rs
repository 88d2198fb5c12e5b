//! Views as HTML. The page inserts them, and says which rows are shared and selected; see
//! [`protocol::Drawing`](crate::protocol::Drawing).

mod detail;
mod fields;
pub mod html;
mod profile;
mod row;
mod rows;
mod transfer;
mod trial;

use super::Engine;
use crate::protocol::{DrawWanted, Drawing, MatchedRows};
use detail::Detail;
use ssim_figure::chosen;
use ssim_viz::Rule;
use std::cmp::Ordering;

/// Fewest rows of a value or of a pair of scenarios that are compared.
const LEAST: usize = 20;
/// Most lines of a table.
const LINES: usize = 40;

impl Engine {
    /// Draws a view. `None` if the flags of the rows are not as many as the rows, as those of another file are.
    pub fn draw(&self, wanted: &DrawWanted) -> Option<String> {
        let n = self.inspection.sample.len();
        let DrawWanted { drawing, detail, shared, selected } = wanted;
        let fits = |flags: &[bool]| flags.is_empty() || flags.len() == n;
        if !fits(shared) || !fits(selected) {
            return None;
        }
        let text = detail;
        let detail = Detail::parse(text);
        Some(match drawing {
            Drawing::Profile => profile::profile(self, shared, &detail),
            Drawing::Transfer => transfer::transfer(self, shared, &detail),
            Drawing::Rows => rows::rows(self, (shared, selected), &detail),
            Drawing::Fields => fields::fields(self, shared, selected),
            Drawing::Trial => trial::trial(shared, selected, &detail),
            Drawing::Row => row::row(self, text.parse().ok().filter(|row| *row < n)?),
        })
    }

    /// The rows that match a rule, as `ssim rows` finds them. `shared` has a flag per row, or none.
    pub fn matched(&self, rule: String, shared: &[bool]) -> MatchedRows {
        let n = self.inspection.sample.len();
        let shared = if shared.len() == n { shared } else { &[] };
        let schema = &self.artifact.header.schema;
        let find = |read: Rule| {
            chosen(&read, &self.inspection.sample, schema, self.sample.columns(), shared)
        };
        let rows = rule.parse().map_err(|error: ssim_viz::RuleError| error.to_string());
        MatchedRows { rows: rows.and_then(find), rule }
    }

    /// The id of a row's value of a field, within the field.
    fn id(&self, row: usize, field: usize) -> u32 {
        self.inspection.sample.ids_of(row)[field] - self.offsets[field]
    }

    /// A column of the sample by its name, `[n]`.
    fn column(&self, name: &str) -> Option<&[f32]> {
        self.sample.column(name)
    }

    /// The scenarios' names for readers.
    pub(super) fn scenario_names(&self) -> Vec<String> {
        let names = self.artifact.header.schema.scenarios.iter();
        names.map(|name| ssim_figure::scenario(name)).collect()
    }
}

/// The order of two values: numbers by their size and before other texts.
fn as_numbers(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => x.total_cmp(&y),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_core::mask::Pool;

    const DEMO: &[u8] = include_bytes!("../../../static/demo.ssim");

    fn cell(line: &str, place: usize) -> u64 {
        let cell = line.split("<td>").nth(place).expect("a cell").split('<').next();
        cell.expect("a number").replace(',', "").parse().expect("a number")
    }

    /// A click on a value of the profile selects as many rows as its line says.
    #[test]
    fn a_button_selects_the_rows_of_its_line() {
        let engine = Engine::open(DEMO).expect("the demo");
        let ranking = engine.inspection.orders().ranking(Default::default(), Pool::Scenario);
        let shared = ranking.and_then(|ranking| ranking.cut(0.5).ok()).expect("a list");
        for (drawing, rows_at) in [(Drawing::Profile, 1), (Drawing::Transfer, 2)] {
            let wanted = DrawWanted { drawing, shared: shared.clone(), ..Default::default() };
            let html = engine.draw(&wanted).expect("a view");
            let lines: Vec<&str> =
                html.split("<tr>").filter(|line| line.contains("data-add")).collect();
            assert!(lines.len() > 3, "{html}");
            for line in lines {
                let rule = line.split("data-add=\"").nth(1).and_then(|rest| rest.split('"').next());
                let rule = rule.expect("a rule").replace("&quot;", "\"").replace("&amp;", "&");
                let rows = engine.matched(rule.clone(), &shared).rows.expect("rows");
                let n = rows.iter().filter(|row| **row).count() as u64;
                assert_eq!(n, cell(line, rows_at), "{rule}");
            }
        }
    }

    #[test]
    fn flags_of_another_file_and_rows_that_are_not_there_have_no_view() {
        let engine = Engine::open(DEMO).expect("the demo");
        let wanted = |drawing, detail: &str, shared| DrawWanted {
            drawing,
            detail: detail.into(),
            shared,
            selected: Vec::new(),
        };
        assert_eq!(engine.draw(&wanted(Drawing::Profile, "", vec![true])), None);
        let n = engine.inspection.sample.len();
        for detail in ["", "x", "-1", &n.to_string()] {
            assert_eq!(engine.draw(&wanted(Drawing::Row, detail, Vec::new())), None);
        }
        // Choices that make no sense are left out.
        for detail in ["f=99&p=7777&s=-99&v=1.x.99&q=", "&&==&n=-1", "q=\u{fffe}<&\""] {
            for drawing in [
                Drawing::Profile,
                Drawing::Transfer,
                Drawing::Rows,
                Drawing::Fields,
                Drawing::Trial,
            ] {
                let html = engine.draw(&wanted(drawing, detail, vec![true; n])).expect("a view");
                assert!(!html.contains("<&") && html.starts_with("<p"), "{html}");
            }
        }
    }
}
