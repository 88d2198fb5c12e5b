//! Tables that a log is joined with. What they add to a row is a function of its key.

use crate::intern::Interner;

/// A table whose rows are found by a key. Every distinct text is kept once; a row is a few codes.
#[derive(Debug, Default)]
pub(crate) struct SideTable {
    keys: Interner,
    /// Codes of the values, row-major `[rows, columns]`.
    codes: Vec<u32>,
    /// The values of each column; the first one stands for what is missing.
    known: Vec<Interner>,
}

/// Only published logs come with such tables.
#[cfg(feature = "table")]
impl SideTable {
    /// A table of so many columns; keys that it does not have get `missing` in each of them.
    pub fn new(columns: usize, missing: &str) -> Self {
        let mut known = Interner::default();
        known.code(missing);
        Self { keys: Interner::default(), codes: Vec::new(), known: vec![known; columns] }
    }

    /// Adds a row; false where its key is there already, and the first row stays.
    pub fn add(&mut self, key: &str, texts: &[&str]) -> bool {
        let rows = self.keys.len();
        if (self.keys.code(key) as usize) < rows {
            return false;
        }
        self.codes.extend(self.known.iter_mut().zip(texts).map(|(known, text)| known.code(text)));
        true
    }

    /// The texts of all columns.
    pub fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        self.codes(self.row(key)).zip(&self.known).map(|(code, known)| known.text(code))
    }
}

impl SideTable {
    /// The row with this key.
    pub fn row(&self, key: &str) -> Option<u32> {
        self.keys.find(key)
    }

    /// Codes of all columns of a row; those of what is missing without one.
    pub fn codes(&self, row: Option<u32>) -> impl Iterator<Item = u32> {
        let row = row.map(|row| row as usize * self.known.len());
        (0..self.known.len()).map(move |column| row.map_or(0, |at| self.codes[at + column]))
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.known.len()
    }

    /// The values of a column by their codes.
    pub fn values(&self, column: usize) -> &Interner {
        &self.known[column]
    }
}
