//! Reads and writes scores as Parquet, before a shared list is made from them. Such files come from
//! the jobs of `ssim select`, and from other programs that collect the answers of `ssim score`.

use crate::arrow::array::{
    ArrayRef, Float32Array, RecordBatch, UInt8Array, UInt16Array, UInt64Array,
};
use crate::arrow::datatypes::Schema as ArrowSchema;
use crate::error::{Error, Result};
use crate::exact::{Columns, Scenarios};
use crate::folder::{carried, carried_digest, entry, note_rows, writing};
use crate::job_part::JobPart;
use crate::parquet_file::ParquetFile;
use crate::parquet_writer::{ParquetWriter, uncompressed};
use crate::verified::{self, Verifier};
use parquet::file::reader::ChunkReader;
use ssim_core::cut::{Histogram, ListCutoff};
use ssim_core::mask::Pool;
use ssim_core::row_digest::RowDigest;
use ssim_core::schema::Schema;
use std::io::Write;
use std::sync::Arc;

/// Keys of the metadata.
const SHARD: &str = "ssim.shard";
const SELECTOR: &str = "ssim.selector";
// Files under the name "ssim.histogram" counted −0 and 0 apart, so those counts are not read.
const COUNTS: &str = "ssim.counts";
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
    /// Digest of the rows, if they are a split of a data folder.
    pub rows: Option<RowDigest>,
    /// The part of the rows that was scored; none for rows that were not divided into parts.
    pub shard: Option<JobPart>,
}

/// A writer of a Parquet file with the answers of `ssim score`. `origin` says where the scores come
/// from, where that is known.
///
/// # Errors
/// The writer fails.
pub fn answers<W: Write + Send>(
    to: W,
    columns: Arc<ArrowSchema>,
    origin: Option<&ScoreOrigin>,
) -> Result<ParquetWriter<W>> {
    let mut writer = ParquetWriter::new(to, columns, uncompressed())?;
    if let Some(origin) = origin {
        note_rows(&mut writer, Some(&origin.fingerprint), origin.rows.as_ref());
        writer.note(SELECTOR, origin.selector.clone());
    }
    Ok(writer)
}

/// Writes scores in pieces, with the columns `row` (u64), `scenario` (u16), `score` (f32), and
/// `label` (u8) if clicks are known. It also counts the first digits of the scores and writes the
/// counts into the footer; a later cut then needs one pass over the rows less.
pub struct Writer<W: Write + Send> {
    to: ParquetWriter<W>,
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
        let mut to = ParquetWriter::new(to, columns, writing(&[]))?;
        note_rows(&mut to, Some(&origin.fingerprint), origin.rows.as_ref());
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
        let shard = shard.map(|shard| (SHARD, shard.to_string()));
        for (key, value) in [(SELECTOR, selector), (COUNTS, counts)].into_iter().chain(shard) {
            self.to.note(key, value);
        }
        self.to.finish()
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
    // The counts decide which rows are on a list, so the footer is checked before they are used.
    Verifier::new(file, 0..0).map_err(|e| fail(&e))?;
    let value = |name: &str| entry(file, name);
    let shard = value(SHARD).map(|shard| shard.parse().map_err(|e| fail(&format!("{SHARD}: {e}"))));
    let (shard, rows) = (shard.transpose()?, carried_digest(file).map_err(|e| fail(&e))?);
    let origin = carried(file).zip(value(SELECTOR)).map(|(fingerprint, selector)| ScoreOrigin {
        fingerprint: fingerprint.to_owned(),
        selector: selector.to_owned(),
        rows,
        shard,
    });
    let counts = value(COUNTS).map(serde_json::from_str::<Histogram>).transpose();
    let counts = counts.map_err(|e| fail(&format!("{COUNTS}: {e}")))?;
    let rows = file.num_rows().unsigned_abs();
    if let Some(got) = counts.as_ref().map(Histogram::total).filter(|got| *got != rows) {
        return Err(fail(&format!("{COUNTS}: expected counts of {rows} rows, got {got}")));
    }
    Ok(About { origin, counts, labelled: opened.schema().column_with_name("label").is_some() })
}

/// Reads scores in pieces; they may come from another program. The file must have the columns `row`
/// (whole numbers of any type), `scenario`, and `score` or `share_score` (numbers, rounded to 32
/// bits), and may have `label` (booleans, or the numbers 0 and 1).
///
/// A scenario is the name or the number of one. In a file of ours a number is an index. In another
/// program's it is a name if any scenario of the schema has a whole number for a name, and otherwise
/// an index too.
///
/// # Errors
/// The file is not Parquet, or has the fingerprint of another schema. The iterator fails if a column is missing or has a value that is not
/// exactly one of those; the message names the first such record.
pub fn read<'a>(
    from: impl ChunkReader + 'static,
    source: &'a str,
    schema: &'a Schema,
) -> Result<impl Iterator<Item = Result<Scored>> + 'a> {
    let fail = move |what: &dyn std::fmt::Display| Error::Data(format!("{source}: {what}"));
    let file = ParquetFile::open(from, source)?;
    let carried = carried(file.metadata().file_metadata());
    let expected = schema.fingerprint();
    if let Some(got) = carried.filter(|got| *got != expected) {
        return Err(fail(&format!("expected scores of fingerprint {expected}, got {got}")));
    }
    let scenarios = Scenarios::new(schema, carried.is_some());
    let mut columns = Columns::new(source, file.schema());
    let names = [&["row", "scenario", "label"][..], &SCORES].concat();
    Ok(verified::batches(file, Some(&names), None)?.map(move |batch| {
        let batch = batch?;
        let scored = scored(&batch, &columns, &scenarios)?;
        columns.done(&batch);
        Ok(scored)
    }))
}

/// The rows of an Arrow batch.
fn scored(batch: &RecordBatch, columns: &Columns, known: &Scenarios) -> Result<Scored> {
    let column = |name: &str| columns.column(batch, name);
    let score = SCORES.into_iter().find(|name| columns.has(name)).unwrap_or(SCORES[0]);
    let labels = match columns.has("label") {
        true => column("label")?.bits()?.into_iter().map(u8::from).collect(),
        false => Vec::new(),
    };
    let (rows, scores) = (column("row")?.rows()?, column(score)?.scores()?);
    Ok(Scored { scenarios: column("scenario")?.scenarios(known)?, rows, scores, labels })
}
