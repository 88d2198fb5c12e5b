//! Matches the columns of a file with a schema, and reads the rows accordingly.

use crate::error::Result;
use crate::layout::{CellRules, FieldKind, SplitRule, TableSchema, TimePoint};
use crate::raw::{FieldOrigin, Key, Parsed, Raw, Scenarios, SideTable};
use crate::reading::Reading;
use crate::split::{OUT, Part, TEST, TRAIN, VAL};
use crate::table::cells::{BadCell, Cells, Column, NUMBER};
use crate::time_field::TimeField;
use ssim_core::spelling::{nanoseconds, respelled};
use ssim_core::vocabulary::number;
use std::sync::Arc;

/// Turns a row into texts of keys, a label and a split.
pub(crate) struct Form {
    label: Column,
    keys: Vec<KeyColumn>,
    /// The key that has the scenario; `None` if the scenario comes from a joined table.
    scenario: Option<usize>,
    cells: CellRules,
    marking: Marking,
    /// Number of lines in the files before this one.
    before: u64,
}

/// The column of a key.
struct KeyColumn {
    column: Column,
    /// Whether it must have numbers.
    numeric: bool,
    /// The time that the key is a part of, if it is one.
    time: Option<TimeField>,
}

/// The way to read a row's split.
enum Marking {
    /// There is no split column; the seed decides.
    None,
    /// The column has a time; the smallest times of validation and of test.
    Times(Column, TimePoint, TimePoint),
    /// The column has a name; the names with their splits.
    Names(Column, Vec<(String, Part)>),
}

/// The content of a time's cell where val_from is a number, for messages.
const NUMBERED: &str = "a finite number (for dates, val_from must be a date)";
/// The content of a time's cell where val_from is a date, for messages.
const DATED: &str =
    "a date or time such as 2013-11-01 06:00:00 (for numbers, val_from must be one)";

/// A table that is joined to the rows.
pub(crate) struct JoinedBy<'a> {
    /// The column of the log by which it is joined.
    pub key: &'a str,
    /// The names of the table's columns.
    pub names: &'a [&'a str],
    pub side: Arc<SideTable>,
}

impl Form {
    /// Matches the columns `header` of a file with a schema. Returns the form, and a log without
    /// rows into which the rows can be read.
    pub fn new(
        schema: &TableSchema,
        header: &[String],
        file: &str,
        sides: Vec<JoinedBy>,
        reading: Reading,
    ) -> Result<(Self, Raw)> {
        let find = |name: &str| Column::find(name, header, file, &schema.source);
        let mut keys: Vec<KeyColumn> = Vec::new();
        // The number of a key, which is added at the first use. Fields may share a key.
        let mut key = |name: &str, time: Option<&TimeField>| -> Result<usize> {
            let same = |key: &KeyColumn| key.column.name == name && key.time.as_ref() == time;
            match keys.iter().position(same) {
                Some(at) => Ok(at),
                None => {
                    let (column, time) = (find(name)?, time.cloned());
                    keys.push(KeyColumn { column, numeric: false, time });
                    Ok(keys.len() - 1)
                }
            }
        };
        // A field with the name of a joined column comes from there, else it is a key itself.
        let mut origin = |name: &str, time: Option<&TimeField>| -> Result<FieldOrigin> {
            for side in &sides {
                if let Some(column) = side.names.iter().position(|n| *n == name) {
                    return Ok(FieldOrigin { key: key(side.key, None)?, column: Some(column) });
                }
            }
            let column = time.map_or(name, |time| time.column.as_str());
            Ok(FieldOrigin { key: key(column, time)?, column: None })
        };
        let time = |field: &str| schema.cells.time(field);
        let fields = schema.fields.iter().map(|field| origin(&field.name, time(&field.name)));
        let fields: Vec<FieldOrigin> = fields.collect::<Result<_>>()?;
        let scenario = origin(&schema.scenario, None)?;
        let mut raw = Raw::new(file, schema.split.clone(), reading);
        for (field, origin) in schema.fields.iter().zip(&fields) {
            keys[origin.key].numeric |= field.kind == FieldKind::Numeric && origin.column.is_none();
        }
        raw.keys = keys.iter().map(|_| Key::default()).collect();
        for side in sides {
            if let Some(at) = keys.iter().position(|key| key.column.name == side.key) {
                raw.keys[at].side = Some(side.side);
            }
        }
        raw.fields = fields;
        raw.scenario = Scenarios {
            name: schema.scenario.clone(),
            position: keys[scenario.key].column.at as u64 + 1,
            origin: scenario,
            ..Scenarios::default()
        };
        let label = find(&schema.label)?;
        let names = |names: &[(&String, Part)]| -> Vec<(String, Part)> {
            let spelled = |name: &String| respelled(name).unwrap_or_else(|| name.clone());
            names.iter().map(|(name, part)| (spelled(name), *part)).collect()
        };
        let marking = match &schema.split {
            SplitRule::Random { .. } => Marking::None,
            SplitRule::Time { column, val_from, test_from } => {
                Marking::Times(find(column)?, *val_from, *test_from)
            }
            SplitRule::Column { name, train, val, test } => {
                Marking::Names(find(name)?, names(&[(train, TRAIN), (val, VAL), (test, TEST)]))
            }
            SplitRule::HeldOut { name, train, test, .. } => {
                Marking::Names(find(name)?, names(&[(train, TRAIN), (test, TEST)]))
            }
        };
        if let Marking::Names(column, _) = &marking {
            raw.split_position = column.at as u64 + 1;
        }
        let scenario_key = scenario.column.is_none().then_some(scenario.key);
        let cells = schema.cells.clone();
        Ok((Self { label, keys, scenario: scenario_key, cells, marking, before: 0 }, raw))
    }

