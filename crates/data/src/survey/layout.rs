//! Finds out how the lines of a text file are cut into cells, and whether the first one is a header.

use super::known::KnownLog;
use crate::cell_rules::CellRules;
use crate::error::{Error, Result};
use crate::table::grammar::{self, Cell, DELIMITERS};
use ssim_core::spelling::nanoseconds;
use ssim_core::vocabulary::number;

/// Rows that are compared with the first one.
const ROWS: usize = 1000;
/// Share of these rows that must have as many cells as the first one.
const SAME: f64 = 0.9;

/// The form of a text file.
pub(super) struct TextForm {
    pub rules: CellRules,
    /// The published log whose columns these are, or another name for the form.
    pub known: Option<&'static str>,
}

/// The form of a file that begins with `head`; `whole` says whether this is all of it.
///
/// # Errors
/// The text is not UTF-8, or no delimiter divides its first row.
pub(super) fn form(head: &[u8], whole: bool, source: &str) -> Result<TextForm> {
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
        return sparse(head).or_else(|what| fail(&what));
    };
    let numbered = || (1..=rows[0].len()).map(|column| format!("column{column}")).collect();
    let known = || KnownLog::of(*delimiter, &texts(head, rows));
    let (header, known) = match is_header(head, rows) {
        true => (Vec::new(), None),
        false => known().map_or_else(|| (numbered(), None), |log| (log.header(), Some(log.name))),
    };
    let rules = CellRules { delimiter: Some(*delimiter), header, ..CellRules::default() };
    Ok(TextForm { rules, known })
}

/// The form of a file in LIBSVM's format, with a label and then a pair such as `17:0.5` per field, or a
/// sentence about a file of another form.
fn sparse(head: &[u8]) -> Result<TextForm, String> {
    let rows = texts(head, &rows(head, b' '));
    let pairs = |row: &[String]| row.len() > 1 && row[1..].iter().all(|cell| cell.contains(':'));
    let columns = rows.first().map_or(0, Vec::len);
    if rows.is_empty() || rows.iter().any(|row| !pairs(row)) {
        let hint = match head.windows(2).any(|signs| signs == b"::") {
            true => "replace :: by a tab",
            false => "save the log as CSV",
        };
        return Err(format!(
            "expected cells with , or tab or ; or | between them, and as many in each row, got \
             something else; {hint}"
        ));
    }
    if rows.iter().any(|row| row.len() != columns) {
        return Err(
            "expected as many pairs such as 17:0.5 in each row, one for each field, got rows \
                    with more and with fewer; write a CSV with a column per field"
                .into(),
        );
    }
    let names = std::iter::once("label".to_owned());
    let header = names.chain((1..columns).map(|field| format!("field{field}"))).collect();
    let rules = CellRules { delimiter: Some(b' '), header, ..CellRules::default() };
    Ok(TextForm { rules, known: Some("LIBSVM's format") })
}

/// The texts of cells.
fn texts(head: &[u8], rows: &[Vec<Cell>]) -> Vec<Vec<String>> {
    let text = |cell: &Cell| {
        String::from_utf8_lossy(&head[cell.start as usize..cell.end as usize]).into_owned()
    };
    rows.iter().map(|row| row.iter().map(text).collect()).collect()
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
            let rules = form(text.as_bytes(), true, "t").unwrap().rules;
            assert_eq!(rules.delimiter, Some(delimiter), "{text:?}");
            assert_eq!(rules.header.is_empty(), header, "{text:?}");
        }
        for text in ["", "\n\n", "one\ntwo\n", "a\0b,c\n", "\u{feff}", "1::2::3\n", "[{}]"] {
            assert!(form(text.as_bytes(), true, "t").is_err(), "{text:?}");
        }
    }

    #[test]
    fn published_logs_without_a_header_have_names() {
        let hashes = "\t05db9164".repeat(26);
        let criteo = format!("0{}\t{hashes}\n1{}{hashes}\n", "\t1".repeat(12), "\t-2".repeat(13));
        for (text, name, column) in [
            (criteo.as_str(), "Criteo's display ads", "I13"),
            ("1,2268318,2520377,pv,1511544070\n", "Taobao's user behaviour", "behavior"),
            ("196\t242\t3\t881250949\n", "MovieLens 100K", "rating"),
            ("A3SBTW3WS4IQSN,B007R2RM8W,5.0,1418083200\n", "Amazon's ratings", "rating"),
            ("1 3:1 17:0.5\n-1 4:1 17:0.25\n", "LIBSVM's format", "label"),
        ] {
            let form = form(text.as_bytes(), true, "t").unwrap();
            assert_eq!(form.known, Some(name), "{text}");
            assert!(form.rules.header.iter().any(|known| known == column), "{text}");
        }
        let others = ["1,2268318,2520377,view,1511544070\n", "196\t242\t30\t881250949\n"];
        for text in others {
            assert_eq!(form(text.as_bytes(), true, "t").unwrap().known, None, "{text}");
        }
        let uneven = form(b"1 3:1 17:0.5\n0 3:1\n", true, "t").err().unwrap().to_string();
        assert!(uneven.contains("a column per field"), "{uneven}");
    }
}
