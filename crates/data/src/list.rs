//! The product: a list of rows worth showing to every scenario, as Parquet.

use crate::error::{Error, Result};
use crate::folder::{carried, writing};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float32Array, RecordBatch, UInt16Array, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field, Float32Type, Schema as ArrowSchema, UInt16Type, UInt64Type,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::file::reader::ChunkReader;
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

/// Which rows are shared, and by what score; all columns `[n]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedList {
    /// Line of each row in the raw log.
    pub rows: Vec<u64>,
    /// Scenario of each row; empty in lists that others wrote without it.
    pub scenarios: Vec<u16>,
    /// What the selector gave each row; empty in lists that others wrote without it.
    pub scores: Vec<f32>,
    /// Whether the row trains every tower.
    pub shared: Vec<bool>,
    /// Fingerprint of the data it was made for, if the file has one.
    pub fingerprint: Option<String>,
}

impl SharedList {
    /// A list for the rows of `data`, in their order; `scores` and `shared` are `[n]`.
    ///
    /// # Errors
    /// Columns of another length than the data.
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

    /// Which rows of `data` are shared, `[n]`; the list may be in any order. A list that carries a
    /// fingerprint must carry this schema's.
    ///
    /// # Errors
    /// Rows that the list lacks, repeats, or has in addition; another scenario or fingerprint.
    pub fn apply(&self, source: &str, schema: &Schema, data: &Instances) -> Result<Vec<bool>> {
        let fail = |what: String| Err(Error::Data(format!("{source}: {what}")));
        let expected = schema.fingerprint();
        if let Some(got) = self.fingerprint.as_ref().filter(|f| **f != expected) {
            return fail(format!("expected a list for fingerprint {expected}, got {got}"));
        }
        let agreed = self.scenarios.is_empty() || self.scenarios == data.scenarios;
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

    /// The columns that the list has.
    ///
    /// # Errors
    /// Columns of different lengths.
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

/// The columns of a list, for those who write it a piece at a time.
pub fn columns() -> Arc<ArrowSchema> {
    let kinds = [DataType::UInt64, DataType::UInt16, DataType::Float32, DataType::Boolean];
    let fields = ["row", "scenario", "score", "shared"].into_iter().zip(kinds);
    let fields: Vec<Field> = fields.map(|(name, kind)| Field::new(name, kind, false)).collect();
    Arc::new(ArrowSchema::new(fields))
}

/// How a list is written by those who write it a piece at a time.
pub fn options(fingerprint: Option<&str>) -> ArrowWriterOptions {
    writing(fingerprint, &[])
}

/// Writes columns `row` (u64), `scenario` (u16), `score` (f32) and `shared` (bool).
///
/// # Errors
/// What the writer reports.
pub fn write(to: impl Write + Send, list: &SharedList) -> Result<()> {
    let batch = list.batch()?;
    let options = options(list.fingerprint.as_deref());
    let mut writer = ArrowWriter::try_new_with_options(to, batch.schema(), options)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

/// Reads a list, ours or anyone's: `row` (any integer) and `shared` (boolean, or integers 0 and
/// 1) are needed, `scenario` and `score` may be there. `source` is its name for messages.
///
/// # Errors
/// Not Parquet, a missing column, or values that are not what the column holds.
pub fn read(from: impl ChunkReader + 'static, source: &str) -> Result<SharedList> {
    let fail = |what: &dyn std::fmt::Display| Error::Data(format!("{source}: {what}"));
    let builder = ParquetRecordBatchReaderBuilder::try_new(from).map_err(|e| fail(&e))?;
    let mut list = SharedList {
        fingerprint: carried(builder.metadata().file_metadata()).map(str::to_owned),
        ..SharedList::default()
    };
    for batch in builder.build().map_err(|e| fail(&e))? {
        append(&mut list, &batch.map_err(|e| fail(&e))?).map_err(|e| fail(&e))?;
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

/// A column without nulls as another kind of number, where the batch has it.
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

/// The same for a column that must be there.
pub(crate) fn needed(batch: &RecordBatch, name: &str, kind: DataType) -> Result<ArrayRef, String> {
    let missing = || format!("field \"{name}\": expected such a column, got none");
    column(batch, name, kind)?.ok_or_else(missing)
}
