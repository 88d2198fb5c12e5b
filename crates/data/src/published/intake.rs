//! Reads the files of a published log: the tables that are joined, and the log itself.

use super::{File, LogSource};
use crate::error::{Error, OnError, Reject, Result};
use crate::layout::TableSchema;
use crate::raw::{Parsed, Raw, SideTable};
use crate::reading::Reading;
use crate::table::blocks::Blocks;
use crate::table::cells::{BadCell, Cells, Column};
use crate::table::csv::parse;
use crate::table::form::{Form, JoinedBy};
use crate::table::lines::Lines;
use crate::table::rows::RawLine;
use crate::words::{closest, hint};

/// Reads tables and collects the rows that cannot be used.
pub(super) struct Intake {
    on_error: OnError,
    /// Rows that have been left out so far.
    pub rejects: Vec<Reject>,
}

impl Intake {
    pub fn new(on_error: OnError) -> Self {
        Self { on_error, rejects: Vec::new() }
    }

    /// Reads a table into `side`. Its rows are found by the column `key`, and `texts` gives the
    /// values of a line that are kept.
    pub fn side(
        &mut self,
        file: File,
        key: &str,
        mut side: SideTable,
        texts: impl for<'l> Fn(&'l RawLine) -> Result<Vec<&'l str>, BadCell>,
    ) -> Result<SideTable> {
        let key = find(&file, key)?;
        let mut add = |line: &RawLine| {
            let name = key.text(line)?;
            if name.is_empty() {
                return Err(BadCell::new(key.at, &key.name, "a key", ""));
            }
            match side.add(name, &texts(line)?) {
                true => Ok(()),
                false => {
                    Err(BadCell::new(key.at, &key.name, "a key that no line before has", name))
                }
            }
        };
        let source = file.source.clone();
        let mut seen = 0;
        let mut lines = Lines::new(file);
        while let Some(row) = lines.advance()? {
            seen += 1;
            if let Err(reject) = row.and_then(|line| add(line).map_err(|bad| bad.reject(line))) {
                self.on_error.handle(&source, &mut self.rejects, reject)?;
            }
        }
        require_rows(seen, &source)?;
        Ok(side)
    }

    /// Makes a log without rows, and the form that reads the rows of files with this header.
    pub fn log(
        self,
        layout: &TableSchema,
        header: &[String],
        sides: Vec<JoinedBy>,
        reading: Reading,
    ) -> Result<(Form, Raw)> {
        let (form, mut raw) = Form::new(layout, header, &layout.source, sides, reading)?;
        raw.rejects = self.rejects;
        Ok((form, raw))
    }
}

/// Reads the rows of one file of a log. `take` adds a row, or returns the cell that cannot be used.
/// Returns the number of lines of the file.
pub(super) fn rows(
    raw: &mut Raw,
    form: &Form,
    mut file: File,
    take: impl Fn(&RawLine, &mut Parsed) -> Result<(), BadCell> + Sync + Send,
) -> Result<u64> {
    let seen = raw.read(|| file.block(), |rows| parse(form, rows, &take))?;
    require_rows(seen, &file.source)?;
    Ok(file.lines())
}

/// Checks that a file has rows.
fn require_rows(seen: usize, source: &str) -> Result<()> {
    match seen {
        0 => Err(Error::Data(format!("{source}: expected rows, got none"))),
        _ => Ok(()),
    }
}

/// A line of the log with additional cells at its end.
pub(super) struct Extended<'a> {
    pub line: &'a RawLine,
    /// The additional cells.
    pub more: &'a [&'a str],
}

impl Cells for Extended<'_> {
    fn line(&self) -> u64 {
        self.line.line()
    }

    fn get(&self, column: usize) -> Result<&str, String> {
        match column.checked_sub(self.line.len()) {
            Some(more) => Ok(self.more[more]),
            None => self.line.get(column),
        }
    }

    fn raw(&self) -> String {
        self.line.raw()
    }
}

/// Opens a CSV. Some publishers left blanks around the names of columns; they are removed.
pub(super) fn csv(source: LogSource) -> Result<File> {
    let mut file = Blocks::csv(source.reader, &source.name)?;
    file.header.iter_mut().for_each(|name| *name = name.trim().to_owned());
    Ok(file)
}

/// Opens a file that has neither quotes nor a header row.
pub(super) fn plain(source: LogSource, separator: &'static str, header: &[&str]) -> Result<File> {
    Blocks::plain(source.reader, &source.name, separator, header)
}

/// Finds a column of a published file by its name.
pub(super) fn find(file: &File, name: &str) -> Result<Column> {
    let source = &file.source;
    let header = &file.header;
    let mut places = (0..header.len()).filter(|i| header[*i] == name);
    match (places.next(), places.next()) {
        (Some(at), None) => Ok(Column { name: name.to_owned(), at }),
        (Some(_), Some(again)) => Err(Error::Data(format!(
            "{source}:1:{}: field \"{name}\": expected one such column, got another",
            again + 1
        ))),
        (None, _) => Err(Error::Data(format!(
            "{source}:1:1: field \"{name}\": expected such a column, got none of that name{}",
            hint(closest(name, header, 2))
        ))),
    }
}

/// Finds several columns. The error is that of the first one that is missing.
pub(super) fn find_all<const N: usize>(file: &File, names: [&str; N]) -> Result<[Column; N]> {
    let mut missing = None;
    let columns = names.map(|name| {
        find(file, name).unwrap_or_else(|e| {
            missing.get_or_insert(e);
            Column { name: name.to_owned(), at: 0 }
        })
    });
    missing.map_or(Ok(columns), Err)
}

/// Reads a cell as a whole number in the range `within`.
pub(super) fn number(
    column: &Column,
    line: &impl Cells,
    within: std::ops::Range<i64>,
    expected: &str,
) -> Result<i64, BadCell> {
    let text = column.text(line)?;
    let number = text.trim().parse().ok().filter(|n| within.contains(n));
    number.ok_or_else(|| BadCell::new(column.at, &column.name, expected, text))
}
