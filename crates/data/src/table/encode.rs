//! Encodes new rows with an existing schema, for scoring.

use crate::cell_rules::CellRules;
use crate::error::{Error, OnError, Reject, Result};
use crate::job_part::JobPart;
use crate::table::cells::{BadCell, Cells, Column, NUMBER};
use crate::table::json_lines::{self, JsonKeys};
use crate::table::lines::Lines;
use crate::table::parquet::{Opened, open};
use crate::table::rows::RawLine;
use crate::table::texts::TextBatch;
use crate::time_field::TimeField;
use parquet::file::reader::ChunkReader;
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_core::spelling::respelled;
use ssim_core::vocabulary::{Field, Transform};
use std::io::Read;
use std::rc::Rc;

/// The options for reading rows that are to be scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Scoring<'a> {
    /// The schema of the model that scores.
    pub schema: &'a Schema,
    /// Column of the scenario.
    pub scenario: &'a str,
    /// If true, a row of a scenario that the model does not know is taken, and the index of its scenario
    /// is the number of scenarios. If false, it cannot be scored.
    pub unknown_scenarios: bool,
    /// Column of the label; without it every label is 0.
    pub label: Option<&'a str>,
    /// Column of the row's number in the log; without it a row has its line in the file.
    pub row: Option<&'a str>,
    /// The part of the rows that is read.
    pub shard: JobPart,
    /// The way to treat rows that cannot be scored.
    pub on_error: OnError,
    /// The rules by which the cells of the log were read that the model was trained on.
    pub cells: CellRules,
}

impl<'a> Scoring<'a> {
    /// The columns that are read. Other columns are ignored.
    pub(crate) fn columns(&self) -> Vec<&str> {
        let fields = self.schema.fields.iter().map(|f| self.cells.column_of(&f.name));
        let others = [Some(self.scenario), self.label, self.row];
        fields.chain(others.into_iter().flatten()).collect()
    }
}

/// Encoded rows in the order of the file, and the rows between them that were left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Encoded {
    /// The rows. Their numbers come from the column [`Scoring::row`], or are their line (in a
    /// Parquet file, their number) in the file.
    pub instances: Instances,
    /// Rows that were left out.
    pub rejects: Vec<Reject>,
}

/// Encodes a CSV in batches of `batch` rows. It reads the formats that
/// [`read_csv`](crate::table::read_csv) reads.
///
/// # Errors
/// A column is missing. The iterator fails if the stream is broken. Unless such rows are skipped,
/// it also fails if a row has an unknown scenario, too few or too many values, or a text in place
/// of a finite number. Other unknown values of fields are no errors, because there is an id for
/// them.
pub fn encode_csv<'a, R: Read + 'a>(
    reader: R,
    source: &'a str,
    scoring: &Scoring<'a>,
    batch: usize,
) -> Result<impl Iterator<Item = Result<Encoded>> + use<'a, R>> {
    let lines = Lines::open(reader, source, &scoring.cells)?;
    let encoder = TableEncoder::new(scoring, &lines.blocks.header, source)?;
    let push = move |encoder: &TableEncoder, line: &RawLine, out: &mut Encoded| {
        encoder.push(source, line, out)
    };
    Ok(encode_lines(lines, source, encoder, batch, push, || Ok(())))
}

/// Encodes a file with a JSON object in each line, in batches of `batch` rows. The keys are the columns, and
/// a key that an object does not have is an empty cell.
///
/// # Errors
/// The stream is broken. The iterator fails on the rows that are errors in [`encode_csv`], on lines that
/// are no objects, and at the end if no object had one of the keys.
pub fn encode_json_lines<'a, R: Read + 'a>(
    reader: R,
    source: &'a str,
    scoring: &Scoring<'a>,
    batch: usize,
) -> Result<impl Iterator<Item = Result<Encoded>> + use<'a, R>> {
    let lines = Lines::new(json_lines::lines(reader, source)?);
    let keys = Rc::new(JsonKeys::new(scoring.columns().into_iter()));
    let encoder = TableEncoder::new(scoring, &keys.names, source)?;
    let read = keys.clone();
    let push = move |encoder: &TableEncoder, line: &RawLine, out: &mut Encoded| match read.row(line)
    {
        Ok(row) => encoder.push(source, &row, out),
        Err(bad) => encoder.on_error.handle(source, &mut out.rejects, bad.reject(line)),
    };
    // A part of the rows may lack a key that others have.
    let whole = scoring.shard == JobPart::WHOLE;
    let end = move || match whole {
        true => keys.require(source, "schema").map_err(at_fault),
        false => Ok(()),
    };
    Ok(encode_lines(lines, source, encoder, batch, push, end))
}

/// Encodes the rows of a text, in batches of `batch` rows. `push` adds a row to a batch, and `end` is called
/// after the last one.
fn encode_lines<'a, R: Read + 'a>(
    mut lines: Lines<R>,
    source: &'a str,
    encoder: TableEncoder<'a>,
    batch: usize,
    push: impl Fn(&TableEncoder, &RawLine, &mut Encoded) -> Result<()> + 'a,
    end: impl Fn() -> Result<()> + 'a,
) -> impl Iterator<Item = Result<Encoded>> {
    let mut more = true;
    let mut place = 0;
    std::iter::from_fn(move || {
        let mut step = || {
            let mut out = encoder.start();
            while more && out.instances.len() < batch.max(1) {
                place += 1;
                match lines.advance()? {
                    None => {
                        more = false;
                        // A file without rows has no keys either.
                        return if place > 1 { end().map(|()| out) } else { Ok(out) };
                    }
                    Some(_) if !encoder.shard.owns(place - 1) => (),
                    Some(Ok(line)) => push(&encoder, line, &mut out)?,
                    Some(Err(reject)) => {
                        encoder.on_error.handle(source, &mut out.rejects, reject)?;
                    }
                }
            }
            Ok(out)
        };
        let result = step();
        // Nothing follows an error, and a last batch without rows is not handed out.
        more &= result.is_ok();
        Some(result).filter(|result| match result {
            Ok(out) => !out.instances.is_empty() || !out.rejects.is_empty(),
            Err(_) => true,
        })
    })
    .fuse()
}