    /// Begins the next file of a log. The files before it have `before` lines altogether.
    #[cfg(feature = "table")]
    pub fn begin(&mut self, before: u64) {
        self.before = before;
    }

    /// Number of keys of a row.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Adds a row, or returns the cell that cannot be used.
    pub fn add(&self, row: &impl Cells, to: &mut Parsed) -> Result<(), BadCell> {
        let n = to.rows.len();
        // A row that fails may have added the texts of its first keys already; they are removed.
        self.try_add(row, to).inspect_err(|_| to.keys.iter_mut().for_each(|t| t.truncate(n)))
    }

    /// Adds a row. If it fails, some texts of the row may remain in `to.keys`.
    fn try_add(&self, row: &impl Cells, to: &mut Parsed) -> Result<(), BadCell> {
        let label = self.label.label(row, &self.cells)?;
        if let Some(KeyColumn { column, .. }) = self.scenario.map(|key| &self.keys[key]) {
            let text = column.text(row)?;
            if self.cells.known(text).is_empty() {
                return Err(BadCell::new(column.at, &column.name, "a scenario", text));
            }
        }
        for (KeyColumn { column, numeric, time }, texts) in self.keys.iter().zip(&mut to.keys) {
            let text = if *numeric { column.number(row)? } else { column.text(row)? };
            let text = column.part(self.cells.known(text), time.as_ref())?;
            if *numeric && number(text).is_none() && !text.trim().is_empty() {
                return Err(BadCell::new(column.at, &column.name, NUMBER, text));
            }
            texts.push(text);
        }
        let part = self.part(row, to)?;
        to.parts.push(part);
        to.labels.push(label);
        to.rows.push(self.before + row.line());
        Ok(())
    }

    /// The split of a row by its split column. A row with an unknown split is [`OUT`] and is noted
    /// in `to`; it becomes a reject when the rows are split.
    fn part(&self, row: &impl Cells, to: &mut Parsed) -> Result<Part, BadCell> {
        match &self.marking {
            Marking::None => Ok(TRAIN),
            Marking::Times(column, val_from, test_from) => {
                let (text, time, expected) = match val_from {
                    TimePoint::Number(_) => {
                        let text = column.number(row)?;
                        (text, number(text).map(TimePoint::Number), NUMBERED)
                    }
                    TimePoint::Instant(_) => {
                        let text = column.text(row)?;
                        (text, nanoseconds(text).map(TimePoint::Instant), DATED)
                    }
                };
                let bad = || BadCell::new(column.at, &column.name, expected, text);
                let time = time.ok_or_else(bad)?;
                // Train is 0, validation 1, test 2.
                Ok(u8::from(time >= *val_from) + u8::from(time >= *test_from))
            }
            Marking::Names(column, names) => {
                let text = column.text(row)?;
                let find = |text: &str| names.iter().find(|(name, _)| name == text);
                let named = find(text).or_else(|| find(&respelled(text)?));
                let part = named.map(|(_, part)| *part);
                if part.is_none() {
                    to.unknown_splits.push((self.before + row.line(), text.to_owned()));
                }
                Ok(part.unwrap_or(OUT))
            }
        }
    }
}
