//! Rows that a worker has parsed, but whose texts have no codes yet.

use crate::error::{Error, Reject};
use crate::split::Part;

/// The result of parsing some rows of a file. The columns `[n]` only have the rows that can be
/// used.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Number of records that were parsed, including those that cannot be used.
    pub seen: usize,
    /// Line of each row in the log, `[n]`.
    pub rows: Vec<u64>,
    /// Clicks, `[n]`.
    pub labels: Vec<u8>,
    /// The split of each row by its split column, `[n]`.
    pub parts: Vec<Part>,
    /// Texts of every key, `[K][n]`.
    pub keys: Vec<Texts>,
    /// Rows with an unknown value in the split column: line and value.
    pub unknown_splits: Vec<(u64, String)>,
    /// Rows that cannot be used.
    pub rejects: Vec<Reject>,
    /// The error that ends the file, if there is one.
    pub end: Option<Error>,
}

impl Parsed {
    /// Makes a result without rows for this number of keys.
    pub fn new(keys: usize) -> Self {
        Self { keys: (0..keys).map(|_| Texts::default()).collect(), ..Self::default() }
    }

    /// Keeps the first `n` rows if there are more, and only the rejects before the last kept row,
    /// as if the file ended there. `line` turns the number in `rows` into the line in its file,
    /// which rejects have.
    pub fn truncate(&mut self, n: usize, line: impl Fn(u64) -> u64) {
        // `None`: no row is kept. `Some(None)`: there are fewer than `n` rows, so everything is
        // kept.
        let last = n.checked_sub(1).map(|last| self.rows.get(last).copied());
        match last {
            None => self.rejects.clear(),
            Some(None) => return,
            // The rejects after the last row belong to rows that are not wanted any more.
            Some(Some(last)) => self.rejects.retain(|reject| reject.line < line(last)),
        }
        // An error behind the last wanted row must not be reported.
        self.end = None;
        self.unknown_splits.retain(|(row, _)| last.flatten().is_some_and(|last| *row <= last));
        self.rows.truncate(n);
        self.seen = self.rows.len() + self.rejects.len();
        self.labels.truncate(n);
        self.parts.truncate(n);
        self.keys.iter_mut().for_each(|texts| texts.truncate(n));
    }
}

/// A column of texts, joined into one string without separators.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    text: String,
    /// The end of each text in `text`.
    ends: Vec<u32>,
}

impl Texts {
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
    }

    pub fn truncate(&mut self, n: usize) {
        self.ends.truncate(n);
        self.text.truncate(self.ends.last().map_or(0, |end| *end as usize));
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start as usize..*end as usize])
    }
}
