//! Parses TOML into a [`TableSchema`]. Error messages name the place and suggest a correction.

use crate::cell_rules::NA_VALUES;
use crate::error::{Error, Result};
use crate::layout::{FieldKind, Quirks, SplitRule, TableSchema};
use crate::table::cell_keys::CellKeys;
use crate::table::field_keys::FieldKeys;
use crate::words::{closest, hint};
use serde::Deserialize;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The keys of a schema.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaKeys {
    label: String,
    scenario: String,
    positive: Option<Vec<String>>,
    threshold: Option<f64>,
    na_values: Option<Vec<String>>,
    delimiter: Option<String>,
    header: Option<Vec<String>>,
    #[serde(rename = "field")]
    fields: Vec<FieldKeys>,
    split: SplitRule,
}

impl TableSchema {
    /// Parses and checks a schema. `source` is the file's name for messages.
    ///
    /// ```
    /// use ssim_data::table::TableSchema;
    /// let text = r#"
    ///     label = "click"
    ///     scenario = "tab"
    ///     [[field]]
    ///     name = "user_id"
    ///     [split]
    ///     random = { train = 0.8, val = 0.1, test = 0.1 }
    /// "#;
    /// assert_eq!(TableSchema::parse(text, "log.toml")?.fields[0].min_count, 2);
    /// # Ok::<_, ssim_data::Error>(())
    /// ```
    ///
    /// # Errors
    /// The text is not TOML, a key is unknown or missing, or values contradict each other.
    pub fn parse(text: &str, source: &str) -> Result<Self> {
        let keys: SchemaKeys = toml::from_str(text).map_err(|e| {
            let start = e.span().map_or(0, |s| s.start.min(text.len()));
            let before = &text[..start];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            // A log in place of a schema, JSON or YAML; or a part of the schema is not there.
            let whole =
                match text.parse::<toml::Table>().is_err() || e.message().starts_with("missing") {
                    true => "; a schema is TOML, as `ssim init LOG` writes it",
                    false => "",
                };
            let hint = toml_hint(e.message());
            Error::Config(format!("{source}:{line}:{column}: {}{hint}{whole}", e.message()))
        })?;
        let SchemaKeys { label, scenario, fields, split, .. } = keys;
        let SchemaKeys { positive, threshold, na_values, delimiter, header, .. } = keys;
        let (fields, times): (Vec<_>, Vec<_>) = fields.into_iter().map(FieldKeys::split).unzip();
        let times = times.into_iter().flatten().collect();
        let cells = CellKeys { positive, threshold, na_values, delimiter, header, times };
        let cells = cells.rules(source, &NA_VALUES)?;
        let (source, quirks) = (source.to_owned(), Quirks::default());
        let schema = Self { source, label, scenario, fields, split, cells, quirks };
        schema.check()?;
        Ok(schema)
    }

