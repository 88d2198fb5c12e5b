//! Finds out how the lines of a text file are cut into cells, and whether the first one is a header.

use crate::cell_rules::CellRules;
use crate::error::{Error, Result};
use crate::table::grammar::{self, Cell, DELIMITERS};
use ssim_core::spelling::nanoseconds;
use ssim_core::vocabulary::number;

/// Rows that are compared with the first one.
const ROWS: usize = 1000;
/// Share of these rows that must have as many cells as the first one.
const SAME: f64 = 0.9;

/// The rules for the lines of a file that begins with `head`; `whole` says whether this is all of it.
///
/// # Errors
/// The text is not UTF-8, or no delimiter divides its first row.
pub(super) fn rules(head: &[u8], whole: bool, source: &str) -> Result<CellRules> {
    let fail = |what: &str| Err(Error::Data(format!("{source}:1:1: {what}")));
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return fail("expected text in UTF-8, got UTF-16; save the file as UTF-8");
    }
    if head.contains(&0) {
        return fail("expected text, Parquet or Arrow, got other bytes; is this the log?");
    }
    let end = if whole { head.len() } else { grammar::last_line_end(head) };
    let head = &head[..end];
    if head.iter().all(u8::is_ascii_whitespace) {
        return fail("expected a log with rows, got an empty file");
    }
    if head.trim_ascii_start().starts_with(b"[") {
        return fail("expected a JSON object in each line, got an array; write an object per line");
    }
    let tried = DELIMITERS.map(|delimiter| (delimiter, rows(head, delimiter)));
    let fits = tried.iter().filter(|(_, rows)| {
        let columns = rows.first().map_or(0, Vec::len);
        let same = rows.iter().filter(|row| row.len() == columns).count();
        columns > 1 && same as f64 >= SAME * rows.len() as f64
    });
    // The first of the best, because the delimiters stand in the order of their frequency.
    let best = fits.rev().max_by_key(|(_, rows)| rows.first().map_or(0, Vec::len));
    let Some((delimiter, rows)) = best else {
        return fail(
            "expected cells with , or tab or ; or | between them, and as many in each row, got \
             something else; save the log as CSV",
        );
    };
    let header = match is_header(head, rows) {
        true => Vec::new(),
        false => (1..=rows[0].len()).map(|column| format!("column{column}")).collect(),
    };
    Ok(CellRules { delimiter: Some(*delimiter), header, ..CellRules::default() })
}

/// The cells of the first rows, which end where one breaks the grammar.
fn rows(head: &[u8], delimiter: u8) -> Vec<Vec<Cell>> {
    let (mut rows, mut at) = (Vec::new(), 0);
    while at < head.len() && rows.len() < ROWS {
        match grammar::line_end(head, at) {
            0 => {
                let mut cells = Vec::new();
                let Ok(end) = grammar::row(head, delimiter, at, &mut cells) else { break };
                rows.push(cells);
                at = end;
            }
            bytes => at += bytes,
        }
    }
    rows
}

/// Whether the first row has the names of the columns: none of its cells is a number or a date, and
/// none is found in its column again.
fn is_header(head: &[u8], rows: &[Vec<Cell>]) -> bool {
    let text = |cell: &Cell| &head[cell.start as usize..cell.end as usize];
    let Some((first, others)) = rows.split_first() else { return false };
    let value = |cell: &Cell| {
        let text = String::from_utf8_lossy(text(cell));
        number(&text).is_some() || nanoseconds(&text).is_some()
    };
    let again = |(column, cell): (usize, &Cell)| {
        let same = |row: &Vec<Cell>| row.get(column).is_some_and(|other| text(other) == text(cell));
        !text(cell).is_empty() && others.iter().any(same)
    };
    !first.iter().any(value) && !first.iter().enumerate().any(again)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_as_most_rows_say() {
        for (text, delimiter, header) in [
            ("a,b\n1,2\n", b',', true),
            ("a\tb\n1,2\t3\n", b'\t', true),
            ("a;b;c\n1,5;2,5;3\n", b';', true),
            ("1|x\n0|x\n", b'|', false),
            ("1,a|b\n0,a\n1,a|b|c\n", b',', false),
            ("home,yes\nhome,no\n", b',', false),
            ("\n\n\"a,b\";\"c\"\n1;2\n", b';', true),
            (",user\n0,a\n", b',', true),
            ("2024-01-01,a\n", b',', false),
        ] {
            let rules = rules(text.as_bytes(), true, "t").unwrap();
            assert_eq!(rules.delimiter, Some(delimiter), "{text:?}");
            assert_eq!(rules.header.is_empty(), header, "{text:?}");
        }
        for text in ["", "\n\n", "one\ntwo\n", "a\0b,c\n", "\u{feff}", "1::2::3\n", "[{}]"] {
            assert!(rules(text.as_bytes(), true, "t").is_err(), "{text:?}");
        }
    }
}
