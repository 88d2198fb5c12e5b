//! Divides a block of text into rows, and the rows into cells.

use crate::error::{Reject, cut};
use crate::table::cells::Cells;
use csv_core::ReadRecordResult;
use memchr::{memchr, memchr2, memrchr};

/// The format of the rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TableFormat {
    /// RFC 4180, with commas, quotes and any kind of line end.
    Csv,
    /// A line is a row, with this separator between its cells and without quotes.
    #[cfg(feature = "table")]
    Plain(&'static [u8]),
}

impl TableFormat {
    /// Returns the end of the last whole row in `text`, which begins with a row. `None` if no row
    /// is whole.
    pub fn cut(self, text: &[u8]) -> Option<usize> {
        match self {
            TableFormat::Csv if memchr(b'"', text).is_some() => quoted_end(text),
            TableFormat::Csv => {
                memrchr(b'\n', text).or_else(|| memrchr(b'\r', text)).map(|at| at + 1)
            }
            #[cfg(feature = "table")]
            TableFormat::Plain(_) => memrchr(b'\n', text).map(|at| at + 1),
        }
    }
}

/// The end of the last whole row of a CSV with quotes. Quoted cells may contain line ends, so the
/// text has to be parsed.
fn quoted_end(text: &[u8]) -> Option<usize> {
    let mut parser = csv_core::Reader::new();
    // The cells are not needed, so the output may be overwritten as soon as it is full.
    let mut cells = vec![0; 1 << 12];
    let mut ends = [0; 64];
    let mut at = 0;
    let mut last = None;
    loop {
        let (state, read, ..) = parser.read_record(&text[at..], &mut cells, &mut ends);
        at += read;
        match state {
            ReadRecordResult::Record => last = Some(at),
            ReadRecordResult::InputEmpty | ReadRecordResult::End => return last,
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => (),
        }
        if at == text.len() {
            return last;
        }
    }
}

/// The state for a block with quotes. Cells cannot be slices of such a block, because quotes are
/// removed from them; the parser copies them.
struct Quoted {
    parser: csv_core::Reader,
    /// The text of the block.
    input: Vec<u8>,
    /// The ends of the current row's cells.
    ends: Vec<usize>,
}

/// Reads the rows of a block.
pub(crate) struct TableRows {
    format: TableFormat,
    /// The parser, if the block has quotes.
    quoted: Option<Box<Quoted>>,
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
    /// Number of its line in the file.
    number: u64,
    /// The text that has its cells: the whole block or, if the block has quotes, the parser's
    /// output.
    text: Text,
    /// Start and end of each cell in `text`.
    cells: Vec<(u32, u32)>,
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
}

impl TableRows {
    /// Begins to read a block. `number` is the number of its first line, and `expected` is the
    /// number of cells of a row.
    pub fn new(text: Vec<u8>, number: u64, format: TableFormat, expected: usize) -> Self {
        let quotes = matches!(format, TableFormat::Csv) && memchr(b'"', &text).is_some();
        let (quoted, text) = match quotes {
            true => {
                let cells = Text::Bytes(vec![0; 1 << 10]);
                let parser = csv_core::Reader::new();
                let ends = vec![0; 64];
                (Some(Box::new(Quoted { parser, input: text, ends })), cells)
            }
            false => (
                None,
                String::from_utf8(text).map_or_else(|e| Text::Bytes(e.into_bytes()), Text::Known),
            ),
        };
        let line = RawLine { number, text, cells: Vec::new() };
        Self { format, quoted, at: 0, number, expected, line }
    }