    /// All columns that a reader needs: the fields, the scenario, the label and the split column,
    /// in this order.
    #[cfg(feature = "table")]
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        let fields = self.fields.iter().map(|f| self.cells.column_of(&f.name));
        fields.chain([self.scenario.as_str(), self.label.as_str()]).chain(self.split.column())
    }

    /// Checks that the values do not contradict each other.
    fn check(&self) -> Result<()> {
        let fail = |what: String| Err(Error::Config(format!("{}: {what}", self.source)));
        if self.fields.is_empty() {
            return fail("field: expected at least one [[field]], got none".into());
        }
        if self.label == self.scenario {
            return fail(format!(
                "scenario: expected another column than the label, got \"{}\"",
                self.label
            ));
        }
        let mut names = BTreeSet::new();
        for field in &self.fields {
            let name = &field.name;
            if name.is_empty() {
                return fail("field: expected a name, got an empty one".into());
            }
            if !names.insert(name) {
                return fail(format!("field \"{name}\": expected once, got twice"));
            }
            let read = self.cells.column_of(name) == name;
            if read
                && (*name == self.label
                    || Some(name.as_str()) == self.split.column() && !self.split.is_time())
            {
                return fail(format!(
                    "field \"{name}\": expected a column that is neither label nor split"
                ));
            }
            if let Some(time) = self.cells.time(name) {
                if let Some(reason) = time.contradiction() {
                    return fail(format!("field \"{name}\": time: {reason}"));
                }
                if field.kind == FieldKind::Numeric {
                    return fail(format!(
                        "field \"{name}\": kind: expected categorical for a part of a time, got numeric"
                    ));
                }
                if time.column == self.label {
                    return fail(format!(
                        "field \"{name}\": time: column: expected another column than the label, got \"{}\"",
                        time.column
                    ));
                }
            }
            if field.kind == FieldKind::Categorical && field.buckets.is_some() {
                return fail(format!(
                    "field \"{name}\": buckets: expected kind = \"numeric\", got categorical"
                ));
            }
            if field.min_count == 0 {
                return fail(format!("field \"{name}\": min_count: expected at least 1, got 0"));
            }
        }
        match &self.split {
            SplitRule::Random { train, val, test } => {
                let shares = [*train, *val, *test];
                if shares.iter().any(|s| s.is_nan() || *s <= 0.0)
                    || (shares.iter().sum::<f64>() - 1.0).abs() > 1e-6
                {
                    return fail(format!(
                        "split: random: expected positive shares with sum 1, got {shares:?}"
                    ));
                }
            }
            SplitRule::Time { val_from, test_from, .. }
                if std::mem::discriminant(val_from) != std::mem::discriminant(test_from) =>
            {
                return fail(
                    "split: time: expected two numbers or two dates as val_from and test_from, \
                     got one of each"
                        .into(),
                );
            }
            SplitRule::Time { val_from, test_from, .. }
                if val_from.partial_cmp(test_from) != Some(Ordering::Less) =>
            {
                return fail(format!(
                    "split: time: expected val_from below test_from, got {val_from} and {test_from}"
                ));
            }
            SplitRule::Column { train, val, test, .. }
                if train == val || val == test || train == test =>
            {
                return fail(format!(
                    "split: column: expected three names, got \"{train}\", \"{val}\", \"{test}\""
                ));
            }
            SplitRule::HeldOut { train, test, val, .. }
                if train == test || !(*val > 0.0 && *val < 1.0) =>
            {
                return fail(format!(
                    "split: held_out: expected two names and a share between 0 and 1, got \"{train}\", \"{test}\", {val}"
                ));
            }
            _ => (),
        }
        Ok(())
    }
}

/// Says what to write in place of the words that a message of the TOML parser is about: a known word
/// that is similar, or two brackets. An empty text if there is nothing to say.
pub fn toml_hint(message: &str) -> String {
    if message == "invalid type: map, expected a sequence" {
        return "; write two brackets around the name, as in [[name]]".to_owned();
    }
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match words.split_first() {
        Some((got, known)) if message.starts_with("unknown") => {
            hint(closest(got, known, most(got)))
        }
        _ => String::new(),
    }
}

/// The most columns that a message names.
const NAMED: usize = 8;

/// The most edits between a word and the one that is meant.
fn most(got: &str) -> usize {
    2.max(got.len() / 3)
}

/// Makes `; did you mean "…"?` with the column that is closest to `got`, or names the columns that there
/// are, the closest first.
pub(crate) fn columns_hint(got: &str, columns: &[&str]) -> String {
    let near = hint(closest(got, columns, most(got)));
    if !near.is_empty() {
        return near;
    }
    let mut columns = columns.to_vec();
    columns.sort_by_key(|column| strsim::damerau_levenshtein(got, column));
    let others = match columns.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {n} others"),
    };
    columns.truncate(NAMED);
    format!("; its columns are {}{others}", columns.join(", "))
}
