//! Divides a file into blocks of whole rows, so that workers can parse the blocks independently.

use crate::cell_rules::CellRules;
use crate::error::{Error, Result};
use crate::table::grammar::{self, BadQuote};
use crate::table::rows::{TableFormat, TableRows};
use crate::table::unpack::{Unpacked, unpack};
use std::io::{ErrorKind, Read};

/// Usual size of a block in bytes. It is also the limit for one row, so that memory stays bounded.
pub(crate) const BLOCK: usize = 1 << 20;

/// Reads a file block by block.
pub(crate) struct Blocks<R> {
    input: Unpacked<R>,
    format: TableFormat,
    /// If the first block is to tell the delimiter: the number of columns, or 0 if the header will say
    /// it.
    unknown: Option<usize>,
    /// The file as the host names it.
    pub source: String,
    /// Size of a block in bytes.
    size: usize,
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
    /// Reading failed, or a cell breaks the grammar. The whole rows before the failure come first.
    Failure(Error),
    /// The input has ended.
    Nothing,
}

impl<R: Read> Blocks<R> {
    /// Opens a CSV, whose delimiter is a comma and whose first row is the header.
    #[cfg(feature = "table")]
    pub fn csv(reader: R, source: &str) -> Result<Self> {
        Self::delimited(
            BLOCK,
            reader,
            source,
            &CellRules { delimiter: Some(b','), ..CellRules::default() },
        )
    }

    /// Opens a CSV that is read in blocks of `size` bytes. If the rules do not name the delimiter,
    /// the first row decides. If they do not name the columns, the first row is the header.
    pub fn delimited(size: usize, reader: R, source: &str, rules: &CellRules) -> Result<Self> {
        let mut blocks = Self { size, ..Self::new(reader, source, TableFormat::Csv(b','))? };
        match rules.delimiter {
            Some(delimiter) => blocks.format = TableFormat::Csv(delimiter),
            None => blocks.unknown = Some(rules.header.len()),
        }
        if !rules.header.is_empty() {
            blocks.header.clone_from(&rules.header);
            return Ok(blocks);
        }
        // A block may have empty lines only.
        let mut rows = loop {
            let rows = blocks.block().transpose()?;
            let empty =
                || Error::Data(format!("{source}:1:1: expected a header row, got an empty file"));
            let mut rows = rows.ok_or_else(empty)?;
            if rows.step() {
                break rows;
            }
        };
        blocks.header = rows.header().map_err(|(column, got)| {
            blocks.fail(
                rows.number(),
                column,
                &format!("expected a header row of UTF-8 text, got {got}"),
            )
        })?;
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
            unknown: None,
            source: source.to_owned(),
            size: BLOCK,
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
        if let Some(columns) = self.unknown.take() {
            let columns = Some(columns).filter(|n| *n > 0);
            self.format = TableFormat::Csv(grammar::delimiter(&text, columns));
        }
        let last = matches!(self.end, End::Nothing);
        let (end, bad) = self.format.whole_rows(&text, last);
        // A full block without the end of a row: the row is too long.
        let full = matches!(self.end, End::More) && end == 0;
        // A closing quote may be in the next block.
        if let Some(bad) = bad.filter(|bad| bad.closed.is_some() || full || last) {
            self.end = End::Failure(self.bad_quote(&text, &bad, last));
        } else if full {
            let what = format!("expected a row of at most {} bytes, got more", self.size);
            self.end = End::Failure(self.fail(self.line, 1, &what));
        }
        // At the end of the input, the last row needs no line end. Elsewhere the cut-off row waits
        // for the next block.
        self.rest = text.split_off(end);
        let line = self.line;
        self.line += grammar::line_ends(&text);
        if let End::Failure(Error::Io(error)) = &self.end {
            self.end = End::Failure(self.fail(self.line, 1, &error.to_string()));
        }
        if text.is_empty() {
            return match std::mem::replace(&mut self.end, End::Nothing) {
                End::Failure(error) => Some(Err(error)),
                _ => None,
            };
        }
        // A last line without a line end counts as well. The rows before a failure are handed out
        // now, and the failure at the next call.
        let ended = text.ends_with(b"\n") || text.ends_with(b"\r");
        self.line += u64::from(matches!(self.end, End::Nothing) && !ended);
        Some(Ok(TableRows::new(text, line, self.format, self.header.len())))
    }

