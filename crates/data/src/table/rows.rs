//! Divides a block of text into rows, and the rows into cells.

use crate::error::{Reject, cut};
use crate::table::cells::Cells;
use crate::table::grammar::{self, BadQuote, Cell};
use memchr::{memchr, memchr2, memchr3};
use std::ops::Range;

/// The format of the rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TableFormat {
    /// This delimiter and quotes, as the [`grammar`] says.
    Csv(u8),
    /// A line is a row, with this separator between its cells and without quotes.
    #[cfg(feature = "table")]
    Plain(&'static [u8]),
}

impl TableFormat {
    /// The end of the last whole row in `text`, and a cell behind it that breaks the grammar; see
    /// [`grammar::whole_rows`].
    pub fn whole_rows(self, text: &[u8], last: bool) -> (usize, Option<BadQuote>) {
        match self {
            TableFormat::Csv(delimiter) => grammar::whole_rows(text, delimiter, last),
            #[cfg(feature = "table")]
            TableFormat::Plain(_) if last => (text.len(), None),
            #[cfg(feature = "table")]
            TableFormat::Plain(_) => (grammar::last_line_end(text), None),
        }
    }
}

/// Reads the rows of a block.
pub(crate) struct TableRows {
    format: TableFormat,
    /// True if the block may have quoted cells.
    quotes: bool,
    /// Length of the block.
    length: usize,
    /// Offset of the next row in the block.
    at: usize,
    /// Number of the current line in the file.
    number: u64,
    /// Number of cells that a row must have.
    expected: usize,
    line: RawLine,
}

/// The current row, as ranges of a text.
#[derive(Debug)]
pub(crate) struct RawLine {
    /// Number of its first line in the file.
    number: u64,
    /// The text that has its cells: the block, and behind it the cells of this row that had doubled
    /// quotes.
    text: Text,
    cells: Vec<Cell>,
}

/// The text that cells are taken from.
#[derive(Debug)]
enum Text {
    /// The whole text has been checked to be UTF-8, so its cells need no check.
    Known(String),
    /// Some of it may not be UTF-8, so each cell is checked when it is used.
    Bytes(Vec<u8>),
}

impl Text {
    fn bytes(&self) -> &[u8] {
        match self {
            Text::Known(text) => text.as_bytes(),
            Text::Bytes(bytes) => bytes,
        }
    }

    fn truncate(&mut self, length: usize) {
        match self {
            Text::Known(text) => text.truncate(length),
            Text::Bytes(bytes) => bytes.truncate(length),
        }
    }

    /// Appends a part of the text to it.
    fn repeat(&mut self, part: Range<usize>) {
        match self {
            Text::Known(text) => text.extend_from_within(part),
            Text::Bytes(bytes) => bytes.extend_from_within(part),
        }
    }
}

impl TableRows {
    /// Begins to read a block of whole rows. `number` is the number of its first line, and
    /// `expected` is the number of cells of a row.
    pub fn new(text: Vec<u8>, number: u64, format: TableFormat, expected: usize) -> Self {
        let quotes = matches!(format, TableFormat::Csv(_)) && memchr(b'"', &text).is_some();
        let length = text.len();
        let text = String::from_utf8(text);
        let text = text.map_or_else(|e| Text::Bytes(e.into_bytes()), Text::Known);
        let line = RawLine { number, text, cells: Vec::new() };
        Self { format, quotes, length, at: 0, number, expected, line }
    }

