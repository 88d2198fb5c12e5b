//! Rows of any format become a [`Raw`].

use super::intern::Interner;
use crate::error::{Error, OnError, Reject, Result};
use crate::layout::{Kind, Split, TableSchema};
use crate::raw::{Marks, Raw};
use crate::table::cells::{Bad, Cells, Column};

/// Collects rows; every distinct text is kept once.
pub(crate) struct Sink {
    fields: Vec<(Column, Kind, Interner)>,
    scenario: (Column, Interner),
    label: Column,
    split: Option<(Column, Marking)>,
    /// Lines of the files before this one.
    before: u64,
    raw: Raw,
}

/// How the split column is read.
enum Marking {
    Times(Vec<f64>),
    Names(Interner, Vec<u32>),
}

/// For logs of several files.
#[cfg(feature = "table")]
impl Sink {
    /// Rows that follow are lines of `file`, which comes after `before` lines of other files.
    pub fn begin(&mut self, file: &str, before: u64) {
        self.raw.files.push((before, file.to_owned()));
        self.before = before;
    }

    /// Takes over what was rejected elsewhere.
    pub fn rejected(&mut self, rejects: Vec<Reject>) {
        self.raw.rejects.extend(rejects);
    }
}

impl Sink {
    /// A sink for a file with these columns.
    pub fn new(
        schema: &TableSchema,
        header: &[String],
        file: &str,
        on_error: OnError,
    ) -> Result<Self> {
        let find = |name: &str| Column::find(name, header, file, &schema.source);
        let fields = schema.fields.iter();
        Ok(Self {
            fields: fields
                .map(|f| Ok((find(&f.name)?, f.kind, Interner::default())))
                .collect::<Result<_>>()?,
            scenario: (find(&schema.scenario)?, Interner::default()),
            label: find(&schema.label)?,
            split: match &schema.split {
                Split::Random { .. } => None,
                Split::Time { column, .. } => Some((find(column)?, Marking::Times(Vec::new()))),
                Split::Column { name, .. } | Split::HeldOut { name, .. } => {
                    Some((find(name)?, Marking::Names(Interner::default(), Vec::new())))
                }
            },
            before: 0,
            raw: Raw {
                source: file.to_owned(),
                dataset: "table".into(),
                on_error,
                ..Raw::default()
            },
        })
    }

    /// Adds a row, or rejects it.
    pub fn push(&mut self, row: &impl Cells) -> Result<()> {
        self.add(row).or_else(|bad| self.reject(bad.reject(row)))
    }

    /// Adds a row, or says why it cannot be added.
    pub fn add(&mut self, row: &impl Cells) -> Result<(), Bad> {
        let n = self.raw.labels.len();
        // Of a row that fails only the first codes may be there already.
        self.try_add(row).inspect_err(|_| self.raw.codes.truncate(n * self.fields.len()))
    }

    /// Notes a row that is no row, or ends the reading.
    pub fn reject(&mut self, reject: Reject) -> Result<()> {
        let Raw { source, on_error, rejects, .. } = &mut self.raw;
        on_error.handle(source, rejects, reject)
    }

    fn try_add(&mut self, row: &impl Cells) -> Result<(), Bad> {
        let label = self.label.label(row)?;
        let (column, scenarios) = &mut self.scenario;
        let scenario = column.text(row)?;
        if scenario.is_empty() {
            return Err(Bad::new(column.at, &column.name, "a scenario", ""));
        }
        for (column, kind, values) in &mut self.fields {
            let text = column.text(row)?;
            let number = text.trim();
            if *kind == Kind::Numeric && !number.is_empty() && number.parse::<f64>().is_err() {
                return Err(Bad::new(column.at, &column.name, "a number or nothing", text));
            }
            self.raw.codes.push(values.code(text));
        }
        match &mut self.split {
            None => (),
            Some((column, Marking::Names(values, codes))) => {
                codes.push(values.code(column.text(row)?))
            }
            Some((column, Marking::Times(times))) => {
                let text = column.text(row)?;
                let time = text.trim().parse().ok().filter(|t: &f64| t.is_finite());
                times
                    .push(time.ok_or_else(|| Bad::new(column.at, &column.name, "a number", text))?);
            }
        }
        self.raw.labels.push(label);
        self.raw.scenarios.push(scenarios.code(scenario));
        self.raw.rows.push(self.before + row.line());
        Ok(())
    }

    /// The rows.
    ///
    /// # Errors
    /// No usable row.
    pub fn finish(self) -> Result<Raw> {
        let mut raw = self.raw;
        if raw.labels.is_empty() {
            return Err(Error::Data(format!(
                "{}: expected rows, got none ({} rejected)",
                raw.source,
                raw.rejects.len()
            )));
        }
        let place = |c: &Column| c.at as u64 + 1;
        raw.fields =
            self.fields.into_iter().map(|(c, _, v)| v.finish(&c.name, place(&c))).collect();
        let (column, values) = self.scenario;
        raw.scenario = values.finish(&column.name, place(&column));
        raw.marks = match self.split {
            None => Marks::None,
            Some((_, Marking::Times(times))) => Marks::Times(times),
            Some((c, Marking::Names(values, codes))) => {
                Marks::Names(values.finish(&c.name, place(&c)), codes)
            }
        };
        Ok(raw)
    }
}
