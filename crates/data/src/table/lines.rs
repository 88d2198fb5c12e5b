//! Reads a file row by row on one thread.

use crate::cell_rules::CellRules;
use crate::error::{Reject, Result};
use crate::table::blocks::{BLOCK, Blocks};
use crate::table::rows::{RawLine, TableRows};
use std::io::Read;

/// The rows of a file, one at a time.
pub(crate) struct Lines<R> {
    pub blocks: Blocks<R>,
    rows: Option<TableRows>,
}

impl<'a> Lines<Box<dyn Read + 'a>> {
    /// Opens a CSV by the rules for its cells, and reads its header.
    pub fn open(reader: impl Read + 'a, source: &str, rules: &CellRules) -> Result<Self> {
        let reader = Box::new(reader) as Box<dyn Read + 'a>;
        Ok(Lines::new(Blocks::delimited(BLOCK, reader, source, rules)?))
    }
}

impl<R: Read> Lines<R> {
    /// Reads the rows of all blocks, one after the other.
    pub fn new(blocks: Blocks<R>) -> Self {
        Self { blocks, rows: None }
    }

    /// Goes to the next row. Returns `None` at the end of the file, and a reject for a row with too
    /// few or too many values.
    pub fn advance(&mut self) -> Result<Option<Result<&RawLine, Reject>>> {
        while !self.rows.as_mut().is_some_and(TableRows::step) {
            match self.blocks.block() {
                Some(rows) => self.rows = Some(rows?),
                None => return Ok(None),
            }
        }
        Ok(self.rows.as_ref().map(TableRows::row))
    }
}
