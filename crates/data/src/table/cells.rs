//! The view of a row that all formats provide: its line in the file and its cells as text.

use crate::cell_rules::{CellRules, ClickRule};
use crate::error::{Error, Reject, Result, cut};
use crate::table::schema::columns_hint;
use crate::time_field::TimeField;

/// One row of a file.
pub(crate) trait Cells {
    /// Line in the file or, in a Parquet file, number of the row; counted from 1.
    fn line(&self) -> u64;
    /// The text of a column (counted from 0). If the cell is not text, the error describes its
    /// bytes.
    fn get(&self, column: usize) -> Result<&str, String>;
    /// The number of a column, as text. It is the text itself, but for times of a Parquet or Arrow
    /// file: they are nanoseconds (from 1970 or from midnight), whatever unit the file has.
    fn number(&self, column: usize) -> Result<&str, String> {
        self.get(column)
    }
    /// The whole row as text, for messages.
    fn raw(&self) -> String;
}

/// A cell that cannot be used.
pub(crate) struct BadCell {
    /// Its column, counted from 0.
    pub column: usize,
    /// The reason, for messages.
    pub reason: String,
}

impl BadCell {
    /// Makes a bad cell with the reason `field "x": expected …, got …`.
    pub fn new(column: usize, name: &str, expected: &str, got: &str) -> Self {
        let got = match got {
            "" => "nothing".to_owned(),
            text => format!("\"{}\"", cut(text)),
        };
        Self { column, reason: format!("field \"{name}\": expected {expected}, got {got}") }
    }

    /// Makes the reject for `row`, in which this cell is.
    pub fn reject(self, row: &impl Cells) -> Reject {
        Reject {
            line: row.line(),
            column: self.column as u64 + 1,
            reason: self.reason,
            raw: cut(&row.raw()),
            ..Reject::default()
        }
    }
}

/// The content of a numeric field's cell, for messages.
pub(crate) const NUMBER: &str = "a finite number or nothing";

/// A column of a file.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub name: String,
    /// Its place in a row, counted from 0.
    pub at: usize,
}

impl Column {
    /// Finds the column `name` in the header of `file`. `asker` is the schema's file, which needs
    /// the column; it is named in the message.
    pub fn find(name: &str, header: &[String], file: &str, asker: &str) -> Result<Self> {
        let mut places = (0..header.len()).filter(|i| header[*i] == name);
        match (places.next(), places.next()) {
            (Some(at), None) => Ok(Self { name: name.to_owned(), at }),
            (Some(a), Some(b)) => Err(Error::Data(format!(
                "{file}:1:{}: field \"{name}\": expected one such column, got another in column {}",
                b + 1,
                a + 1
            ))),
            (None, _) => Err(Error::Config(format!(
                "{asker}: field \"{name}\": expected a column of {file}, got none of that name{}",
                columns_hint(name, &header.iter().map(String::as_str).collect::<Vec<_>>())
            ))),
        }
    }

    /// The text of this column's cell in a row.
    pub fn text<'a>(&self, row: &'a impl Cells) -> Result<&'a str, BadCell> {
        row.get(self.at).map_err(|got| self.not_text(&got))
    }

    /// The number of this column's cell in a row, as text that may be anything.
    pub fn number<'a>(&self, row: &'a impl Cells) -> Result<&'a str, BadCell> {
        row.number(self.at).map_err(|got| self.not_text(&got))
    }

    /// The part of the time that a known text of this column says, or else the text itself. The page reads
    /// no schemas, so its logs have no such fields.
    #[cfg(feature = "table")]
    pub fn part<'a>(&self, text: &'a str, time: Option<&TimeField>) -> Result<&'a str, BadCell> {
        match time {
            Some(time) if !text.trim().is_empty() => time
                .value(text)
                .ok_or_else(|| BadCell::new(self.at, &self.name, &time.expected(), text)),
            _ => Ok(text),
        }
    }

    #[cfg(not(feature = "table"))]
    pub fn part<'a>(&self, text: &'a str, _: Option<&TimeField>) -> Result<&'a str, BadCell> {
        Ok(text)
    }

    fn not_text(&self, got: &str) -> BadCell {
        let reason = format!("field \"{}\": expected UTF-8 text, got {got}", self.name);
        BadCell { column: self.at, reason }
    }

    /// The cell as a label, 0 or 1.
    pub fn label(&self, row: &impl Cells, rules: &CellRules) -> Result<u8, BadCell> {
        let text = self.text(row)?;
        // The two common cases.
        match (&rules.click, text) {
            (ClickRule::Known, "0") => return Ok(0),
            (ClickRule::Known, "1") => return Ok(1),
            _ => (),
        }
        let label = rules.click.label(rules.known(text));
        label.map_err(|expected| BadCell::new(self.at, &self.name, expected, text))
    }
}
