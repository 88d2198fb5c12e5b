//! The description of a log that a person writes: its label, scenario, fields and split.

pub use crate::cell_rules::{CellRules, ClickRule, NA_VALUES, TimePoint};
pub use crate::time_field::{TimeField, TimeForm, TimePart, TimeZone};

/// The description of a table. [`parse`](TableSchema::parse) reads it from TOML.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSchema {
    /// The file of the description, for messages.
    pub source: String,
    /// Column of the label.
    pub label: String,
    /// Column of the scenario. Its distinct values in the train rows become the scenarios.
    pub scenario: String,
    /// The fields in the order of an instance's ids.
    pub fields: Vec<FieldSpec>,
    /// The division of the rows into train, validation and test.
    pub split: SplitRule,
    /// The way to read cells, and to cut lines into them.
    pub cells: CellRules,
    /// Differences that published preparations ask for; the TOML has no key for them.
    pub quirks: Quirks,
}

/// Differences between a published preparation and that of any other table. The default is no
/// difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// If true, validation and test rows also count for the vocabularies. This leaks information
    /// from these rows into training.
    pub counts_all_rows: bool,
    /// For the i-th value in natural order, the index of its scenario, `[K]`. If empty, the index
    /// is i.
    pub scenario_order: &'static [usize],
}

/// One field of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldSpec {
    /// Its name, which is that of its column unless it is a part of a time ([`CellRules::times`]).
    pub name: String,
    /// The way to read the text.
    pub kind: FieldKind,
    /// The buckets that numbers are put into; only for numeric fields.
    pub buckets: Option<Buckets>,
    /// Values with fewer train rows than this share the field's last id.
    pub min_count: u32,
}

/// The way to read a field's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// The text is the value.
    #[default]
    Categorical,
    /// The text is a number, and its bucket is the value.
    Numeric,
}

/// The buckets that turn numbers into values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub enum Buckets {
    /// `⌊ln²v⌋` above 2, `⌊v⌋` below.
    Log2,
    /// The given number of buckets, each with about the same number of train rows.
    Quantile(u32),
}

impl TryFrom<String> for Buckets {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("quantile:").map(str::parse) {
            Some(Ok(n)) if (2..=10_000).contains(&n) => Ok(Buckets::Quantile(n)),
            _ if text == "log2" => Ok(Buckets::Log2),
            _ => Err(format!(
                "buckets: expected \"log2\" or \"quantile:N\" with N from 2 to 10000, got \"{text}\""
            )),
        }
    }
}

/// The division of the rows into train, validation and test.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SplitRule {
    /// At random, by the seed. The shares add up to 1.
    Random {
        /// Share of the train rows.
        train: f64,
        /// Share of the validation rows.
        val: f64,
        /// Share of the test rows.
        test: f64,
    },
    /// By a time in a column, or by a number. Rows below `val_from` are train, rows below
    /// `test_from` are validation, and the others are test.
    Time {
        /// Column of the time.
        column: String,
        /// The smallest time of the validation rows.
        val_from: TimePoint,
        /// The smallest time of the test rows.
        test_from: TimePoint,
    },
    /// By the name of the split in a column.
    Column {
        /// Column of the name.
        name: String,
        /// Value of train rows.
        train: String,
        /// Value of validation rows.
        val: String,
        /// Value of test rows.
        test: String,
    },
    /// By the name of the split in a column that only knows train and test. A share of the train
    /// rows is drawn for validation.
    HeldOut {
        /// Column of the name.
        name: String,
        /// Value of rows that become train or validation.
        train: String,
        /// Value of test rows.
        test: String,
        /// Share of the `train` rows that become validation, drawn by the seed.
        val: f64,
    },
}

impl SplitRule {
    /// True if the split is by time. The column of the time may be a field as well.
    pub fn is_time(&self) -> bool {
        matches!(self, SplitRule::Time { .. })
    }

    /// The column that the split depends on, if there is one.
    pub fn column(&self) -> Option<&str> {
        match self {
            SplitRule::Random { .. } => None,
            SplitRule::Time { column, .. } => Some(column),
            SplitRule::Column { name, .. } | SplitRule::HeldOut { name, .. } => Some(name),
        }
    }
}
