//! Reads and writes scores as Parquet, before a shared list is made from them. Such files come from
//! the jobs of `ssim select`, and from other programs that collect the answers of `ssim score`.

use crate::error::{Error, Result};
use crate::folder::{carried, writing};
use crate::job_part::JobPart;
use crate::list::{column, needed};
use crate::parquet_file::{ParquetFile, Wanted};
use arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, RecordBatch, StringArray, UInt8Array, UInt16Array,
    UInt64Array,
};
use arrow::datatypes::{DataType, Float32Type, UInt8Type, UInt16Type, UInt64Type};
use parquet::arrow::arrow_writer::ArrowWriter;
use parquet::file::metadata::KeyValue;
use parquet::file::reader::ChunkReader;
use ssim_core::cut::{Histogram, ListCutoff};
use ssim_core::mask::Pool;
use ssim_core::schema::Schema;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

/// Keys of the metadata.
const SHARD: &str = "ssim.shard";
const SELECTOR: &str = "ssim.selector";
const COUNTS: &str = "ssim.histogram";
/// Number of rows that are read at the same time.
const PIECE: usize = 1 << 16;
/// The possible names of the column of scores: first the name in our own files, then the name in
/// the answers of `ssim score`.
const SCORES: [&str; 2] = ["score", "share_score"];

/// Rows with their scores, column by column, `[n]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scored {
    /// Number of each row in the log.
    pub rows: Vec<u64>,
    /// Index of each row's scenario.
    pub scenarios: Vec<u16>,
    /// Raw share scores.
    pub scores: Vec<f32>,
    /// Clicks, 0 or 1; empty if they are not known.
    pub labels: Vec<u8>,
}

/// The model and the rows that scores come from.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreOrigin {
    /// Fingerprint of the schema.
    pub fingerprint: String,
    /// Digest of the selector.
    pub selector: String,
    /// The part of the rows that was scored.
    pub shard: JobPart,
}

/// Writes scores in pieces, with the columns `row` (u64), `scenario` (u16), `score` (f32), and
/// `label` (u8) if clicks are known. It also counts the first digits of the scores and writes the
/// counts into the footer; a later cut then needs one pass over the rows less.
pub struct Writer<W: Write + Send> {
    to: ArrowWriter<W>,
    origin: ScoreOrigin,
    /// The first pass of a cut, which counts the first digits.
    first: ListCutoff,
    counts: Histogram,
}

impl<W: Write + Send> Writer<W> {
    /// Begins a file. `labelled` says whether the rows have clicks.
    ///
    /// # Errors
    /// The writer fails.
    pub fn new(to: W, origin: ScoreOrigin, scenarios: usize, labelled: bool) -> Result<Self> {
        let columns = batch(Scored::default(), labelled)?.schema();
        let options = writing(Some(&origin.fingerprint), &[]);
        let to = ArrowWriter::try_new_with_options(to, columns, options)?;
        let first = ListCutoff::new(1.0, Pool::Scenario, scenarios)?;
        Ok(Self { to, origin, first, counts: Histogram::new(scenarios) })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// A score is NaN, or the writer fails.
    pub fn write(&mut self, scored: Scored) -> Result<()> {
        for ((z, scenario), row) in scored.scores.iter().zip(&scored.scenarios).zip(&scored.rows) {
            self.first.count(*z, *scenario, *row, &mut self.counts)?;
        }
        let labelled = !scored.labels.is_empty();
        if !scored.rows.is_empty() {
            self.to.write(&batch(scored, labelled)?)?;
        }
        Ok(())
    }

    /// Writes the footer and ends the file.
    ///
    /// # Errors
    /// The writer fails.
    pub fn finish(mut self) -> Result<()> {
        let counts = serde_json::to_string(&self.counts).map_err(std::io::Error::from)?;
        let ScoreOrigin { selector, shard, .. } = self.origin;
        for (key, value) in [(SELECTOR, selector), (SHARD, shard.to_string()), (COUNTS, counts)] {
            self.to.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        self.to.close()?;
        Ok(())
    }
}

/// The rows as an Arrow batch.
fn batch(scored: Scored, labelled: bool) -> Result<RecordBatch> {
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("row", Arc::new(UInt64Array::from(scored.rows))),
        ("scenario", Arc::new(UInt16Array::from(scored.scenarios))),
        ("score", Arc::new(Float32Array::from(scored.scores))),
    ];
    if labelled {
        columns.push(("label", Arc::new(UInt8Array::from(scored.labels))));
    }
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// The metadata of a file of scores. Files of other programs have none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The model and the rows that the scores come from.
    pub origin: Option<ScoreOrigin>,
    /// Counts of the first digits of the scores.
    pub counts: Option<Histogram>,
    /// True if the file has clicks.
    pub labelled: bool,
}

/// Reads the metadata of a file of scores. `source` is its name for messages.
///
/// # Errors
/// The file is not Parquet, or its metadata cannot be parsed.
pub fn about(from: impl ChunkReader + 'static, source: &str) -> Result<About> {
    let fail = |what: &dyn std::fmt::Display| Error::Data(format!("{source}: {what}"));
    let opened = ParquetFile::open(from, source)?;
    let file = opened.metadata().file_metadata();
    let value = |name: &str| {
        let pairs = file.key_value_metadata()?;
        pairs.iter().find(|kv| kv.key == name)?.value.as_deref()
    };
    let origin = match (carried(file), value(SELECTOR), value(SHARD)) {
        (Some(fingerprint), Some(selector), Some(shard)) => Some(ScoreOrigin {
            fingerprint: fingerprint.to_owned(),
            selector: selector.to_owned(),
            shard: shard.parse().map_err(|e| fail(&format!("{SHARD}: {e}")))?,
        }),
        _ => None,
    };
    let counts = value(COUNTS).map(serde_json::from_str).transpose();
    Ok(About {
        origin,
        counts: counts.map_err(|e| fail(&format!("{COUNTS}: {e}")))?,
        labelled: opened.schema().column_with_name("label").is_some(),
    })
}

/// Reads scores in pieces; they may come from another program. The file must have the columns `row`
/// (any integer), `scenario` (an index, or a name of the schema) and `score` or `share_score`, and
/// may have `label`.
///
/// # Errors
/// The file is not Parquet. The iterator fails if a column is missing or has values of another
/// type, if the schema does not have a scenario, or if a score is NaN.
pub fn read<'a>(
    from: impl ChunkReader + 'static,
    source: &'a str,
    schema: &'a Schema,
) -> Result<impl Iterator<Item = Result<Scored>> + 'a> {
    let fail = move |what: &dyn std::fmt::Display| Error::Data(format!("{source}: {what}"));
    let file = ParquetFile::open(from, source)?;
    let columns = Some(file.columns(&[&["row", "scenario", "label"][..], &SCORES].concat()));
    let reader = file.read(Wanted { columns, rows: None, first: 1, batch: PIECE })?;
    let names = schema.scenarios.iter().map(String::as_str).zip(0..).collect();
    Ok(reader.map(move |batch| scored(&batch?.rows, &names).map_err(|e| fail(&e))))
}

