//! The grammar of text tables: where lines end, where a row ends, and where its cells are.
//!
//! A row of a CSV follows RFC 4180. A cell that begins with a quote ends with the next quote that
//! is not doubled; a comma, a line end or the end of the file must follow. In any other cell a
//! quote is a character like others, as in `5" disk`. A line ends with `\n`, with `\r\n`, or with
//! an `\r` that no `\n` follows. A line end in a quoted cell belongs to the cell, but it is counted
//! in the numbers of the lines. Another delimiter may stand in place of the comma.

use memchr::{memchr, memchr_iter, memchr3, memrchr2};

/// The text of a cell, as a range of the text that has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell {
    pub start: u32,
    pub end: u32,
    /// True if the text has doubled quotes, each of which stands for one.
    pub doubled: bool,
}

impl Cell {
    /// Makes a cell without doubled quotes.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32, doubled: false }
    }
}

/// A quoted cell that breaks the grammar. No row behind it can be read, because nobody can say
/// where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BadQuote {
    /// Offset of the quote that begins the cell.
    pub began: usize,
    /// Offset of the closing quote, which text follows; `None` if there is no closing quote.
    pub closed: Option<usize>,
    /// Number of the cell in its row, counted from 1.
    pub column: usize,
}

/// The length of the line end at `at` in bytes, or 0 if there is none.
pub(crate) fn line_end(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'\n') => 1,
        Some(b'\r') => 1 + usize::from(text.get(at + 1) == Some(&b'\n')),
        _ => 0,
    }
}

/// The number of line ends in a text.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let feeds = memchr_iter(b'\n', text).count();
    let alone = memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n')).count();
    (feeds + alone) as u64
}

/// The end of the last line that is whole, or 0. An `\r` that is the last byte does not count,
/// because an `\n` may follow it in the next block.
pub(crate) fn last_line_end(text: &[u8]) -> usize {
    let known = text.strip_suffix(b"\r").unwrap_or(text);
    memrchr2(b'\n', b'\r', known).map_or(0, |at| at + 1)
}

/// The end of the last whole row in a text that begins with a row. The end of the text ends a row
/// only if it is the `last` text of the file. If the cell of a row behind this end breaks the
/// grammar, it is returned, too. If it has no closing quote, that may be in the next text.
pub(crate) fn whole_rows(text: &[u8], delimiter: u8, last: bool) -> (usize, Option<BadQuote>) {
    let known = if last { text.len() } else { last_line_end(text) };
    if memchr(b'"', text).is_none() {
        return (known, None);
    }
    let mut at = 0;
    let mut cells = Vec::new();
    while let Some(mark) = memchr3(b'\n', b'\r', b'"', &text[at..]) {
        let mut end = at + mark;
        if text[end] == b'"' {
            cells.clear();
            match row(text, delimiter, at, &mut cells) {
                Ok(found) => end = found,
                Err(bad) => return (at, Some(bad)),
            }
        }
        let next = end + line_end(text, end);
        if next > known {
            break;
        }
        at = next;
    }
    (if last { text.len() } else { at }, None)
}

/// Finds the cells of the row that begins at `start`. Returns the offset of the line end behind the
/// row, or of the end of the text.
///
/// # Errors
/// A quoted cell breaks the grammar.
pub(crate) fn row(
    text: &[u8],
    delimiter: u8,
    start: usize,
    cells: &mut Vec<Cell>,
) -> Result<usize, BadQuote> {
    let mut at = start;
    loop {
        let mut end = at;
        if text.get(at) == Some(&b'"') {
            let bad = BadQuote { began: at, closed: None, column: cells.len() + 1 };
            let (close, doubled) = closing_quote(text, at + 1).ok_or(bad)?;
            cells.push(Cell { doubled, ..Cell::new(at + 1, close) });
            end = close + 1;
            if text.get(end).is_some_and(|byte| ![delimiter, b'\n', b'\r'].contains(byte)) {
                return Err(BadQuote { closed: Some(close), ..bad });
            }
        } else {
            end = memchr3(delimiter, b'\n', b'\r', &text[end..]).map_or(text.len(), |n| end + n);
            cells.push(Cell::new(at, end));
        }
        if text.get(end) != Some(&delimiter) {
            return Ok(end);
        }
        at = end + 1;
    }
}

/// Delimiters that are looked for, the more common one first.
pub(crate) const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The delimiter of a text, by its first row: the one that gives `columns` cells if their number is
/// known, or else the one that gives most cells. Only this row decides, so that the answer does not
/// depend on how much of the file has been read.
pub(crate) fn delimiter(text: &[u8], columns: Option<usize>) -> u8 {
    let mut start = 0;
    while line_end(text, start) > 0 {
        start += line_end(text, start);
    }
    let (mut best, mut most) = (b',', 1);
    for delimiter in DELIMITERS {
        let mut cells = Vec::new();
        let whole = row(text, delimiter, start, &mut cells).is_ok();
        if whole && columns == Some(cells.len()) {
            return delimiter;
        }
        if whole && cells.len() > most {
            (best, most) = (delimiter, cells.len());
        }
    }
    best
}

/// The name of a delimiter, for messages.
pub(crate) fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "a comma".into(),
        b'\t' => "a tab".into(),
        b';' => "a semicolon".into(),
        b' ' => "a blank".into(),
        other => format!("\"{}\"", char::from(other)),
    }
}

/// The offset of the first quote from `at` that is not doubled, and whether doubled ones come
/// before it.
fn closing_quote(text: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut doubled = false;
    loop {
        at += memchr(b'"', &text[at..])?;
        if text.get(at + 1) != Some(&b'"') {
            return Some((at, doubled));
        }
        doubled = true;
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_is_counted_once() {
        for (text, ends) in [
            ("", 0),
            ("a", 0),
            ("a\nb\n", 2),
            ("a\r\nb\r\n", 2),
            ("a\rb\r", 2),
            ("\r", 1),
            ("\r\r\n\n", 3),
            ("\n\r", 2),
        ] {
            assert_eq!(line_ends(text.as_bytes()), ends, "{text:?}");
        }
    }

    #[test]
    fn the_first_row_tells_the_delimiter() {
        for (text, columns, delimiter) in [
            ("a,b\n1,2", None, b','),
            ("a\tb\tc,d\n", None, b'\t'),
            ("\n\r\n\"a;x\";b\n", None, b';'),
            ("\"a\"|\"b,c,d\"\n", None, b'|'),
            ("a\n1,2", None, b','),
            ("", None, b','),
            ("1,a|b|c\n", Some(2), b','),
            ("1,a|b|c\n", None, b'|'),
            ("1;2;3\n", Some(4), b';'),
        ] {
            assert_eq!(super::delimiter(text.as_bytes(), columns), delimiter, "{text:?}");
        }
    }

    #[test]
    fn whole_rows_end_where_no_more_text_can_change_them() {
        for (text, end) in [
            ("a,b\nc", 4),
            ("a,b\r\nc\r", 5),
            ("a\rb", 2),
            ("a\r", 0),
            ("a,\"b\nc\"\nd", 8),
            ("a\n\"b\nc", 2),
            ("a\n\"b\"", 2),
            ("a\n\"b\"\r", 2),
            ("a\n\"b\"\"\n", 2),
            ("a\n5\" disk\nc", 10),
        ] {
            assert_eq!(whole_rows(text.as_bytes(), b',', false).0, end, "{text:?}");
        }
    }
}
