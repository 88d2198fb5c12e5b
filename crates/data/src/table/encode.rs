//! New rows in the ids of a schema that exists: what scoring reads.

use crate::error::{Error, OnError, Reject, Result};
use crate::table::cells::{Bad, Cells, Column};
use crate::table::csv::Lines;
use crate::table::parquet::{Texts, names, open};
use arrow::array::RecordBatch;
use parquet::file::reader::ChunkReader;
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use std::io::Read;

/// How rows are to be read for scoring.
#[derive(Clone, Debug, PartialEq)]
pub struct Scoring<'a> {
    /// The schema of the model that scores.
    pub schema: &'a Schema,
    /// Column of the scenario.
    pub scenario: &'a str,
    /// Column of the click; without one every label is 0.
    pub label: Option<&'a str>,
    /// What to do with rows that cannot be scored.
    pub on_error: OnError,
}

/// Some rows in the order of the file, and those between them that were left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Encoded {
    /// Rows with their line, or number, in the file.
    pub instances: Instances,
    /// Rows left out.
    pub rejects: Vec<Reject>,
}

/// Encodes a CSV as [`read_csv`](crate::table::read_csv) reads it, `batch` rows at a time.
///
/// # Errors
/// A column that is missing. The iterator fails on a broken stream and, unless such rows are
/// skipped, on rows of unknown scenarios or without the right number of values. Unknown values
/// of fields are no errors: they have an id.
pub fn encode_csv<'a>(
    reader: impl Read + 'a,
    source: &'a str,
    scoring: &Scoring<'a>,
    batch: usize,
) -> Result<impl Iterator<Item = Result<Encoded>> + 'a> {
    let mut lines = Lines::open(reader, source)?;
    let encoder = Encoder::new(scoring, &lines.blocks.header, source)?;
    let mut more = true;
    Ok(std::iter::from_fn(move || {
        let mut step = || {
            let mut out = encoder.start();
            while more && out.instances.len() < batch.max(1) {
                match lines.advance()? {
                    None => more = false,
                    Some(Ok(line)) => encoder.push(line, &mut out)?,
                    Some(Err(reject)) => {
                        encoder.on_error.handle(source, &mut out.rejects, reject)?
                    }
                }
            }
            Ok(out)
        };
        let some = |out: &Encoded| !out.instances.is_empty() || !out.rejects.is_empty();
        let result = step();
        more &= result.is_ok();
        Some(result).filter(|r| r.as_ref().map_or(true, some))
    })
    .fuse())
}

/// Encodes a Parquet file as [`read_parquet`](crate::table::read_parquet) reads it.
///
/// # Errors
/// As [`encode_csv`].
pub fn encode_parquet<'a>(
    reader: impl ChunkReader + 'static,
    source: &'a str,
    scoring: &Scoring<'a>,
) -> Result<impl Iterator<Item = Result<Encoded>> + 'a> {
    let fields = scoring.schema.fields.iter().map(|f| f.name.as_str());
    let wanted: Vec<&str> = fields.chain([scoring.scenario]).chain(scoring.label).collect();
    let (header, batches) = open(reader, source, &wanted, "schema")?;
    let encoder = Encoder::new(scoring, &header, source)?;
    let mut first = 1;
    Ok(batches.map(move |batch| {
        let batch = batch.map_err(|e| Error::Data(format!("{source}:{first}:1: {e}")))?;
        let texts = Texts::new(&batch, &header, first, source)?;
        first += batch.num_rows() as u64;
        encoder.all(&texts)
    }))
}

/// Encodes one Arrow batch, whose first row is row number `first` (counted from 1).
///
/// # Errors
/// As [`encode_csv`].
pub fn encode_batch(
    batch: &RecordBatch,
    first: u64,
    source: &str,
    scoring: &Scoring,
) -> Result<Encoded> {
    let header = names(&batch.schema());
    Encoder::new(scoring, &header, source)?.all(&Texts::new(batch, &header, first, source)?)
}

/// The columns of a file, matched with a schema.
struct Encoder<'a> {
    schema: &'a Schema,
    source: String,
    fields: Vec<(Column, u32)>,
    scenario: Column,
    label: Option<Column>,
    on_error: OnError,
}

impl<'a> Encoder<'a> {
    fn new(scoring: &Scoring<'a>, header: &[String], source: &str) -> Result<Self> {
        let find = |name: &str| Column::find(name, header, source, "schema");
        let fields = scoring.schema.fields.iter().zip(scoring.schema.offsets());
        Ok(Self {
            schema: scoring.schema,
            source: source.to_owned(),
            fields: fields.map(|(f, o)| Ok((find(&f.name)?, o))).collect::<Result<_>>()?,
            scenario: find(scoring.scenario)?,
            label: scoring.label.map(find).transpose()?,
            on_error: scoring.on_error,
        })
    }

    fn start(&self) -> Encoded {
        let instances = Instances { fields: self.fields.len(), ..Instances::default() };
        Encoded { instances, rejects: Vec::new() }
    }

    fn all(&self, texts: &Texts) -> Result<Encoded> {
        let mut out = self.start();
        texts.rows().try_for_each(|row| self.push(&row, &mut out))?;
        Ok(out)
    }

    fn push(&self, row: &impl Cells, out: &mut Encoded) -> Result<()> {
        let n = out.instances.len() * self.fields.len();
        self.add(row, &mut out.instances).or_else(|bad| {
            out.instances.ids.truncate(n);
            self.on_error.handle(&self.source, &mut out.rejects, bad.reject(row))
        })
    }

    fn add(&self, row: &impl Cells, to: &mut Instances) -> Result<(), Bad> {
        let label = self.label.as_ref().map_or(Ok(0), |c| c.label(row))?;
        let name = self.scenario.text(row)?;
        let known = self.schema.scenarios.iter().position(|s| s == name);
        let Some(scenario) = known.and_then(|s| u16::try_from(s).ok()) else {
            let (column, expected) = (&self.scenario, "a scenario of the model");
            return Err(Bad::new(column.at, &column.name, expected, name));
        };
        for ((column, offset), field) in self.fields.iter().zip(&self.schema.fields) {
            to.ids.push(offset + field.encode(column.text(row)?));
        }
        to.labels.push(label);
        to.scenarios.push(scenario);
        to.rows.push(row.line());
        Ok(())
    }
}
