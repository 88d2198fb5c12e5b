//! One loop for every file of a log, and one place for the rows it leaves out.

use super::Source;
use super::join::Side;
use crate::error::{Error, OnError, Reject, Result};
use crate::raw::Raw;
use crate::table::cells::{Bad, Cells, Column};
use crate::table::csv::{Line, Lines, Rows};
use crate::table::schema::did_you_mean;
use crate::table::sink::Sink;

/// Reads files and notes the rows that cannot be used.
pub(super) struct Intake {
    on_error: OnError,
    /// Rows left out so far.
    rejects: Vec<Reject>,
}

impl Intake {
    pub fn new(on_error: OnError) -> Self {
        Self { on_error, rejects: Vec::new() }
    }

    /// Hands every row of a file to `take`, which may refuse it.
    pub fn each(
        &mut self,
        rows: &mut impl Rows,
        mut take: impl FnMut(&Line) -> Result<(), Bad>,
    ) -> Result<()> {
        let mut some = false;
        while let Some(row) = rows.advance()? {
            some = true;
            let taken = row.and_then(|line| take(line).map_err(|bad| bad.reject(line)));
            if let Err(reject) = taken {
                self.on_error.handle(rows.source(), &mut self.rejects, reject)?;
            }
        }
        match some {
            true => Ok(()),
            false => Err(Error::Data(format!("{}: expected rows, got none", rows.source()))),
        }
    }

    /// Reads a table whose rows are found by `key`; `texts` says what is kept of a line.
    pub fn side(
        &mut self,
        rows: &mut impl Rows,
        key: &str,
        texts: impl for<'l> Fn(&'l Line) -> Result<Vec<&'l str>, Bad>,
    ) -> Result<Side> {
        let key = find(rows, key)?;
        let mut side = Side::default();
        self.each(rows, |line| {
            let name = key.text(line)?;
            if name.is_empty() {
                return Err(Bad::new(key.at, &key.name, "a key", ""));
            }
            match side.add(name, &texts(line)?) {
                true => Ok(()),
                false => Err(Bad::new(key.at, &key.name, "a key that no line before has", name)),
            }
        })?;
        Ok(side.finish())
    }

    /// The log that `sink` has taken, with the rows that were left out on the way to it.
    pub fn finish(self, mut sink: Sink) -> Result<Raw> {
        sink.rejected(self.rejects);
        sink.finish()
    }
}

/// Opens a CSV; blanks around the names of its columns are the publisher's slips.
pub(super) fn csv(source: Source) -> Result<Lines<'static>> {
    let mut lines = Lines::open(source.reader, &source.name)?;
    lines.header.iter_mut().for_each(|name| *name = name.trim().to_owned());
    Ok(lines)
}

/// A column that the published file has.
pub(super) fn find(rows: &impl Rows, name: &str) -> Result<Column> {
    let (file, header) = (rows.source(), rows.header());
    let mut places = (0..header.len()).filter(|i| header[*i] == name);
    match (places.next(), places.next()) {
        (Some(at), None) => Ok(Column { name: name.to_owned(), at }),
        (Some(_), Some(again)) => Err(Error::Data(format!(
            "{file}:1:{}: field \"{name}\": expected one such column, got another",
            again + 1
        ))),
        (None, _) => Err(Error::Data(format!(
            "{file}:1:1: field \"{name}\": expected such a column, got none of that name{}",
            did_you_mean(name, header.iter().map(String::as_str))
        ))),
    }
}

/// Several columns.
pub(super) fn find_all<const N: usize>(rows: &impl Rows, names: [&str; N]) -> Result<[Column; N]> {
    let mut missing = None;
    let columns = names.map(|name| {
        find(rows, name).unwrap_or_else(|e| {
            missing.get_or_insert(e);
            Column { name: name.to_owned(), at: 0 }
        })
    });
    missing.map_or(Ok(columns), Err)
}

/// A cell as a whole number within bounds.
pub(super) fn number(
    column: &Column,
    line: &impl Cells,
    within: std::ops::Range<i64>,
    expected: &str,
) -> Result<i64, Bad> {
    let text = column.text(line)?;
    let number = text.trim().parse().ok().filter(|n| within.contains(n));
    number.ok_or_else(|| Bad::new(column.at, &column.name, expected, text))
}
