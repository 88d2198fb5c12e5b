//! Text whose rows are lines and whose cells have a separator between them: no quotes, no header.

use crate::error::{Error, Reject, Result, cut};
use crate::table::cells::Cells;
use crate::table::csv::{Line, Rows};
use crate::table::unpack::unpack;
use std::io::{BufRead, BufReader, Read};

/// The rows of such a file, one at a time.
pub(crate) struct Plain<'a> {
    input: BufReader<Box<dyn Read + 'a>>,
    separator: &'static [u8],
    source: String,
    header: Vec<String>,
    bytes: Vec<u8>,
    row: Line,
    number: u64,
}

impl<'a> Plain<'a> {
    /// Any line end, with or without a byte order mark, plain or packed; `header` names the cells.
    pub fn open(
        reader: impl Read + 'a,
        source: &str,
        separator: &'static str,
        header: &[&str],
    ) -> Result<Self> {
        let input = unpack(reader).map_err(|e| Error::Data(format!("{source}:1:1: {e}")))?;
        Ok(Self {
            input: BufReader::with_capacity(1 << 16, input),
            separator: separator.as_bytes(),
            source: source.to_owned(),
            header: header.iter().map(|&name| name.to_owned()).collect(),
            bytes: Vec::new(),
            row: Line::default(),
            number: 0,
        })
    }

    /// Lines so far.
    pub fn lines(&self) -> u64 {
        self.number
    }

    /// Reads the next line that is not empty into `self.bytes`; false at the end of the file.
    fn read(&mut self) -> Result<bool> {
        loop {
            self.bytes.clear();
            self.number += 1;
            let read = self.input.read_until(b'\n', &mut self.bytes);
            let read =
                read.map_err(|e| Error::Data(format!("{}:{}:1: {e}", self.source, self.number)))?;
            if read == 0 {
                self.number -= 1;
                return Ok(false);
            }
            while let Some(b'\r' | b'\n') = self.bytes.last() {
                self.bytes.pop();
            }
            if self.number == 1 && self.bytes.starts_with(b"\xef\xbb\xbf") {
                self.bytes.drain(..3);
            }
            if !self.bytes.is_empty() {
                return Ok(true);
            }
        }
    }
}

impl Rows for Plain<'_> {
    fn source(&self) -> &str {
        &self.source
    }

    fn header(&self) -> &[String] {
        &self.header
    }

    fn advance(&mut self) -> Result<Option<Result<&Line, Reject>>> {
        if !self.read()? {
            return Ok(None);
        }
        self.row.fill(self.number, cells(&self.bytes, self.separator));
        let (expected, got) = (self.header.len(), self.row.len());
        Ok(Some(if expected == got {
            Ok(&self.row)
        } else {
            Err(Reject {
                line: self.number,
                column: expected.min(got) as u64 + 1,
                reason: format!("expected {expected} values, got {got}"),
                raw: cut(&self.row.raw()),
                ..Reject::default()
            })
        }))
    }
}

/// The parts of `bytes` between separators.
fn cells<'b>(bytes: &'b [u8], separator: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.windows(separator.len()).position(|w| w == separator);
        rest = end.map(|at| &text[at + separator.len()..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}
