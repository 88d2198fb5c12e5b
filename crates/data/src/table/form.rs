//! Which columns of a file are what, and how a row of it is read.

use crate::error::Result;
use crate::layout::{FieldKind, Split, TableSchema};
use crate::raw::{FieldOrigin, Key, Parsed, Raw, Scenarios, SideTable};
use crate::reading::Reading;
use crate::split::{OUT, Part, TEST, TRAIN, VAL};
use crate::table::cells::{BadCell, Cells, Column};
use std::sync::Arc;

/// How a row becomes texts of keys, a label and a part.
pub(crate) struct Form {
    label: Column,
    /// Columns that are kept, and whether each must hold numbers.
    keys: Vec<(Column, bool)>,
    /// The key that is the scenario itself.
    scenario: Option<usize>,
    marking: Marking,
    /// Lines of the files before this one.
    before: u64,
}

/// How the split column is read.
enum Marking {
    None,
    /// First moments of validation and of test.
    Times(Column, f64, f64),
    Names(Column, Vec<(String, Part)>),
}

/// A table that is joined by a column, and the names of its columns.
pub(crate) struct JoinedBy<'a> {
    pub key: &'a str,
    pub names: &'a [&'a str],
    pub side: Arc<SideTable>,
}

impl Form {
    /// How rows of a file with these columns are read, and a log without rows to take them in.
    pub fn new(
        schema: &TableSchema,
        header: &[String],
        file: &str,
        sides: Vec<JoinedBy>,
        reading: Reading,
    ) -> Result<(Self, Raw)> {
        let find = |name: &str| Column::find(name, header, file, &schema.source);
        let mut keys: Vec<(Column, bool)> = Vec::new();
        let mut key = |name: &str| -> Result<usize> {
            match keys.iter().position(|(column, _)| column.name == name) {
                Some(at) => Ok(at),
                None => {
                    keys.push((find(name)?, false));
                    Ok(keys.len() - 1)
                }
            }
        };
        let mut origin = |name: &str| -> Result<FieldOrigin> {
            for side in &sides {
                if let Some(column) = side.names.iter().position(|n| *n == name) {
                    return Ok(FieldOrigin { key: key(side.key)?, column: Some(column) });
                }
            }
            Ok(FieldOrigin { key: key(name)?, column: None })
        };
        let fields: Vec<FieldOrigin> =
            schema.fields.iter().map(|field| origin(&field.name)).collect::<Result<_>>()?;
        let scenario = origin(&schema.scenario)?;
        let mut raw = Raw::new(file, schema.split.clone(), reading);
        for (field, origin) in schema.fields.iter().zip(&fields) {
            keys[origin.key].1 |= field.kind == FieldKind::Numeric && origin.column.is_none();
        }
        raw.keys = keys.iter().map(|_| Key::default()).collect();
        for side in sides {
            if let Some(at) = keys.iter().position(|(column, _)| column.name == side.key) {
                raw.keys[at].side = Some(side.side);
            }
        }
        raw.fields = fields;
        raw.scenario = Scenarios {
            name: schema.scenario.clone(),
            position: keys[scenario.key].0.at as u64 + 1,
            origin: scenario,
            ..Scenarios::default()
        };
        let label = find(&schema.label)?;
        let names = |names: &[(&String, Part)]| -> Vec<(String, Part)> {
            names.iter().map(|(name, part)| ((*name).clone(), *part)).collect()
        };
        let marking = match &schema.split {
            Split::Random { .. } => Marking::None,
            Split::Time { column, val_from, test_from } => {
                Marking::Times(find(column)?, *val_from, *test_from)
            }
            Split::Column { name, train, val, test } => {
                Marking::Names(find(name)?, names(&[(train, TRAIN), (val, VAL), (test, TEST)]))
            }
            Split::HeldOut { name, train, test, .. } => {
                Marking::Names(find(name)?, names(&[(train, TRAIN), (test, TEST)]))
            }
        };
        if let Marking::Names(column, _) = &marking {
            raw.split_position = column.at as u64 + 1;
        }
        let own = scenario.column.is_none().then_some(scenario.key);
        Ok((Self { label, keys, scenario: own, marking, before: 0 }, raw))
    }

    /// Rows that follow come after so many lines of other files.
    #[cfg(feature = "table")]
    pub fn begin(&mut self, before: u64) {
        self.before = before;
    }

    /// How many keys a row has.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Adds a row, or says why it cannot be added.
    pub fn add(&self, row: &impl Cells, to: &mut Parsed) -> Result<(), BadCell> {
        let n = to.rows.len();
        // Of a row that fails only the first texts may be there already.
        self.try_add(row, to).inspect_err(|_| to.keys.iter_mut().for_each(|t| t.truncate(n)))
    }

    fn try_add(&self, row: &impl Cells, to: &mut Parsed) -> Result<(), BadCell> {
        let label = self.label.label(row)?;
        if let Some((column, _)) = self.scenario.map(|key| &self.keys[key])
            && column.text(row)?.is_empty()
        {
            return Err(BadCell::new(column.at, &column.name, "a scenario", ""));
        }
        for ((column, numeric), texts) in self.keys.iter().zip(&mut to.keys) {
            let text = column.text(row)?;
            let number = text.trim();
            if *numeric && !number.is_empty() && number.parse::<f64>().is_err() {
                return Err(BadCell::new(column.at, &column.name, "a number or nothing", text));
            }
            texts.push(text);
        }
        let part = self.part(row, to)?;
        to.parts.push(part);
        to.labels.push(label);
        to.rows.push(self.before + row.line());
        Ok(())
    }

    /// The part that the split column says; whoever splits the rows deals with what is no split.
    fn part(&self, row: &impl Cells, to: &mut Parsed) -> Result<Part, BadCell> {
        match &self.marking {
            Marking::None => Ok(TRAIN),
            Marking::Times(column, val_from, test_from) => {
                let text = column.text(row)?;
                let time = text.trim().parse().ok().filter(|t: &f64| t.is_finite());
                let time =
                    time.ok_or_else(|| BadCell::new(column.at, &column.name, "a number", text))?;
                Ok(u8::from(time >= *val_from) + u8::from(time >= *test_from))
            }
            Marking::Names(column, names) => {
                let text = column.text(row)?;
                let part = names.iter().find(|(name, _)| name == text).map(|(_, part)| *part);
                if part.is_none() {
                    to.unknown_splits.push((self.before + row.line(), text.to_owned()));
                }
                Ok(part.unwrap_or(OUT))
            }
        }
    }
}
