//! What a person says about a log: its label, scenario, fields and split.

/// The description of a table; [`parse`](TableSchema::parse) reads it from TOML.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSchema {
    /// The file this came from, for messages.
    #[serde(skip)]
    pub source: String,
    /// Column of the click, 0 or 1.
    pub label: String,
    /// Column whose distinct values in train become the scenarios.
    pub scenario: String,
    /// The fields in the order of an instance's ids.
    #[serde(rename = "field")]
    pub fields: Vec<FieldSpec>,
    /// Which rows train, validate and test.
    pub split: Split,
    /// What published preparations do otherwise; no key of the TOML.
    #[serde(skip)]
    pub quirks: Quirks,
}

/// Where a published preparation differs from what a table gets. By default it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Validation and test rows count for the vocabularies, too: whoever does so looks ahead.
    pub counts_all_rows: bool,
    /// Number of the scenario that the i-th value in natural order becomes, `[K]`; empty for i.
    pub scenario_order: &'static [usize],
}

/// One field of a table.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// Column name.
    pub name: String,
    /// How the text is read.
    #[serde(default)]
    pub kind: FieldKind,
    /// How numbers become values; numeric fields only.
    #[serde(default)]
    pub buckets: Option<Buckets>,
    /// Values seen less often in train share the field's last id.
    #[serde(default = "min_count")]
    pub min_count: u32,
}

/// Two sightings make a value: those seen once train the id that unseen values get.
fn min_count() -> u32 {
    2
}

/// How a field's text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// The text is the value.
    #[default]
    Categorical,
    /// The text is a number, put into a bucket.
    Numeric,
}

/// How numbers become values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub enum Buckets {
    /// `⌊ln²v⌋` above 2, `⌊v⌋` below.
    Log2,
    /// So many buckets with about equally many train rows each.
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

/// Which rows train, validate and test.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Split {
    /// At random, by seed; shares add up to 1.
    Random {
        /// Share of train.
        train: f64,
        /// Share of validation.
        val: f64,
        /// Share of test.
        test: f64,
    },
    /// By a number in a column: below `val_from` train, below `test_from` validation, else test.
    Time {
        /// Column of the number.
        column: String,
        /// First moment of validation.
        val_from: f64,
        /// First moment of test.
        test_from: f64,
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
    /// By the name of the split in a column, which has no validation: a share of train is drawn for it.
    HeldOut {
        /// Column of the name.
        name: String,
        /// Value of rows that train or validate.
        train: String,
        /// Value of test rows.
        test: String,
        /// Share of the former that validates, drawn by seed.
        val: f64,
    },
}

impl Split {
    /// Whether the split goes by time; such a column may be a field as well.
    pub fn is_time(&self) -> bool {
        matches!(self, Split::Time { .. })
    }

    /// The column the split depends on.
    pub fn column(&self) -> Option<&str> {
        match self {
            Split::Random { .. } => None,
            Split::Time { column, .. } => Some(column),
            Split::Column { name, .. } | Split::HeldOut { name, .. } => Some(name),
        }
    }
}
