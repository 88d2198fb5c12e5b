//! Reads and writes the shared list as Parquet: the rows that train the tower of every scenario.

use crate::arrow::array::{
    ArrayRef, BooleanArray, Float32Array, RecordBatch, UInt16Array, UInt64Array,
};
use crate::arrow::datatypes::{DataType, Field, Schema as ArrowSchema};
use crate::error::{Error, Result};
use crate::exact::{Columns, Scenarios};
use crate::folder::{BORROWERS, carried, carried_digest, entry, note_rows, writing};
use crate::parquet_file::ParquetFile;
use crate::parquet_writer::ParquetWriter;
use crate::verified;
use parquet::file::metadata::FileMetaData;
use parquet::file::reader::ChunkReader;
use ssim_core::borrowers::Borrowers;
use ssim_core::instances::Instances;
use ssim_core::row_digest::RowDigest;
use ssim_core::schema::Schema;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

/// A list of rows with their scores. It says for each row whether it is shared; all columns are
/// `[n]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedList {
    /// Line of each row in the raw log.
    pub rows: Vec<u64>,
    /// Scenario of each row; empty if another program wrote the list without scenarios.
    pub scenarios: Vec<u16>,
    /// The selector's score of each row; empty if another program wrote the list without scores.
    pub scores: Vec<f32>,
    /// True if the row is shared, so that it trains every tower, or those of its scenario's borrowers.
    pub shared: Vec<bool>,
    /// The borrowers, if the list is directed.
    pub borrowers: Option<Borrowers>,
    /// Fingerprint of the data that the list was made for, if the file has one.
    pub fingerprint: Option<String>,
    /// Digest of the rows that the list was made for, if the file has one.
    pub digest: Option<RowDigest>,
}

/// The values at these places; all of them in their own order if there are no places.
fn in_order<T: Copy>(values: &[T], places: Option<&[usize]>) -> Vec<T> {
    match places {
        Some(places) => places.iter().map(|place| values[*place]).collect(),
        None => values.to_vec(),
    }
}

impl SharedList {
    /// Makes a list for the rows of `data`, in their order. `scores` and `shared` are `[n]`.
    ///
    /// # Errors
    /// `scores` or `shared` has another length than `data`.
    pub fn new(
        schema: &Schema,
        data: &Instances,
        scores: Vec<f32>,
        shared: Vec<bool>,
    ) -> Result<Self> {
        let n = data.len();
        if scores.len() != n || shared.len() != n {
            return Err(Error::Data(format!(
                "list: expected {n} scores and marks, got {} and {}",
                scores.len(),
                shared.len()
            )));
        }
        Ok(Self {
            rows: data.rows.clone(),
            scenarios: data.scenarios.clone(),
            scores,
            shared,
            borrowers: None,
            fingerprint: Some(schema.fingerprint()),
            digest: Some(RowDigest::of(data)),
        })
    }

    /// Returns for each row of `data` whether it is shared, `[n]`. The list may be in any order. If
    /// the list has a fingerprint, it must be the schema's; if it has a digest of its rows, it must
    /// be that of `data`.
    ///
    /// # Errors
    /// The list lacks a row of `data`, has a row twice, or has a row that `data` does not have; or
    /// a scenario, the fingerprint or the digest is another one.
    pub fn apply(&self, source: &str, schema: &Schema, data: &Instances) -> Result<Vec<bool>> {
        let places = self.places(source, schema, data)?;
        Ok(in_order(&self.shared, places.as_deref()))
    }

    /// Returns the score of each row of `data`, `[n]`, by the rules of [`apply`](Self::apply).
    ///
    /// # Errors
    /// It fails like [`apply`](Self::apply), or if the list has no scores.
    pub fn scores_for(&self, source: &str, schema: &Schema, data: &Instances) -> Result<Vec<f32>> {
        let places = self.places(source, schema, data)?;
        if self.scores.len() != self.rows.len() {
            return Err(Error::Data(format!("{source}: expected a list with scores, got none")));
        }
        Ok(in_order(&self.scores, places.as_deref()))
    }

