//! The rows of a block of text, one at a time, cut into cells.

use crate::error::{Reject, cut};
use crate::table::cells::Cells;
use csv_core::ReadRecordResult;
use memchr::{memchr, memchr2, memrchr};

/// How a row is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TableFormat {
    /// RFC 4180: commas, quotes, any line end.
    Csv,
    /// A line is a row and has this between its cells.
    #[cfg(feature = "table")]
    Plain(&'static [u8]),
}

impl TableFormat {
    /// Where the last whole row of a text ends that begins with a row.
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

/// Line ends may stand within quotes, so only the parser knows.
fn quoted_end(text: &[u8]) -> Option<usize> {
    let mut parser = csv_core::Reader::new();
    let (mut cells, mut ends) = (vec![0; 1 << 12], [0; 64]);
    let (mut at, mut last) = (0, None);
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

/// A parser, its text, and where the cells of a row end.
struct Quoted {
    parser: csv_core::Reader,
    input: Vec<u8>,
    ends: Vec<usize>,
}

/// Reads the rows of a block.
pub(crate) struct TableRows {
    format: TableFormat,
    /// Where there are quotes.
    quoted: Option<Box<Quoted>>,
    at: usize,
    /// Number of the line that is read.
    number: u64,
    /// How many cells a row has.
    expected: usize,
    line: RawLine,
}

/// One row: where its cells lie in a text.
#[derive(Debug)]
pub(crate) struct RawLine {
    number: u64,
    text: Text,
    cells: Vec<(u32, u32)>,
}

/// Text that is known to be UTF-8, and such that is not.
#[derive(Debug)]
enum Text {
    Known(String),
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
    /// The rows of a block whose first line has that number.
    pub fn new(text: Vec<u8>, number: u64, format: TableFormat, expected: usize) -> Self {
        let quotes = matches!(format, TableFormat::Csv) && memchr(b'"', &text).is_some();
        let (quoted, text) = match quotes {
            true => {
                let cells = Text::Bytes(vec![0; 1 << 10]);
                let (parser, ends) = (csv_core::Reader::new(), vec![0; 64]);
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

    /// Goes to the next row; false at the end of the block.
    pub fn step(&mut self) -> bool {
        let skipped = self.skip();
        if !skipped {
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

    /// Line ends before a row are no row: the second half of "\r\n", and empty lines. Taking them
    /// here, and not in the parser, is what makes line numbers right. False at the end of the block.
    fn skip(&mut self) -> bool {
        let text = match &self.quoted {
            Some(quoted) => &quoted.input[..],
            None => self.line.text.bytes(),
        };
        while let Some(byte) = text.get(self.at) {
            match byte {
                b'\n' => self.number += 1,
                b'\r' if matches!(self.format, TableFormat::Csv) => (),
                // A line of nothing else is empty.
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

    /// Parses a row that may have quotes.
    fn parse(&mut self) -> bool {
        let Some(quoted) = &mut self.quoted else { return false };
        let Quoted { parser, input, ends: cells } = &mut **quoted;
        let Text::Bytes(to) = &mut self.line.text else { return false };
        let (mut text, mut ends) = (0, 0);
        loop {
            let rest = &input[self.at..];
            let (state, read, wrote, ended) =
                parser.read_record(rest, &mut to[text..], &mut cells[ends..]);
            self.number += memchr::memchr_iter(b'\n', &rest[..read]).count() as u64;
            self.at += read;
            (text, ends) = (text + wrote, ends + ended);
            match state {
                ReadRecordResult::InputEmpty => (),
                ReadRecordResult::OutputFull => to.resize(2 * text.max(512), 0),
                ReadRecordResult::OutputEndsFull => cells.resize(2 * ends.max(32), 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return false,
            }
        }
        let starts = [0].into_iter().chain(cells[..ends].iter().copied());
        let places = starts.zip(&cells[..ends]).map(|(start, end)| (start as u32, *end as u32));
        self.line.cells.extend(places);
        true
    }

    /// The row, or why it is none.
    pub fn row(&self) -> Result<&RawLine, Reject> {
        let (expected, got) = (self.expected, self.line.len());
        if expected == got {
            return Ok(&self.line);
        }
        let of = match self.format {
            TableFormat::Csv => " as in the header",
            #[cfg(feature = "table")]
            TableFormat::Plain(_) => "",
        };
        Err(Reject {
            line: self.line.number,
            column: expected.min(got) as u64 + 1,
            reason: format!("expected {expected} values{of}, got {got}"),
            raw: cut(&self.line.raw()),
            ..Reject::default()
        })
    }

    /// The cells of a header.
    pub fn header(&self) -> Result<Vec<String>, String> {
        (0..self.line.len()).map(|i| self.line.get(i).map(str::to_owned)).collect()
    }

    /// Rows have so many cells.
    pub fn widen(&mut self, columns: usize) {
        self.expected = columns;
    }
}

/// Where the parts of `text` lie, which itself begins at `start`.
fn split(text: &[u8], separator: &[u8], start: usize, cells: &mut Vec<(u32, u32)>) {
    let (mut begin, mut at) = (0, 0);
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
    /// How many cells there are.
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
