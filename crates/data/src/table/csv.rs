//! Comma-separated text.

use crate::error::{Error, Result};
use crate::layout::TableSchema;
use crate::raw::{Parsed, Raw};
use crate::reading::Reading;
use crate::table::blocks::Blocks;
use crate::table::cells::BadCell;
use crate::table::form::Form;
use crate::table::rows::{RawLine, TableRows};
use std::io::Read;

/// Reads a log with a header row: RFC 4180 quotes, any line end, with or without a byte order
/// mark, plain or packed with gzip or Zstandard. `source` is the file's name for messages.
///
/// # Errors
/// A column of the schema that is missing, no rows, a broken stream, a row of more than a mebibyte, or,
/// unless such rows are skipped, a row with too few or too many values, a label that is not 0 or 1,
/// text that is not UTF-8, a number that is none, or a name of no split.
pub fn read_csv(
    reader: impl Read + Send,
    source: &str,
    schema: &TableSchema,
    reading: impl Into<Reading>,
) -> Result<Raw> {
    let mut blocks = Blocks::csv(reader, source)?;
    let (form, mut raw) = Form::new(schema, &blocks.header, source, Vec::new(), reading.into())?;
    raw.read(|| blocks.block(), |rows| parse(&form, rows, |line, to| form.add(line, to)))?;
    raw.some()
}

/// Parses a block; `take` adds a row or says why it cannot.
pub(crate) fn parse(
    form: &Form,
    rows: Result<TableRows>,
    take: impl Fn(&RawLine, &mut Parsed) -> Result<(), BadCell>,
) -> Parsed {
    let mut to = Parsed::new(form.keys());
    match rows {
        Err(end) => to.end = Some(end),
        Ok(mut rows) => {
            while rows.step() {
                to.seen += 1;
                let row = rows.row();
                let taken =
                    row.and_then(|line| take(line, &mut to).map_err(|bad| bad.reject(line)));
                to.rejects.extend(taken.err());
            }
        }
    }
    to
}

impl Raw {
    /// The log, which must have rows.
    pub(crate) fn some(self) -> Result<Self> {
        match self.len() {
            0 => Err(Error::Data(format!(
                "{}: expected rows, got none ({} rejected)",
                self.source,
                self.rejects.len()
            ))),
            _ => Ok(self),
        }
    }
}