/// The rows of an Arrow batch; `names` gives the index of each scenario.
fn scored(batch: &RecordBatch, names: &HashMap<&str, u16>) -> Result<Scored, String> {
    let rows =
        needed(batch, "row", DataType::UInt64)?.as_primitive::<UInt64Type>().values().to_vec();
    let name = SCORES.iter().find(|name| batch.column_by_name(name).is_some());
    let scores = needed(batch, name.unwrap_or(&SCORES[0]), DataType::Float32)?;
    let scores = scores.as_primitive::<Float32Type>().values().to_vec();
    if let Some(i) = scores.iter().position(|z| z.is_nan()) {
        return Err(format!("row {}: score: expected a number, got NaN", rows[i]));
    }
    let labels = column(batch, "label", DataType::UInt8)?;
    let labels = labels.map_or(Vec::new(), |c| c.as_primitive::<UInt8Type>().values().to_vec());
    if let Some(i) = labels.iter().position(|label| *label > 1) {
        return Err(format!("row {}: label: expected 0 or 1, got {}", rows[i], labels[i]));
    }
    Ok(Scored { scenarios: scenarios(batch, names, &rows)?, rows, scores, labels })
}

/// The scenario indices of a batch, which may have indices or names.
fn scenarios(
    batch: &RecordBatch,
    names: &HashMap<&str, u16>,
    rows: &[u64],
) -> Result<Vec<u16>, String> {
    let unknown = |i: usize, got: &dyn std::fmt::Display| {
        format!("row {}: scenario: expected one of the model, got {got}", rows[i])
    };
    // Integers can be cast to text, too, so this only fails if the column is missing, has nulls, or
    // is neither text nor numbers.
    let given = needed(batch, "scenario", DataType::Utf8)?;
    let integer = batch.column_by_name("scenario").is_some_and(|c| c.data_type().is_integer());
    if !integer {
        let given: &StringArray = given.as_string();
        let given = given.iter().flatten().enumerate();
        return given
            .map(|(i, name)| names.get(name).copied().ok_or_else(|| unknown(i, &name)))
            .collect();
    }
    let numbers = needed(batch, "scenario", DataType::UInt16)?;
    let numbers = numbers.as_primitive::<UInt16Type>().values().to_vec();
    match numbers.iter().position(|s| usize::from(*s) >= names.len()) {
        Some(i) => Err(unknown(i, &numbers[i])),
        None => Ok(numbers),
    }
}
