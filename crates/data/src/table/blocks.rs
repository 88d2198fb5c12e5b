//! Divides a file into blocks of whole rows, so that workers can parse the blocks independently.

use crate::error::{Error, Result};
use crate::table::rows::{TableFormat, TableRows};
use crate::table::unpack::{Unpacked, unpack};
use std::io::{ErrorKind, Read};

/// Usual size of a block in bytes. It is also the limit for one row, so that memory stays bounded.
pub(crate) const BLOCK: usize = 1 << 20;

/// Reads a file block by block.
pub(crate) struct Blocks<R> {
    input: Unpacked<R>,
    format: TableFormat,
    /// Size of a block in bytes.
    size: usize,
    /// The file as the host names it.
    pub source: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// Bytes after the last whole row; the next block begins with them.
    rest: Vec<u8>,
    /// Number of the line on which the next block begins.
    line: u64,
    /// The first block of a CSV, after its header has been read.
    first: Option<TableRows>,
    end: End,
}

/// The state of the input after the last block.
enum End {
    /// There may be more bytes.
    More,
    /// Reading failed. The whole rows before the failure come first.
    Failure(Error),
    /// The input has ended.
    Nothing,
}

impl<R: Read> Blocks<R> {
    /// Opens a CSV, whose first row is the header.
    pub fn csv(reader: R, source: &str) -> Result<Self> {
        Self::csv_in(BLOCK, reader, source)
    }

    /// Opens a CSV that is read in blocks of `size` bytes.
    pub fn csv_in(size: usize, reader: R, source: &str) -> Result<Self> {
        let mut blocks = Self { size, ..Self::new(reader, source, TableFormat::Csv)? };
        let fail = |what: String| Error::Data(format!("{source}:1:1: {what}"));
        // A block may have empty lines only.
        let mut rows = loop {
            let rows = blocks.block().transpose()?;
            let empty = || fail("expected a header row, got an empty file".into());
            let mut rows = rows.ok_or_else(empty)?;
            if rows.step() {
                break rows;
            }
        };
        blocks.header = rows
            .header()
            .map_err(|got| fail(format!("expected a header row of UTF-8 text, got {got}")))?;
        rows.widen(blocks.header.len());
        blocks.first = Some(rows);
        Ok(blocks)
    }

    /// Opens a file whose lines are cells with a separator between them. It has no quotes and no
    /// header.
    #[cfg(feature = "table")]
    pub fn plain(
        reader: R,
        source: &str,
        separator: &'static str,
        header: &[&str],
    ) -> Result<Self> {
        let mut blocks = Self::new(reader, source, TableFormat::Plain(separator.as_bytes()))?;
        blocks.header = header.iter().map(|&name| name.to_owned()).collect();
        Ok(blocks)
    }

    /// Opens a file. It may be compressed, may begin with a byte order mark, and may have any kind
    /// of line end.
    fn new(reader: R, source: &str, format: TableFormat) -> Result<Self> {
        Ok(Self {
            input: unpack(reader).map_err(|e| Error::Data(format!("{source}:1:1: {e}")))?,
            format,
            size: BLOCK,
            source: source.to_owned(),
            header: Vec::new(),
            rest: Vec::new(),
            line: 1,
            first: None,
            end: End::More,
        })
    }

    /// Number of lines that have been read.
    #[cfg(feature = "table")]
    pub fn lines(&self) -> u64 {
        self.line - 1
    }

    /// Reads the next block. Nothing follows an error.
    pub fn block(&mut self) -> Option<Result<TableRows>> {
        if let Some(rows) = self.first.take() {
            return Some(Ok(rows));
        }
        match std::mem::replace(&mut self.end, End::Nothing) {
            End::More => (),
            End::Failure(error) => return Some(Err(error)),
            End::Nothing => return None,
        }
        // Only the first bytes of the file can be a byte order mark.
        let begin = self.line == 1 && self.rest.is_empty();
        let mut text = std::mem::take(&mut self.rest);
        self.end = self.fill(&mut text);
        if begin && text.starts_with(b"\xef\xbb\xbf") {
            text.drain(..3);
        }
        let end = match &self.end {
            End::Nothing => text.len(),
            End::More => match self.format.cut(&text) {
                Some(end) => end,
                // A full block without the end of a row: the row is too long.
                None => {
                    self.end = End::Nothing;
                    return Some(Err(Error::Data(format!(
                        "{}:{}:1: expected a row of at most {} bytes, got more",
                        self.source, self.line, self.size
                    ))));
                }
            },
            End::Failure(_) => self.format.cut(&text).unwrap_or(0),
        };
        // At the end of the input, the last row needs no line end. Elsewhere the cut-off row waits
        // for the next block.
        self.rest = text.split_off(end);
        let line = self.line;
        self.line += memchr::memchr_iter(b'\n', &text).count() as u64;
        match &self.end {
            End::Nothing if text.is_empty() => return None,
            // A last line without a line end counts as well.
            End::Nothing => self.line += u64::from(text.last() != Some(&b'\n')),
            End::Failure(error) => {
                let error = Error::Data(format!("{}:{}:1: {error}", self.source, self.line));
                if text.is_empty() {
                    self.end = End::Nothing;
                    return Some(Err(error));
                }
                // The rows before the failure are handed out now, and the error at the next call.
                self.end = End::Failure(error);
            }
            End::More => (),
        }
        Some(Ok(TableRows::new(text, line, self.format, self.header.len())))
    }

    /// Reads until `text` has the size of a block, or the input ends.
    fn fill(&mut self, text: &mut Vec<u8>) -> End {
        let mut read = text.len();
        text.resize(self.size, 0);
        let end = loop {
            if read == text.len() {
                break End::More;
            }
            match self.input.read(&mut text[read..]) {
                Ok(0) => break End::Nothing,
                Ok(n) => read += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => (),
                Err(e) => break End::Failure(e.into()),
            }
        };
        text.truncate(read);
        end
    }
}
