//! Reads Parquet logs. Their columns are text, numbers or booleans; a null is an empty value.

use crate::error::{Error, Result};
use crate::job_part::JobPart;
use crate::layout::TableSchema;
use crate::raw::{Parsed, Raw};
use crate::reading::Reading;
use crate::table::cells::Cells;
use crate::table::form::Form;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use arrow::datatypes::{DataType, Schema as ArrowSchema};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::reader::ChunkReader;

/// Reads a Parquet log. Only the columns of the schema are read. Rows are numbered from 1. A label
/// may be boolean; a split by time compares the numbers that are stored.
///
/// # Errors
/// It fails like [`read_csv`](crate::table::read_csv), and if a column has lists, maps or structs.
pub fn read_parquet(
    reader: impl ChunkReader + 'static,
    source: &str,
    schema: &TableSchema,
    reading: impl Into<Reading>,
) -> Result<Raw> {
    let wanted: Vec<&str> = schema.columns().collect();
    let opened = open(reader, source, &wanted, &schema.source, JobPart::WHOLE)?;
    let Opened { header, mut batches, mut first } = opened;
    let (form, mut raw) = Form::new(schema, &header, source, Vec::new(), reading.into())?;
    // Each batch goes to a worker together with the number of its first row.
    let next = || {
        let batch = batches.next()?;
        let at = first;
        first += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        Some((batch, at))
    };
    let texts = |(batch, first): (Result<RecordBatch, ArrowError>, u64)| {
        let batch = batch.map_err(|e| Error::Data(format!("{source}:{first}:1: {e}")))?;
        TextBatch::new(&batch, &header, first, source)
    };
    raw.read(next, |batch| {
        let mut to = Parsed::new(form.keys());
        match texts(batch) {
            Err(end) => to.end = Some(end),
            Ok(texts) => {
                for row in texts.rows() {
                    to.seen += 1;
                    let bad = form.add(&row, &mut to).err();
                    to.rejects.extend(bad.map(|bad| bad.reject(&row)));
                }
            }
        }
        to
    })?;
    raw.non_empty()
}

/// An opened file.
pub(crate) struct Opened {
    /// The names of all its columns.
    pub header: Vec<String>,
    /// Reads the rows, with the wanted columns only.
    pub batches: ParquetRecordBatchReader,
    /// Number of the first row, counted from 1.
    pub first: u64,
}

/// Opens a file to read one part of its rows and the wanted columns. `asker` is named in the
/// message if a column is missing.
pub(crate) fn open(
    reader: impl ChunkReader + 'static,
    source: &str,
    wanted: &[&str],
    asker: &str,
    part: JobPart,
) -> Result<Opened> {
    let fail = |e: parquet::errors::ParquetError| Error::Data(format!("{source}: {e}"));
    let builder = ParquetRecordBatchReaderBuilder::try_new(reader).map_err(fail)?;
    let header = names(builder.schema());
    let mut roots = Vec::new();
    for name in wanted {
        let column = crate::table::cells::Column::find(name, &header, source, asker)?;
        roots.push(column.at);
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let mut builder = builder.with_projection(mask).with_batch_size(8192);
    let mut first = 1;
    if part != JobPart::WHOLE {
        let total = builder.metadata().file_metadata().num_rows().unsigned_abs();
        builder = builder.with_row_selection(part.selection(total));
        first += part.range(total).start;
    }
    Ok(Opened { header, batches: builder.build().map_err(fail)?, first })
}

/// The names of the columns.
pub(crate) fn names(schema: &ArrowSchema) -> Vec<String> {
    schema.fields().iter().map(|f| f.name().clone()).collect()
}

/// A batch whose columns have been converted to text.
pub(crate) struct TextBatch {
    /// The column of each name in the header, or `None` if the batch does not have it.
    columns: Vec<Option<StringArray>>,
    /// Number of rows.
    rows: usize,
    /// Number of the first row in the file.
    first: u64,
}

/// One row of a batch.
pub(crate) struct TextRow<'a> {
    texts: &'a TextBatch,
    row: usize,
}

impl TextBatch {
    /// Converts all columns of the batch to text.
    pub fn new(batch: &RecordBatch, header: &[String], first: u64, source: &str) -> Result<Self> {
        let mut columns = Vec::with_capacity(header.len());
        for (at, name) in header.iter().enumerate() {
            let column = batch.column_by_name(name).map(text).transpose().map_err(|e| {
                Error::Data(format!("{source}:{first}:{}: field \"{name}\": {e}", at + 1))
            })?;
            columns.push(column);
        }
        Ok(Self { columns, rows: batch.num_rows(), first })
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = TextRow<'_>> {
        (0..self.rows).map(|row| TextRow { texts: self, row })
    }
}

/// Converts a column to text.
fn text(column: &ArrayRef) -> Result<StringArray, String> {
    let cast = |array: &ArrayRef, to: &DataType| {
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        cast_with_options(array, to, &strict).map_err(|e| e.to_string())
    };
    let kind = column.data_type();
    if kind.is_nested() && !matches!(kind, DataType::Dictionary(..))
        || !can_cast_types(kind, &DataType::Utf8)
    {
        return Err(format!("expected text, numbers or booleans, got {kind}"));
    }
    let plain = match kind {
        DataType::Boolean => cast(column, &DataType::Int8)?,
        // The stored number and not the written date, because splits by time compare numbers.
        DataType::Timestamp(..) | DataType::Date64 => cast(column, &DataType::Int64)?,
        DataType::Date32 => cast(column, &DataType::Int32)?,
        _ => column.clone(),
    };
    Ok(cast(&plain, &DataType::Utf8)?.as_string::<i32>().clone())
}

impl Cells for TextRow<'_> {
    fn line(&self) -> u64 {
        self.texts.first + self.row as u64
    }

    fn get(&self, column: usize) -> Result<&str, String> {
        match &self.texts.columns[column] {
            Some(values) if values.is_valid(self.row) => Ok(values.value(self.row)),
            _ => Ok(""),
        }
    }

    fn raw(&self) -> String {
        let columns = self.texts.columns.iter().flatten();
        let cells: Vec<_> =
            columns.map(|c| if c.is_valid(self.row) { c.value(self.row) } else { "" }).collect();
        cells.join(",")
    }
}
