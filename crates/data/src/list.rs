//! Reads and writes the shared list as Parquet: the rows that train the tower of every scenario.

use crate::error::{Error, Result};
use crate::folder::{carried, writing};
use crate::parquet_file::{ParquetFile, Wanted};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float32Array, RecordBatch, UInt16Array, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field, Float32Type, Schema as ArrowSchema, UInt16Type, UInt64Type,
};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::file::reader::ChunkReader;
use ssim_core::instances::Instances;
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
    /// True if the row is shared, so that it trains every tower.
    pub shared: Vec<bool>,
    /// Fingerprint of the data that the list was made for, if the file has one.
    pub fingerprint: Option<String>,
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
            fingerprint: Some(schema.fingerprint()),
        })
    }

    /// Returns for each row of `data` whether it is shared, `[n]`. The list may be in any order. If
    /// the list has a fingerprint, it must be the schema's.
    ///
    /// # Errors
    /// The list lacks a row of `data`, has a row twice, or has a row that `data` does not have; or
    /// a scenario or the fingerprint is another one.
    pub fn apply(&self, source: &str, schema: &Schema, data: &Instances) -> Result<Vec<bool>> {
        let fail = |what: String| Err(Error::Data(format!("{source}: {what}")));
        let expected = schema.fingerprint();
        if let Some(got) = self.fingerprint.as_ref().filter(|f| **f != expected) {
            return fail(format!("expected a list for fingerprint {expected}, got {got}"));
        }
        let agreed = self.scenarios.is_empty() || self.scenarios == data.scenarios;
        // A list in the order of the data, without repetitions, needs no look-up.
        if agreed && self.rows == data.rows && self.rows.windows(2).all(|w| w[0] < w[1]) {
            return Ok(self.shared.clone());
        }
        let mut places = HashMap::with_capacity(self.rows.len());
        for (place, row) in self.rows.iter().enumerate() {
            if places.insert(*row, place).is_some() {
                return fail(format!("row {row}: expected once, got twice"));
            }
        }
        let mut applied = Vec::with_capacity(data.len());
        for (row, scenario) in data.rows.iter().zip(&data.scenarios) {
            let Some(place) = places.remove(row) else {
                return fail(format!(
                    "row {row}: expected every train row, got none of this number"
                ));
            };
            if let Some(got) = self.scenarios.get(place).filter(|got| *got != scenario) {
                return fail(format!("row {row}: scenario: expected {scenario}, got {got}"));
            }
            applied.push(self.shared[place]);
        }
        match places.keys().min() {
            Some(row) => fail(format!(
                "row {row}: expected train rows only, got one that train does not have"
            )),
            None => Ok(applied),
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

/// The writer options of a list, for programs that write it in pieces.
pub fn options(fingerprint: Option<&str>) -> ArrowWriterOptions {
    writing(fingerprint, &[])
}

/// Writes a list with the columns `row` (u64), `scenario` (u16), `score` (f32) and `shared` (bool).
///
/// # Errors
/// The columns have different lengths, or the writer fails.
pub fn write(to: impl Write + Send, list: &SharedList) -> Result<()> {
    let batch = list.batch()?;
    let options = options(list.fingerprint.as_deref());
    let mut writer = ArrowWriter::try_new_with_options(to, batch.schema(), options)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

/// Reads a list, which may come from another program. It must have the columns `row` (any integer)
/// and `shared` (boolean, or the integers 0 and 1), and may have `scenario` and `score`. `source`
/// is its name for messages.
///
/// # Errors
/// The file is not Parquet, a column is missing, or a column has nulls or values of another type.
pub fn read(from: impl ChunkReader + 'static, source: &str) -> Result<SharedList> {
    let fail = |what: &dyn std::fmt::Display| Error::Data(format!("{source}: {what}"));
    let file = ParquetFile::open(from, source)?;
    let mut list = SharedList {
        fingerprint: carried(file.metadata().file_metadata()).map(str::to_owned),
        ..SharedList::default()
    };
    for batch in file.read(Wanted { columns: None, rows: None, first: 1, batch: 8192 })? {
        append(&mut list, &batch?.rows).map_err(|e| fail(&e))?;
    }
    Ok(list)
}

fn append(list: &mut SharedList, batch: &RecordBatch) -> Result<(), String> {
    let rows = needed(batch, "row", DataType::UInt64)?;
    let shared = needed(batch, "shared", DataType::Boolean)?;
    list.rows.extend_from_slice(rows.as_primitive::<UInt64Type>().values());
    list.shared.extend(shared.as_boolean().values().iter());
    if let Some(column) = column(batch, "scenario", DataType::UInt16)? {
        list.scenarios.extend_from_slice(column.as_primitive::<UInt16Type>().values());
    }
    if let Some(column) = column(batch, "score", DataType::Float32)? {
        list.scores.extend_from_slice(column.as_primitive::<Float32Type>().values());
    }
    Ok(())
}

/// A column converted to the type `kind`, or `None` if the batch does not have it. Nulls are
/// errors.
pub(crate) fn column(
    batch: &RecordBatch,
    name: &str,
    kind: DataType,
) -> Result<Option<ArrayRef>, String> {
    match batch.column_by_name(name) {
        None => Ok(None),
        Some(c) if c.null_count() > 0 => {
            Err(format!("field \"{name}\": expected {kind}, got nulls"))
        }
        Some(c) => match cast(c, &kind) {
            Ok(c) if c.null_count() == 0 => Ok(Some(c)),
            _ => Err(format!("field \"{name}\": expected {kind}, got {}", c.data_type())),
        },
    }
}

/// A column converted to the type `kind`, as in [`column`]. It must be there.
pub(crate) fn needed(batch: &RecordBatch, name: &str, kind: DataType) -> Result<ArrayRef, String> {
    column(batch, name, kind)?
        .ok_or_else(|| format!("field \"{name}\": expected such a column, got none"))
}
