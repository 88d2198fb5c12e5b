//! Reads comma-separated text.

use crate::cell_rules::CellRules;
use crate::error::{Error, Result};
use crate::layout::TableSchema;
use crate::raw::{Parsed, Raw};
use crate::reading::Reading;
use crate::table::blocks::{BLOCK, Blocks};
use crate::table::cells::BadCell;
use crate::table::form::Form;
use crate::table::rows::{RawLine, TableRows};
use std::io::Read;

/// Reads a CSV log. Its delimiter is a comma, a tab, `;` or `|`, as the schema says or else as its
/// first row tells. It has a header row, unless the schema names its columns. It may have quotes as
/// in RFC 4180, any kind of line end, empty lines, and a byte order mark, and may be compressed with
/// gzip or Zstandard. `source` is the file's name for messages.
///
/// # Errors
/// A column of the schema is missing, there are no rows, the stream is broken, a row is longer than
/// a mebibyte, a quote is not closed, or text follows a closing quote. The last two end the reading
/// even if bad rows are skipped, because nobody can say where the next row begins. Unless such rows
/// are skipped, it is also an error if a row has too few or too many values, a label that the
/// schema does not know, text that is not UTF-8, a text in place of a finite number, or an unknown split.
pub fn read_csv(
    reader: impl Read + Send,
    source: &str,
    schema: &TableSchema,
    reading: impl Into<Reading>,
) -> Result<Raw> {
    let reading = reading.into();
    let size = reading.block.unwrap_or(BLOCK);
    let mut blocks = Blocks::delimited(size, reader, source, &schema.cells)?;
    let (form, mut raw) = Form::new(schema, &blocks.header, source, Vec::new(), reading)?;
    raw.read(|| blocks.block(), |rows| parse(&form, rows, |line, to| form.add(line, to)))?;
    raw.non_empty()
}

/// The names of a CSV's columns. The first row tells the delimiter. `source` is the file's name for messages.
///
/// # Errors
/// The file is empty, its first row is no UTF-8 text, or the stream is broken.
pub fn csv_columns(reader: impl Read, source: &str) -> Result<Vec<String>> {
    Ok(Blocks::delimited(BLOCK, reader, source, &CellRules::default())?.header)
}

/// Parses the rows of a block. `take` adds a row to the result, or returns the cell that cannot be
/// used.
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
    /// Returns the log, or an error if it has no rows.
    pub(crate) fn non_empty(self) -> Result<Self> {
        match self.len() {
            0 => {
                let first = self.rejects.first();
                let first = first.map_or(String::new(), |first| format!(", the first at {first}"));
                Err(Error::Data(format!(
                    "{}: expected rows, got none ({} rejected{first})",
                    self.source,
                    self.rejects.len()
                )))
            }
            _ => Ok(self),
        }
    }
}