    /// Goes to the next row. Returns false at the end of the block.
    pub fn step(&mut self) -> bool {
        let Self { format, quotes, length, at, number, line, .. } = self;
        let RawLine { text, cells, .. } = line;
        text.truncate(*length);
        let block = text.bytes();
        // Empty lines are no rows.
        loop {
            match grammar::line_end(block, *at) {
                0 => break,
                bytes => *at += bytes,
            }
            *number += 1;
        }
        if *at == *length {
            return false;
        }
        line.number = *number;
        cells.clear();
        let rest = &block[*at..];
        let mark = match quotes {
            true => memchr3(b'\n', b'\r', b'"', rest),
            false => memchr2(b'\n', b'\r', rest),
        };
        let end = mark.map_or(*length, |n| *at + n);
        let separator: &[u8] = match format {
            // A block ends before the first quote that breaks the grammar, so there is no error.
            TableFormat::Csv(delimiter) if block.get(end) == Some(&b'"') => {
                let end = grammar::row(block, *delimiter, *at, cells).unwrap_or(*length);
                *number += grammar::line_ends(&block[*at..end]);
                *at = end;
                line.join_quotes();
                return true;
            }
            TableFormat::Csv(delimiter) => std::slice::from_ref(delimiter),
            #[cfg(feature = "table")]
            TableFormat::Plain(separator) => separator,
        };
        split(&block[*at..end], separator, *at, cells);
        *at = end;
        true
    }

    /// The current row, or a reject if it has too few or too many cells.
    pub fn row(&self) -> Result<&RawLine, Reject> {
        let expected = self.expected;
        let got = self.line.len();
        if expected == got {
            return Ok(&self.line);
        }
        let origin = match self.format {
            TableFormat::Csv(_) => " as in the header",
            #[cfg(feature = "table")]
            TableFormat::Plain(_) => "",
        };
        Err(Reject {
            line: self.line.number,
            column: expected.min(got) as u64 + 1,
            reason: format!("expected {expected} values{origin}, got {got}"),
            raw: cut(&self.line.raw()),
            ..Reject::default()
        })
    }

    /// Number of the first line of the current row in the file.
    pub fn number(&self) -> u64 {
        self.line.number
    }

    /// The cells of the current row, which is the header. If a cell is no text, the error has its column, counted from
    /// 1, and its bytes.
    pub fn header(&self) -> Result<Vec<String>, (usize, String)> {
        let cell = |i: usize| self.line.get(i).map(str::to_owned).map_err(|got| (i + 1, got));
        (0..self.line.len()).map(cell).collect()
    }

    /// Sets the number of cells that a row must have.
    pub fn widen(&mut self, columns: usize) {
        self.expected = columns;
    }
}

/// Splits `text` at the separator and adds the start and end of each part to `cells`. `start` is
/// the offset of `text` in the block.
fn split(text: &[u8], separator: &[u8], start: usize, cells: &mut Vec<Cell>) {
    let mut begin = 0;
    let mut at = 0;
    // A separator may have several bytes, so its first byte is searched for and the others are
    // compared.
    while let Some(next) = memchr(separator[0], &text[at..]) {
        at += next;
        if text[at..].starts_with(separator) {
            cells.push(Cell::new(start + begin, start + at));
            at += separator.len();
            begin = at;
        } else {
            at += 1;
        }
    }
    cells.push(Cell::new(start + begin, start + text.len()));
}

impl RawLine {
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Copies every cell with doubled quotes behind the block, with one quote in place of two.
    fn join_quotes(&mut self) {
        for cell in self.cells.iter_mut().filter(|cell| cell.doubled) {
            let start = self.text.bytes().len();
            let (mut at, end) = (cell.start as usize, cell.end as usize);
            while let Some(n) = memchr(b'"', &self.text.bytes()[at..end]) {
                self.text.repeat(at..at + n + 1);
                at += n + 2;
            }
            self.text.repeat(at..end);
            *cell = Cell::new(start, self.text.bytes().len());
        }
    }
}

impl Cells for RawLine {
    fn line(&self) -> u64 {
        self.number
    }

    fn get(&self, column: usize) -> Result<&str, String> {
        let Cell { start, end, .. } = self.cells[column];
        let place = start as usize..end as usize;
        let bytes = match &self.text {
            Text::Known(text) => return Ok(&text[place]),
            Text::Bytes(bytes) => &bytes[place],
        };
        std::str::from_utf8(bytes)
            .map_err(|_| format!("bytes \"{}\"", cut(&bytes.escape_ascii().to_string())))
    }

    fn raw(&self) -> String {
        let cells = (0..self.len()).map(|i| self.get(i).map_or_else(|bytes| bytes, str::to_owned));
        cells.collect::<Vec<_>>().join(",")
    }
}