    /// Makes the error for a quoted cell in `text`, which begins on the current line. `last` says
    /// whether the file ends with this text.
    fn bad_quote(&self, text: &[u8], bad: &BadQuote, last: bool) -> Error {
        let line = |at: usize| self.line + grammar::line_ends(&text[..at]);
        let began = line(bad.began);
        let Some(closed) = bad.closed else {
            let within = match last {
                true => String::new(),
                false => format!(" within {} bytes, which is the limit for a row", self.size),
            };
            let what = format!("a quote that is not closed{within}");
            return self.fail(began, bad.column, &what);
        };
        let since = match line(closed) == began {
            true => String::new(),
            false => format!("; the cell began on line {began}"),
        };
        let delimiter = match self.format {
            TableFormat::Csv(delimiter) => grammar::delimiter_name(delimiter),
            #[cfg(feature = "table")]
            TableFormat::Plain(_) => String::new(),
        };
        let rule =
            format!("a closing quote must be followed by {delimiter} or the end of the line");
        self.fail(line(closed), bad.column, &format!("text after a closing quote ({rule}){since}"))
    }

    fn fail(&self, line: u64, column: usize, what: &str) -> Error {
        Error::Data(format!("{}:{line}:{column}: {what}", self.source))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::cells::Cells;
    use proptest::prelude::*;

    /// The rules of a file with commas.
    fn commas() -> CellRules {
        CellRules { delimiter: Some(b','), ..CellRules::default() }
    }

    /// A row: the line on which it begins, and its cells.
    type Row = (u64, Vec<String>);

    /// The rows of a text, and the line and column of the cell that breaks the grammar. This reader
    /// looks at one byte after the other and shares nothing with the one that is tested.
    fn expected(text: &[u8]) -> (Vec<Row>, Option<(u64, usize)>) {
        let (mut rows, mut line, mut i) = (Vec::new(), 1, 0);
        let at = |i: usize| text.get(i).copied().unwrap_or(0);
        while i < text.len() {
            if matches!(at(i), b'\n' | b'\r') {
                line += u64::from(at(i) == b'\n' || at(i + 1) != b'\n');
                i += 1;
                continue;
            }
            let (first, mut cells) = (line, Vec::new());
            loop {
                let (began, mut cell) = (line, Vec::new());
                if at(i) == b'"' {
                    i += 1;
                    while at(i) != b'"' || at(i + 1) == b'"' {
                        if i >= text.len() {
                            return (rows, Some((began, cells.len() + 1)));
                        }
                        cell.push(at(i));
                        let end = at(i) == b'\n' || at(i) == b'\r' && at(i + 1) != b'\n';
                        line += u64::from(end);
                        i += if at(i) == b'"' { 2 } else { 1 };
                    }
                    i += 1;
                    if i < text.len() && !b",\n\r".contains(&at(i)) {
                        return (rows, Some((line, cells.len() + 1)));
                    }
                }
                while i < text.len() && !b",\n\r".contains(&at(i)) {
                    cell.push(at(i));
                    i += 1;
                }
                cells.push(String::from_utf8(cell).unwrap_or_default());
                if at(i) != b',' {
                    break;
                }
                i += 1;
            }
            rows.push((first, cells));
        }
        (rows, None)
    }

    /// The rows that are read in blocks of `size` bytes, and the message of the error that ends
    /// them.
    fn read(text: &[u8], size: usize) -> (Vec<Row>, Option<String>) {
        let mut blocks = match Blocks::delimited(size, text, "t", &commas()) {
            Ok(blocks) => blocks,
            Err(error) => return (Vec::new(), Some(error.to_string())),
        };
        let mut all = vec![(0, blocks.header.clone())];
        while let Some(rows) = blocks.block() {
            let mut rows = match rows {
                Ok(rows) => rows,
                Err(error) => return (all, Some(error.to_string())),
            };
            while rows.step() {
                let line = rows.row().map_or_else(|bad| bad.line, |row| row.line());
                all.push((line, rows.header().unwrap_or_default()));
            }
        }
        (all, None)
    }

    /// Checks that a text is read as one byte after the other would be, in blocks of any size.
    fn check(text: &str, size: usize) {
        let (mut rows, bad) = expected(text.as_bytes());
        let (got, error) = read(text.as_bytes(), size);
        if error.as_ref().is_some_and(|e| e.contains(" bytes")) {
            return; // A row is longer than such a small block.
        }
        let place = bad.map(|(line, column)| format!("t:{line}:{column}: "));
        match (&error, &place) {
            (Some(error), Some(place)) => assert!(error.starts_with(place), "{error}, {place}"),
            (Some(error), None) => assert!(rows.is_empty(), "{text:?}: {error}"),
            (None, _) => assert_eq!(place, None, "{text:?}"),
        }
        // The line of the header is not known here.
        rows.first_mut().into_iter().for_each(|header| header.0 = 0);
        assert_eq!(got, rows, "{text:?} in blocks of {size}");
        if bad.is_none() {
            let mut reader = csv::ReaderBuilder::new();
            let mut reader = reader.has_headers(false).flexible(true).from_reader(text.as_bytes());
            let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect::<Vec<_>>();
            let records = reader.records().map(|row| row.map_or_else(|_| Vec::new(), cells));
            assert!(records.eq(got.into_iter().map(|row| row.1)), "{text:?} by the crate csv");
        }
    }

    #[test]
    fn texts_that_are_easily_misread() {
        for text in [
            "a,b\n1,2",
            "a\r\n\"1\r\n\"\r\n2\r\n",
            "a\r\"1\r2\"\r\r3",
            "a\n\"1\"\"\"\n\"\"\"\"\n",
            "a\n\"\"\n\n2\n",
            "a\n5\" disk\n\"5\" disk\n",
            "a,b\n1,\"2\n3,4\n",
            "a,b\n1,\"2\n3,\"4\n",
            "\"a\n1",
            "a\n\"1\"",
            "a\n1,\n",
        ] {
            (1..20).chain([BLOCK]).for_each(|size| check(text, size));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        /// Any text is read in the same way, or refused at the same place, as by another reader.
        #[test]
        fn every_row_is_counted(text in "[ab,\"\n\r\u{0}é]{1,60}", size in 8..80usize) {
            check(&text, size);
            check(&text, BLOCK);
        }

        /// Rows that another program has written are read back cell by cell.
        #[test]
        fn written_rows_come_back(
            rows in proptest::collection::vec(
                proptest::collection::vec("[ab,\"\n\ré ]{0,5}", 3), 1..20),
            style in 0..3usize, end in 0..3usize, size in 64..300usize,
        ) {
            let style = [csv::QuoteStyle::Always, csv::QuoteStyle::Necessary, csv::QuoteStyle::NonNumeric][style];
            let end = [csv::Terminator::CRLF, csv::Terminator::Any(b'\n'), csv::Terminator::Any(b'\r')][end];
            let mut writer = csv::WriterBuilder::new();
            let mut writer = writer.quote_style(style).terminator(end).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            for size in [size, BLOCK] {
                let (got, error) = read(text.as_bytes(), size);
                prop_assert_eq!(error, None);
                let cells: Vec<_> = got.into_iter().map(|row| row.1).collect();
                prop_assert_eq!(&cells, &rows);
            }
            check(&text, size);
        }
    }
}