    /// Goes to the next row. Returns false at the end of the block.
    pub fn step(&mut self) -> bool {
        if !self.skip() {
            return false;
        }
        self.line.number = self.number;
        self.line.cells.clear();
        match self.format {
            TableFormat::Csv if self.quoted.is_some() => self.parse(),
            TableFormat::Csv => {
                let text = &self.line.text.bytes()[self.at..];
                let end = memchr2(b'\n', b'\r', text).unwrap_or(text.len());
                split(&text[..end], b",", self.at, &mut self.line.cells);
                self.at += end;
                true
            }
            #[cfg(feature = "table")]
            TableFormat::Plain(separator) => {
                let text = &self.line.text.bytes()[self.at..];
                let end = memchr(b'\n', text).unwrap_or(text.len());
                let ends = text[..end].iter().rev().take_while(|b| **b == b'\r').count();
                split(&text[..end - ends], separator, self.at, &mut self.line.cells);
                self.at += end;
                true
            }
        }
    }

    /// Skips the line ends before a row: the second half of "\r\n", and empty lines. They are
    /// skipped here and not by the parser, so that the number of the row's line is right. Returns
    /// false at the end of the block.
    fn skip(&mut self) -> bool {
        let text = match &self.quoted {
            Some(quoted) => &quoted.input[..],
            None => self.line.text.bytes(),
        };
        while let Some(byte) = text.get(self.at) {
            match byte {
                b'\n' => self.number += 1,
                b'\r' if matches!(self.format, TableFormat::Csv) => (),
                // In a plain file, "\r" is only part of a line end; a line with nothing else is
                // empty.
                b'\r'
                    if text[self.at..]
                        .iter()
                        .find(|b| **b != b'\r')
                        .is_none_or(|b| *b == b'\n') => {}
                _ => return true,
            }
            self.at += 1;
        }
        false
    }

    /// Parses the next row of a block with quotes. Returns false at the end of the block.
    fn parse(&mut self) -> bool {
        let Some(quoted) = &mut self.quoted else { return false };
        let Quoted { parser, input, ends } = &mut **quoted;
        let Text::Bytes(to) = &mut self.line.text else { return false };
        let mut text_length = 0;
        let mut cells = 0;
        loop {
            let rest = &input[self.at..];
            let (state, read, wrote, ended) =
                parser.read_record(rest, &mut to[text_length..], &mut ends[cells..]);
            // The row begins on `self.line.number`; this counts the line ends inside and after it.
            self.number += memchr::memchr_iter(b'\n', &rest[..read]).count() as u64;
            self.at += read;
            text_length += wrote;
            cells += ended;
            match state {
                // The parser ends the last row when it is called again with an empty input.
                ReadRecordResult::InputEmpty => (),
                ReadRecordResult::OutputFull => to.resize(2 * text_length.max(512), 0),
                ReadRecordResult::OutputEndsFull => ends.resize(2 * cells.max(32), 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return false,
            }
        }
        let starts = [0].into_iter().chain(ends[..cells].iter().copied());
        let places = starts.zip(&ends[..cells]).map(|(start, end)| (start as u32, *end as u32));
        self.line.cells.extend(places);
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
            TableFormat::Csv => " as in the header",
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

    /// The cells of the current row, which is the header.
    pub fn header(&self) -> Result<Vec<String>, String> {
        (0..self.line.len()).map(|i| self.line.get(i).map(str::to_owned)).collect()
    }

    /// Sets the number of cells that a row must have.
    pub fn widen(&mut self, columns: usize) {
        self.expected = columns;
    }
}

/// Splits `text` at the separator and adds the start and end of each part to `cells`. `start` is
/// the offset of `text` in the block.
fn split(text: &[u8], separator: &[u8], start: usize, cells: &mut Vec<(u32, u32)>) {
    let mut begin = 0;
    let mut at = 0;
    // A separator may have several bytes, so its first byte is searched for and the others are
    // compared.
    while let Some(next) = memchr(separator[0], &text[at..]) {
        at += next;
        if text[at..].starts_with(separator) {
            cells.push(((start + begin) as u32, (start + at) as u32));
            at += separator.len();
            begin = at;
        } else {
            at += 1;
        }
    }
    cells.push(((start + begin) as u32, (start + text.len()) as u32));
}

impl RawLine {
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells.len()
    }
}

impl Cells for RawLine {
    fn line(&self) -> u64 {
        self.number
    }

    fn get(&self, column: usize) -> Result<&str, String> {
        let (start, end) = self.cells[column];
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