/// Encodes a Parquet file in batches. It reads the types of columns that
/// [`read_parquet`](crate::table::read_parquet) reads.
///
/// # Errors
/// It fails like [`encode_csv`].
pub fn encode_parquet<'a, R: ChunkReader + 'static>(
    reader: R,
    source: &'a str,
    scoring: &Scoring<'a>,
) -> Result<impl Iterator<Item = Result<Encoded>> + use<'a, R>> {
    let wanted = scoring.columns();
    let opened = open(reader, source, &wanted, "schema", scoring.shard).map_err(at_fault)?;
    let Opened { header, mut batches, .. } = opened;
    let encoder = TableEncoder::new(scoring, &header, source)?;
    Ok(std::iter::from_fn(move || {
        let first = batches.first();
        let batch = batches.next()?;
        let encode = |batch| {
            let texts = TextBatch::new(&batch, &header, first, source)?;
            let mut out = encoder.start();
            texts.rows().try_for_each(|row| encoder.push(source, &row, &mut out))?;
            Ok(out)
        };
        Some(batch.and_then(encode))
    })
    .fuse())
}

/// Turns an error of the configuration into one of the data. If a column of the model is missing,
/// the rows are wrong and not the model.
fn at_fault(error: Error) -> Error {
    match error {
        Error::Config(text) => Error::Data(text),
        other => other,
    }
}

/// Encodes the rows of a file whose columns have been matched with a schema.
pub(crate) struct TableEncoder<'a> {
    schema: &'a Schema,
    /// For each field, its column, the time that it is a part of, and its first id.
    fields: Vec<(Column, Option<TimeField>, u32)>,
    scenario: Column,
    unknown_scenarios: bool,
    label: Option<Column>,
    row: Option<Column>,
    on_error: OnError,
    cells: CellRules,
    pub shard: JobPart,
}

impl<'a> TableEncoder<'a> {
    pub fn new(scoring: &Scoring<'a>, header: &[String], source: &str) -> Result<Self> {
        let find = |name: &str| Column::find(name, header, source, "schema").map_err(at_fault);
        let cells = &scoring.cells;
        let fields = scoring.schema.fields.iter().zip(scoring.schema.offsets());
        type Found = (Column, Option<TimeField>, u32);
        let field = |(field, offset): (&Field, u32)| -> Result<Found> {
            let name = &field.name;
            Ok((find(cells.column_of(name))?, cells.time(name).cloned(), offset))
        };
        Ok(Self {
            schema: scoring.schema,
            fields: fields.map(field).collect::<Result<_>>()?,
            scenario: find(scoring.scenario)?,
            unknown_scenarios: scoring.unknown_scenarios,
            label: scoring.label.map(find).transpose()?,
            row: scoring.row.map(find).transpose()?,
            on_error: scoring.on_error,
            cells: scoring.cells.clone(),
            shard: scoring.shard,
        })
    }

    /// Makes a batch without rows.
    pub fn start(&self) -> Encoded {
        Encoded { instances: Instances::of(self.schema), rejects: Vec::new() }
    }

    /// Adds a row of the file `source` to a batch. A row that cannot be used becomes a reject or an
    /// error.
    pub fn push(&self, source: &str, row: &impl Cells, out: &mut Encoded) -> Result<()> {
        let n = out.instances.len() * self.fields.len();
        self.add(row, &mut out.instances).or_else(|bad| {
            // The row may have failed after some of its ids were added.
            out.instances.ids.truncate(n);
            self.on_error.handle(source, &mut out.rejects, bad.reject(row))
        })
    }

    /// Appends a row to the instances.
    fn add(&self, row: &impl Cells, to: &mut Instances) -> Result<(), BadCell> {
        let label = self.label.as_ref().map_or(Ok(0), |c| c.label(row, &self.cells))?;
        let number = self.row.as_ref().map_or(Ok(row.line()), |c| {
            let text = c.text(row)?;
            text.parse().map_err(|_| BadCell::new(c.at, &c.name, "a row number from 0", text))
        })?;
        let name = self.scenario.text(row)?;
        let place = |name: &str| self.schema.scenarios.iter().position(|s| s == name);
        let unknown = self.unknown_scenarios.then_some(self.schema.scenarios.len());
        let known = place(name).or_else(|| place(&respelled(name)?)).or(unknown);
        let Some(scenario) = known.and_then(|s| u16::try_from(s).ok()) else {
            let Column { name: column, at } = &self.scenario;
            return Err(BadCell::new(*at, column, "a scenario of the model", name));
        };
        for ((column, time, offset), field) in self.fields.iter().zip(&self.schema.fields) {
            let text = match field.transform {
                Transform::None => column.text(row)?,
                _ => column.number(row)?,
            };
            let text = column.part(self.cells.known(text), time.as_ref())?;
            let id = field.try_encode(text);
            let bad = || BadCell::new(column.at, &column.name, NUMBER, text);
            to.ids.push(offset + id.ok_or_else(bad)?);
        }
        to.labels.push(label);
        to.scenarios.push(scenario);
        to.rows.push(number);
        Ok(())
    }
}