    /// The place in the list of each row of `data`, `[n]`; `None` if the list is in their order.
    fn places(
        &self,
        source: &str,
        schema: &Schema,
        data: &Instances,
    ) -> Result<Option<Vec<usize>>> {
        self.belongs(source, schema)?;
        let places = match self.is_in_order(data) {
            true => None,
            false => Some(self.look_up(source, data)?),
        };
        let digest = self.digest.as_ref();
        if let Some(difference) = digest.and_then(|digest| digest.difference(&RowDigest::of(data)))
        {
            return Err(Error::Data(format!(
                "{source}: the list was made for other rows; train: {difference}"
            )));
        }
        Ok(places)
    }

    /// True for a list in the order of the data, without repetitions, which needs no look-up.
    fn is_in_order(&self, data: &Instances) -> bool {
        let agreed = self.scenarios.is_empty() || self.scenarios == data.scenarios;
        agreed && self.rows == data.rows && self.rows.windows(2).all(|w| w[0] < w[1])
    }

    /// Finds each row of `data` in the list by its number.
    fn look_up(&self, source: &str, data: &Instances) -> Result<Vec<usize>> {
        let fail = |what: String| Err(Error::Data(format!("{source}: {what}")));
        let mut places = HashMap::with_capacity(self.rows.len());
        for (place, row) in self.rows.iter().enumerate() {
            if places.insert(*row, place).is_some() {
                return fail(format!("row {row}: expected once, got twice"));
            }
        }
        let mut found = Vec::with_capacity(data.len());
        for (row, scenario) in data.rows.iter().zip(&data.scenarios) {
            let Some(place) = places.remove(row) else {
                let (n, got) = (data.len(), self.rows.len());
                return fail(format!(
                    "row {row}: expected every one of {n} train rows, got {got} rows and none of this number"
                ));
            };
            if let Some(got) = self.scenarios.get(place).filter(|got| *got != scenario) {
                return fail(format!("row {row}: scenario: expected {scenario}, got {got}"));
            }
            found.push(place);
        }
        match places.keys().min() {
            Some(row) => fail(format!(
                "row {row}: expected the {} train rows only, got {} rows and one that train does not have",
                data.len(),
                self.rows.len()
            )),
            None => Ok(found),
        }
    }

    /// Checks the fingerprint, if the list has one.
    fn belongs(&self, source: &str, schema: &Schema) -> Result<()> {
        let expected = schema.fingerprint();
        match self.fingerprint.as_ref().filter(|got| **got != expected) {
            Some(got) => Err(Error::Data(format!(
                "{source}: expected a list for these data, whose fingerprint is {expected}, got one for {got}"
            ))),
            None => Ok(()),
        }
    }

    /// The list as an Arrow batch; columns that are empty are left out.
    ///
    /// # Errors
    /// The columns have different lengths.
    pub fn batch(&self) -> Result<RecordBatch> {
        let mut columns: Vec<(&str, ArrayRef)> =
            vec![("row", Arc::new(UInt64Array::from(self.rows.clone())))];
        if !self.scenarios.is_empty() {
            columns.push(("scenario", Arc::new(UInt16Array::from(self.scenarios.clone()))));
        }
        if !self.scores.is_empty() {
            columns.push(("score", Arc::new(Float32Array::from(self.scores.clone()))));
        }
        columns.push(("shared", Arc::new(BooleanArray::from(self.shared.clone()))));
        Ok(RecordBatch::try_from_iter(columns)?)
    }
}

/// The columns of a list, for programs that write it in pieces.
pub fn columns() -> Arc<ArrowSchema> {
    let kinds = [DataType::UInt64, DataType::UInt16, DataType::Float32, DataType::Boolean];
    let fields = ["row", "scenario", "score", "shared"].into_iter().zip(kinds);
    let fields: Vec<Field> = fields.map(|(name, kind)| Field::new(name, kind, false)).collect();
    Arc::new(ArrowSchema::new(fields))
}

