//! Comma-separated text.

use crate::error::{Error, OnError, Reject, Result, cut};
use crate::layout::TableSchema;
use crate::raw::Raw;
use crate::table::cells::Cells;
use crate::table::sink::Sink;
use crate::table::unpack::unpack;
use csv_core::ReadRecordResult;
use std::io::{ErrorKind, Read};
use std::ops::Range;

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 16;

/// Reads a log with a header row: RFC 4180 quotes, any line end, with or without a byte order
/// mark, plain or packed with gzip or Zstandard. `source` is the file's name for messages.
///
/// # Errors
/// A column of the schema that is missing, no rows, a broken stream, or, unless such rows are
/// skipped, a row with too few or too many values, a label that is not 0 or 1, text that is not
/// UTF-8, or a number that is none.
pub fn read_csv(
    reader: impl Read,
    source: &str,
    schema: &TableSchema,
    on_error: OnError,
) -> Result<Raw> {
    let mut lines = Lines::open(reader, source)?;
    let mut sink = Sink::new(schema, &lines.header, source, on_error)?;
    while let Some(line) = lines.advance()? {
        match line {
            Ok(line) => sink.push(line)?,
            Err(reject) => sink.reject(reject)?,
        }
    }
    sink.finish()
}

/// The rows of a file, one at a time.
pub(crate) struct Lines<'a> {
    input: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    /// What of the buffer is still to be parsed.
    rest: Range<usize>,
    parser: csv_core::Reader,
    row: Line,
    /// Number of the line that the parser is on.
    number: u64,
    source: String,
    /// Names of the columns.
    pub header: Vec<String>,
}

/// One row: its cells one after the other, and where each ends.
#[derive(Debug, Default)]
pub(crate) struct Line {
    number: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
    /// How many cells there are; the vectors are longer, to be used again.
    used: usize,
}

impl<'a> Lines<'a> {
    /// Reads the header.
    pub fn open(reader: impl Read + 'a, source: &str) -> Result<Self> {
        let fail = |what: String| Error::Data(format!("{source}:1:1: {what}"));
        let mut lines = Self {
            input: unpack(reader).map_err(|e| fail(e.to_string()))?,
            buffer: vec![0; BUFFER],
            rest: 0..0,
            parser: csv_core::Reader::new(),
            row: Line::default(),
            number: 1,
            source: source.to_owned(),
            header: Vec::new(),
        };
        lines.fill()?;
        if lines.buffer[lines.rest.clone()].starts_with(b"\xef\xbb\xbf") {
            lines.rest.start += 3;
        }
        if !lines.read()? {
            return Err(fail("expected a header row, got an empty file".into()));
        }
        let cells = (0..lines.row.used).map(|i| lines.row.get(i).map(str::to_owned));
        lines.header = cells
            .collect::<Result<_, _>>()
            .map_err(|got| fail(format!("expected a header row of UTF-8 text, got {got}")))?;
        Ok(lines)
    }

    /// The next row, or why it is none.
    pub fn advance(&mut self) -> Result<Option<Result<&Line, Reject>>> {
        if !self.read()? {
            return Ok(None);
        }
        let (expected, got) = (self.header.len(), self.row.used);
        Ok(Some(if expected == got {
            Ok(&self.row)
        } else {
            Err(Reject {
                line: self.row.number,
                column: expected.min(got) as u64 + 1,
                reason: format!("expected {expected} values as in the header, got {got}"),
                raw: cut(&self.row.raw()),
                ..Reject::default()
            })
        }))
    }

    /// Parses the next row into `self.row`; false at the end of the file.
    fn read(&mut self) -> Result<bool> {
        // Line ends before a row are no row: the second half of "\r\n", and empty lines. Taking
        // them here, and not in the parser, is what makes line numbers right.
        while let Some(byte @ (b'\r' | b'\n')) = self.peek()? {
            self.number += u64::from(byte == b'\n');
            self.rest.start += 1;
        }
        let (mut text, mut ends) = (0, 0);
        self.row.number = self.number;
        loop {
            self.peek()?;
            let input = &self.buffer[self.rest.clone()];
            let (state, read, wrote, ended) = self.parser.read_record(
                input,
                &mut self.row.text[text..],
                &mut self.row.ends[ends..],
            );
            self.number += input[..read].iter().filter(|b| **b == b'\n').count() as u64;
            self.rest.start += read;
            (text, ends) = (text + wrote, ends + ended);
            match state {
                ReadRecordResult::InputEmpty => (),
                ReadRecordResult::OutputFull => self.row.text.resize((2 * text).max(1024), 0),
                ReadRecordResult::OutputEndsFull => self.row.ends.resize((2 * ends).max(64), 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(false),
            }
        }
        self.row.used = ends;
        Ok(true)
    }

    /// The next byte; none at the end of the file.
    fn peek(&mut self) -> Result<Option<u8>> {
        if self.rest.is_empty() {
            self.fill()?;
        }
        Ok(self.buffer[self.rest.clone()].first().copied())
    }

    /// Reads until the buffer is full or the file ends.
    fn fill(&mut self) -> Result<()> {
        self.rest = 0..0;
        while self.rest.end < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.rest.end..]) {
                Ok(0) => break,
                Ok(n) => self.rest.end += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => (),
                Err(e) => {
                    return Err(Error::Data(format!("{}:{}:1: {e}", self.source, self.number)));
                }
            }
        }
        Ok(())
    }
}

/// What reads a file row by row.
#[cfg(feature = "table")]
pub(crate) trait Rows {
    /// The file as the host names it.
    fn source(&self) -> &str;
    /// Names of the columns.
    fn header(&self) -> &[String];
    /// The next row, or why it is none; nothing at the end of the file.
    fn advance(&mut self) -> Result<Option<Result<&Line, Reject>>>;
}

#[cfg(feature = "table")]
impl Rows for Lines<'_> {
    fn source(&self) -> &str {
        &self.source
    }

    fn header(&self) -> &[String] {
        &self.header
    }

    fn advance(&mut self) -> Result<Option<Result<&Line, Reject>>> {
        Lines::advance(self)
    }
}

#[cfg(feature = "table")]
impl Line {
    /// Becomes another row.
    pub fn fill<'a>(&mut self, number: u64, cells: impl Iterator<Item = &'a [u8]>) {
        self.number = number;
        self.text.clear();
        self.ends.clear();
        for cell in cells {
            self.text.extend_from_slice(cell);
            self.ends.push(self.text.len());
        }
        self.used = self.ends.len();
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.used
    }
}

impl Cells for Line {
    fn line(&self) -> u64 {
        self.number
    }

    fn get(&self, column: usize) -> Result<&str, String> {
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        let bytes = &self.text[start..self.ends[column]];
        std::str::from_utf8(bytes)
            .map_err(|_| format!("bytes \"{}\"", cut(&bytes.escape_ascii().to_string())))
    }

    fn raw(&self) -> String {
        let cells = (0..self.used).map(|i| self.get(i).map_or_else(|bytes| bytes, str::to_owned));
        cells.collect::<Vec<_>>().join(",")
    }
}
