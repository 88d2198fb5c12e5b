//! Rows that a worker has read, before their texts have codes.

use crate::error::{Error, Reject};
use crate::split::Part;

/// What comes of some rows of a file; columns have a value per row that can be used.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// How many rows were seen.
    pub seen: usize,
    /// Line of each row in the log, `[n]`.
    pub rows: Vec<u64>,
    /// Clicks, `[n]`.
    pub labels: Vec<u8>,
    /// The part that each row's split column names, `[n]`.
    pub parts: Vec<Part>,
    /// Texts of every key, `[K][n]`.
    pub keys: Vec<Texts>,
    /// Lines of rows whose split column names no split, and what it says.
    pub unknown_splits: Vec<(u64, String)>,
    /// Rows that cannot be used.
    pub rejects: Vec<Reject>,
    /// Why nothing more comes.
    pub end: Option<Error>,
}

impl Parsed {
    /// Nothing yet, of so many keys.
    pub fn new(keys: usize) -> Self {
        Self { keys: (0..keys).map(|_| Texts::default()).collect(), ..Self::default() }
    }

    /// Keeps the first `n` rows, where there are so many, and the rejects before the last of them.
    pub fn truncate(&mut self, n: usize, line: impl Fn(u64) -> u64) {
        let last = n.checked_sub(1).map(|last| self.rows.get(last).copied());
        match last {
            None => self.rejects.clear(),
            Some(None) => return,
            Some(Some(last)) => self.rejects.retain(|reject| reject.line < line(last)),
        }
        self.end = None;
        self.unknown_splits.retain(|(row, _)| last.flatten().is_some_and(|last| *row <= last));
        self.rows.truncate(n);
        self.labels.truncate(n);
        self.parts.truncate(n);
        self.keys.iter_mut().for_each(|texts| texts.truncate(n));
    }
}

/// Texts one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    text: String,
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
