//! Tables that are joined to a log. The values that they add to a row depend only on the row's key.

use crate::intern::Interner;

/// A table whose rows are found by a key. Every distinct text of a column is kept once, and a row
/// has one code per column.
#[derive(Debug, Default)]
pub(crate) struct SideTable {
    keys: Interner,
    /// Codes of the values, row-major `[rows, columns]`.
    codes: Vec<u32>,
    /// The values of each column. Code 0 is the value of missing rows.
    known: Vec<Interner>,
}

/// Only published logs have such tables.
#[cfg(feature = "table")]
impl SideTable {
    /// Makes a table without rows. Keys that it does not have get the value `missing` in all
    /// columns.
    pub fn new(columns: usize, missing: &str) -> Self {
        let mut known = Interner::default();
        known.code(missing);
        Self { keys: Interner::default(), codes: Vec::new(), known: vec![known; columns] }
    }

    /// Adds a row. Returns false if its key is there already; then the first row is kept.
    pub fn add(&mut self, key: &str, texts: &[&str]) -> bool {
        let rows = self.keys.len();
        if (self.keys.code(key) as usize) < rows {
            return false;
        }
        self.codes.extend(self.known.iter_mut().zip(texts).map(|(known, text)| known.code(text)));
        true
    }

    /// The texts of all columns for a key.
    pub fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        self.codes(self.row(key)).zip(&self.known).map(|(code, known)| known.text(code))
    }
}

impl SideTable {
    /// The number of the row with this key, if there is one.
    pub fn row(&self, key: &str) -> Option<u32> {
        self.keys.find(key)
    }

    /// The codes of all columns of a row, or the codes of missing values (0) for `None`.
    pub fn codes(&self, row: Option<u32>) -> impl Iterator<Item = u32> {
        let row = row.map(|row| row as usize * self.known.len());
        (0..self.known.len()).map(move |column| row.map_or(0, |at| self.codes[at + column]))
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.known.len()
    }

    /// The distinct values of a column, by their codes.
    pub fn values(&self, column: usize) -> &Interner {
        &self.known[column]
    }
}