/// A writer of a list, for programs that write it in pieces. `digest` is that of the rows, where they
/// are the train rows of a data folder.
///
/// # Errors
/// The writer fails.
pub fn writer<W: Write + Send>(
    to: W,
    columns: Arc<ArrowSchema>,
    fingerprint: Option<&str>,
    digest: Option<&RowDigest>,
) -> Result<ParquetWriter<W>> {
    let mut writer = ParquetWriter::new(to, columns, writing(&[]))?;
    note_rows(&mut writer, fingerprint, digest);
    Ok(writer)
}

/// Writes a list with the columns `row` (u64), `scenario` (u16), `score` (f32) and `shared` (bool).
///
/// # Errors
/// The columns have different lengths, or the writer fails.
pub fn write(to: impl Write + Send, list: &SharedList) -> Result<()> {
    let batch = list.batch()?;
    let (fingerprint, digest) = (list.fingerprint.as_deref(), list.digest.as_ref());
    let mut writer = writer(to, batch.schema(), fingerprint, digest)?;
    // Lists of numbers are always JSON.
    if let Some(json) = list.borrowers.as_ref().and_then(|b| serde_json::to_string(b).ok()) {
        writer.note(BORROWERS, json);
    }
    writer.write(&batch)?;
    writer.finish()
}

/// Reads a list, which may come from another program. It must have the columns `row` (whole numbers
/// of any type) and `shared` (booleans, or the numbers 0 and 1), and may have `scenario` (names, or
/// numbers; see [`crate::scored::read`]) and `score`. `source` is its name for messages. If the list
/// has a fingerprint, it must be the schema's.
///
/// # Errors
/// The file is not Parquet, a column is missing, or a value is not exactly one of those; the message
/// names the first such record.
pub fn read(from: impl ChunkReader + 'static, source: &str, schema: &Schema) -> Result<SharedList> {
    let fail = |what: &dyn std::fmt::Display| Error::Data(format!("{source}: {what}"));
    let file = ParquetFile::open(from, source)?;
    let mut list = SharedList {
        fingerprint: carried(file.metadata().file_metadata()).map(str::to_owned),
        digest: carried_digest(file.metadata().file_metadata()).map_err(|e| fail(&e))?,
        borrowers: borrowers(file.metadata().file_metadata(), schema).map_err(|e| fail(&e))?,
        ..SharedList::default()
    };
    list.belongs(source, schema)?;
    let scenarios = Scenarios::new(schema, list.fingerprint.is_some());
    let mut columns = Columns::new(source, file.schema());
    let names = ["row", "scenario", "score", "shared"];
    for batch in verified::batches(file, Some(&names), None)? {
        let batch = batch?;
        let column = |name: &str| columns.column(&batch, name);
        list.rows.extend(column("row")?.rows()?);
        list.shared.extend(column("shared")?.bits()?);
        if columns.has("scenario") {
            list.scenarios.extend(column("scenario")?.scenarios(&scenarios)?);
        }
        if columns.has("score") {
            list.scores.extend(column("score")?.scores()?);
        }
        columns.done(&batch);
    }
    Ok(list)
}

/// The borrowers in the metadata of a directed list.
fn borrowers(metadata: &FileMetaData, schema: &Schema) -> Result<Option<Borrowers>, String> {
    let Some(json) = entry(metadata, BORROWERS) else { return Ok(None) };
    let found: Borrowers = serde_json::from_str(json).map_err(|e| format!("{BORROWERS}: {e}"))?;
    let scenarios = schema.scenarios.len();
    match found.fit(scenarios) {
        true => Ok(Some(found)),
        false => Err(format!(
            "{BORROWERS}: expected for each of {scenarios} scenarios others in ascending order, got {json}"
        )),
    }
}
