//! Comma-separated text.

use crate::error::{Error, OnError, Reject, Result, cut};
use crate::layout::TableSchema;
use crate::raw::Raw;
use crate::table::cells::Cells;
use crate::table::sink::Sink;
use crate::table::unpack::unpack;
use csv::ByteRecord;
use std::io::Read;

/// Reads a log with a header row: RFC 4180 quotes, any line end, with or without a byte order
/// mark, plain or packed with gzip or Zstandard. `source` is the file's name for messages.
///
/// # Errors
/// A column of the schema that is missing, no rows, a broken stream, or, unless such rows are
/// skipped, a row with too few or too many values, a label that is not 0 or 1, text that is not
/// UTF-8, or a number that is none.
pub fn read_csv(reader: impl Read, source: &str, schema: &TableSchema, on_error: OnError) -> Result<Raw> {
    let mut lines = Lines::open(reader, source)?;
    let mut sink = Sink::new(schema, &lines.header, source, on_error)?;
    while let Some(line) = lines.next()? {
        match line {
            Ok(line) => sink.push(&line)?,
            Err(reject) => sink.reject(reject)?,
        }
    }
    sink.finish()
}

/// The rows of a file, one at a time.
pub(crate) struct Lines<'a> {
    reader: csv::Reader<Box<dyn Read + 'a>>,
    record: ByteRecord,
    source: String,
    /// Names of the columns.
    pub header: Vec<String>,
}

/// One row.
pub(crate) struct Line<'a>(&'a ByteRecord);

impl<'a> Lines<'a> {
    /// Reads the header.
    pub fn open(reader: impl Read + 'a, source: &str) -> Result<Self> {
        let fail = |what: String| Error::Data(format!("{source}:1:1: {what}"));
        let reader = unpack(reader).map_err(|e| fail(e.to_string()))?;
        // Row lengths are checked here, for messages with a place.
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
        let header = reader.byte_headers().map_err(|e| fail(e.to_string()))?;
        if header.is_empty() {
            return Err(fail("expected a header row, got an empty file".into()));
        }
        let header = header
            .iter()
            .map(|name| String::from_utf8(name.to_vec()))
            .collect::<Result<_, _>>()
            .map_err(|_| fail("expected a header row of UTF-8 text, got other bytes".into()))?;
        Ok(Self {
            reader,
            record: ByteRecord::new(),
            source: source.to_owned(),
            header,
        })
    }

    /// The next row, or why it is none.
    pub fn next(&mut self) -> Result<Option<Result<Line<'_>, Reject>>> {
        let more = self.reader.read_byte_record(&mut self.record);
        let more = more.map_err(|e| {
            let line = self.reader.position().line();
            Error::Data(format!("{}:{line}:1: {e}", self.source))
        })?;
        if !more {
            return Ok(None);
        }
        let line = Line(&self.record);
        let (expected, got) = (self.header.len(), self.record.len());
        Ok(Some(if expected == got {
            Ok(line)
        } else {
            Err(Reject {
                line: line.line(),
                column: expected.min(got) as u64 + 1,
                reason: format!("expected {expected} values as in the header, got {got}"),
                raw: cut(&line.raw()),
            })
        }))
    }
}

impl Cells for Line<'_> {
    fn line(&self) -> u64 {
        self.0.position().map_or(0, csv::Position::line)
    }

    fn get(&self, column: usize) -> Result<&str, String> {
        let bytes = self.0.get(column).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| format!("bytes \"{}\"", cut(&bytes.escape_ascii().to_string())))
    }

    fn raw(&self) -> String {
        let cells: Vec<_> = self.0.iter().map(String::from_utf8_lossy).collect();
        cells.join(",")
    }
}
