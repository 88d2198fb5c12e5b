//! Views as HTML. The page inserts them, and says which rows are shared and selected; see
//! [`protocol::Drawing`](crate::protocol::Drawing).

mod detail;
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
            Drawing::Trial => trial::trial(shared, selected, &detail),
            Drawing::Row => row::row(self, text.parse().ok().filter(|row| *row < n)?),
        })
    }

    /// The rows that match a rule, as `ssim rows` finds them. `shared` has a flag per row, or none.
    pub fn matched(&self, rule: String, shared: &[bool]) -> MatchedRows {
        let n = self.inspection.sample.len();
        let shared = if shared.len() == n { shared } else { &[] };
        let schema = &self.artifact.header.schema;
        let find =
            |read: Rule| chosen(&read, &self.inspection.sample, schema, &self.columns, shared);
        let rows = rule.parse().map_err(|error: ssim_viz::RuleError| error.to_string());
        MatchedRows { rows: rows.and_then(find), rule }
    }

    /// The id of a row's value of a field, within the field.
    fn id(&self, row: usize, field: usize) -> u32 {
        self.inspection.sample.ids_of(row)[field] - self.offsets[field]
    }

    /// A column of the sample by its name, `[n]`.
    fn column(&self, name: &str) -> Option<&[f32]> {
        self.columns.iter().find(|c| c.0 == name).map(|c| c.1.as_slice())
    }

    /// The scenarios' names for readers.
    fn scenario_names(&self) -> Vec<String> {
        let names = self.artifact.header.schema.scenarios.iter();
        names.map(|name| ssim_figure::scenario(name)).collect()
    }
}
