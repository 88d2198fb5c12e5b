//! Tables that a log is joined with, and the rows that come of it.

use crate::table::cells::Cells;
use crate::table::csv::Line;
use crate::table::intern::Interner;
use std::collections::HashMap;

/// A table whose rows are found by a key. Every distinct text is kept once; a row is a few codes.
#[derive(Debug, Default)]
pub(super) struct Side {
    index: HashMap<Box<str>, u32>,
    codes: Vec<u32>,
    columns: usize,
    known: Interner,
    /// The texts by their codes, once all rows are there.
    texts: Vec<Box<str>>,
}

impl Side {
    /// Adds a row; false where its key is there already, and the first row stays.
    pub fn add(&mut self, key: &str, texts: &[&str]) -> bool {
        if self.index.contains_key(key) {
            return false;
        }
        self.index.insert(key.into(), self.index.len() as u32);
        self.columns = texts.len();
        self.codes.extend(texts.iter().map(|text| self.known.code(text)));
        true
    }

    /// No more rows come: texts can be had from now on.
    pub fn finish(mut self) -> Self {
        self.texts = std::mem::take(&mut self.known).finish("", 0).values;
        self
    }

    /// The row with this key, or `missing` in every column.
    pub fn get_or<'a>(&'a self, key: &str, missing: &'a str) -> impl Iterator<Item = &'a str> {
        let row = self.index.get(key).map(|row| *row as usize * self.columns);
        (0..self.columns).map(move |column| match row {
            Some(at) => &*self.texts[self.codes[at + column] as usize],
            None => missing,
        })
    }

    /// The row with this key, where there is one.
    pub fn get(&self, key: &str) -> Option<impl Iterator<Item = &str>> {
        self.index.contains_key(key).then(|| self.get_or(key, ""))
    }
}

/// A line of the log with more cells at its end.
pub(super) struct Joined<'a> {
    pub line: &'a Line,
    pub more: Vec<&'a str>,
}

impl Cells for Joined<'_> {
    fn line(&self) -> u64 {
        self.line.line()
    }

    fn get(&self, column: usize) -> Result<&str, String> {
        match column.checked_sub(self.line.len()) {
            Some(more) => Ok(self.more[more]),
            None => self.line.get(column),
        }
    }

    fn raw(&self) -> String {
        self.line.raw()
    }
}
