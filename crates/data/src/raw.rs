//! A log in memory: every distinct value once, and small codes for the rows.

use crate::error::{OnError, Reject};
use ssim_core::instances::Planted;

/// `n` rows of `F` fields as a reader leaves them; nothing here is fitted or split yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Raw {
    /// The log as the host names it, for messages.
    pub source: String,
    /// Name of the data set.
    pub dataset: String,
    /// Distinct values per field, `[F]`.
    pub fields: Vec<Values>,
    /// Codes into `fields`, row-major `[n, F]`.
    pub codes: Vec<u32>,
    /// Clicks, 0 or 1, `[n]`.
    pub labels: Vec<u8>,
    /// Distinct values of the scenario column.
    pub scenario: Values,
    /// Codes into `scenario`, `[n]`.
    pub scenarios: Vec<u32>,
    /// Line of each row in the log, `[n]`, increasing.
    pub rows: Vec<u64>,
    /// Where each file of a log of several begins: the number of lines before it, and its name. The
    /// lines of such a log are counted through; empty where `source` is the only file.
    pub files: Vec<(u64, String)>,
    /// What the split depends on.
    pub marks: Marks,
    /// What the generator knows; synthetic data only.
    pub planted: Option<Planted>,
    /// What to do with rows that turn out to be unusable.
    pub on_error: OnError,
    /// Rows left out so far.
    pub rejects: Vec<Reject>,
}

impl Raw {
    /// File and line of a row number.
    pub(crate) fn place(&self, row: u64) -> (String, u64) {
        match self.files.iter().rev().find(|(before, _)| *before < row) {
            Some((before, file)) => (file.clone(), row - before),
            None => (self.source.clone(), row),
        }
    }
}

/// The column that says which split a row belongs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Marks {
    /// None: the split is random.
    #[default]
    None,
    /// A number per row, `[n]`.
    Times(Vec<f64>),
    /// Distinct values, and codes into them, `[n]`.
    Names(Values, Vec<u32>),
}

/// The distinct values of one column in order of appearance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// Column name.
    pub name: String,
    /// Number of the column in the row, counted from 1.
    pub position: u64,
    /// The values; a row's code is an index into this.
    pub values: Vec<Box<str>>,
}
