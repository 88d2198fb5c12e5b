//! Opens Parquet files of any origin, and reads them batch by batch. Every file of this crate is
//! read through this module, because the library trusts a file in ways that a damaged file abuses:
//! it reserves what a header promises, and it panics.
//!
//! - Headers are checked before the library sees them ([`checked`]).
//! - Panics of the library become errors ([`guard`](mod@crate::guard)).
//! - Texts are views of the pages, so that a value that is repeated a thousand times is in memory
//!   once.
//! - A batch is divided so that its texts stay below a limit, and so does every single text.

mod checked;
mod shape;
mod thrift;

use crate::arrow::array::{Array, AsArray, RecordBatch};
use crate::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use crate::error::{Error, Result};
use crate::guard::{damaged, guard};
use checked::Checked;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;
use std::sync::Arc;

/// Limit of a cell in bytes. It is a quarter of that of a row of CSV.
const CELL: usize = 1 << 18;
/// Limit of a batch's texts in bytes.
const TEXTS: usize = 8 << 20;
/// The name of the format in messages.
const FORMAT: &str = "a whole Parquet file";

/// A file whose footer has been read.
pub(crate) struct ParquetFile<R> {
    from: Checked<R>,
    source: String,
    loaded: ArrowReaderMetadata,
}

/// The part of a file that is read.
pub(crate) struct Wanted {
    /// Places of the columns, counted from 0; `None` for all columns.
    pub columns: Option<Vec<usize>>,
    /// The rows; `None` for all rows.
    pub rows: Option<RowSelection>,
    /// Number of the first row that is read, counted from 1; for messages.
    pub first: u64,
    /// Number of rows that are decoded at the same time.
    pub batch: usize,
}

impl<R: ChunkReader + 'static> ParquetFile<R> {
    /// Reads the footer. `source` is the file's name for messages.
    ///
    /// # Errors
    /// The file is not Parquet, or its footer promises what no file of its size can hold.
    pub fn open(from: R, source: &str) -> Result<Self> {
        let from = Checked::new(from);
        let (from, loaded) = guard(source, FORMAT, || {
            from.check_footer().map_err(|e| damaged(source, FORMAT, &e))?;
            let load = ArrowReaderMetadata::load(from.inner(), ArrowReaderOptions::new());
            let loaded = load.map_err(|e| damaged(source, FORMAT, &e))?;
            let schema = hinted(&loaded, TimeUnit::Nanosecond);
            let loaded = with_schema(&loaded, schema).unwrap_or(loaded);
            Ok((from.knowing(loaded.metadata()), loaded))
        })?;
        Ok(Self { from, source: source.to_owned(), loaded })
    }

    /// The file's name for messages.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The metadata of the footer.
    pub fn metadata(&self) -> &ParquetMetaData {
        self.loaded.metadata()
    }

    /// The columns and the types in which they are read.
    pub fn schema(&self) -> &Arc<Schema> {
        self.loaded.schema()
    }

    /// The places of the columns with these names; names that the file does not have are ignored.
    pub fn columns(&self, names: &[&str]) -> Vec<usize> {
        let fields = self.schema().fields().iter().enumerate();
        fields.filter(|(_, f)| names.contains(&f.name().as_str())).map(|(at, _)| at).collect()
    }

    /// The number of rows that the footer promises.
    pub fn rows(&self) -> u64 {
        self.metadata().file_metadata().num_rows().unsigned_abs()
    }

    /// Begins to read. `columns` are the wanted places in [`schema`](Self::schema).
    ///
    /// # Errors
    /// The footer contradicts itself, or a wanted column cannot be read.
    pub fn read(self, wanted: Wanted) -> Result<Batches> {
        let Self { from, source, loaded } = self;
        let all = (0..loaded.schema().fields().len()).collect();
        let columns = wanted.columns.unwrap_or(all);
        refuse_large_cells(loaded.metadata(), &columns, &source)?;
        let reader = |loaded: ArrowReaderMetadata, columns: Vec<usize>| {
            let mask = ProjectionMask::roots(loaded.parquet_schema(), columns);
            let mut builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(from.clone(), loaded)
                    .with_projection(mask)
                    .with_batch_size(wanted.batch);
            if let Some(rows) = &wanted.rows {
                builder = builder.with_row_selection(rows.clone());
            }
            builder.build().map_err(|e| damaged(&source, FORMAT, &e))
        };
        let old: Vec<usize> =
            columns.iter().copied().filter(|root| is_int96(&loaded, *root)).collect();
        let (reader, seconds) = guard(&source, FORMAT, || {
            let seconds = match old.is_empty() {
                true => None,
                false => {
                    let schema = hinted(&loaded, TimeUnit::Second);
                    let loaded = with_schema(&loaded, schema);
                    let loaded = loaded.map_err(|e| damaged(&source, FORMAT, &e))?;
                    Some(reader(loaded, old)?)
                }
            };
            Ok((reader(loaded.clone(), columns)?, seconds))
        })?;
        Ok(Batches { reader, seconds, source, rest: None, first: wanted.first, ended: false })
    }
}

/// The batches of a file, divided so that the texts of each stay below a limit.
pub(crate) struct Batches {
    reader: ParquetRecordBatchReader,
    /// Reads the columns of the old type INT96 in seconds; see [`Batch::seconds`].
    seconds: Option<ParquetRecordBatchReader>,
    source: String,
    /// The rows that have been decoded and not handed out.
    rest: Option<Batch>,
    /// Number of the next row.
    first: u64,
    ended: bool,
}

/// Some rows of a file.
pub(crate) struct Batch {
    /// The wanted columns.
    pub rows: RecordBatch,
    /// The columns of the old type INT96, in whole seconds. The library makes nanoseconds of them,
    /// in 64 bits, which wrap around after 2262. Both together give the time.
    pub seconds: Option<RecordBatch>,
}

impl Batch {
    fn slice(&self, start: usize, length: usize) -> Self {
        let part = |batch: &RecordBatch| batch.slice(start, length);
        Self { rows: part(&self.rows), seconds: self.seconds.as_ref().map(part) }
    }
}

impl Batches {
    /// Number of the next batch's first row.
    pub fn first(&self) -> u64 {
        self.first
    }

    fn step(&mut self) -> Result<Option<Batch>> {
        let batch = match self.rest.take() {
            Some(batch) => batch,
            None => match self.decode()? {
                Some(batch) => batch,
                None => return Ok(None),
            },
        };
        let n = batch.rows.num_rows();
        let taken = fitting(&batch.rows).map_err(|(row, column, bytes)| {
            let row = self.first + row as u64;
            let name = batch.rows.schema().field(column).name().clone();
            Error::Data(format!(
                "{}:{row}: field \"{name}\": expected a cell of at most {CELL} bytes, got {bytes}",
                self.source
            ))
        })?;
        self.first += taken as u64;
        if taken == n {
            return Ok(Some(batch));
        }
        self.rest = Some(batch.slice(taken, n - taken));
        Ok(Some(batch.slice(0, taken)))
    }

    fn decode(&mut self) -> Result<Option<Batch>> {
        let Self { reader, seconds, source, .. } = self;
        let next = |reader: &mut ParquetRecordBatchReader| {
            reader.next().transpose().map_err(|e| damaged(source, FORMAT, &e))
        };
        guard(source, FORMAT, || {
            let Some(rows) = next(reader)? else { return Ok(None) };
            let seconds = match seconds {
                None => None,
                Some(reader) => match next(reader)? {
                    Some(seconds) if seconds.num_rows() == rows.num_rows() => Some(seconds),
                    _ => return Err(damaged(source, FORMAT, &"columns of different lengths")),
                },
            };
            Ok(Some(Batch { rows, seconds }))
        })
    }
}

impl Iterator for Batches {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        if self.ended {
            return None;
        }
        let batch = self.step().transpose();
        // The library must not be called again after an error.
        self.ended = !matches!(batch, Some(Ok(_)));
        batch
    }
}

/// The number of rows, at least 1, whose texts stay below the limit. The error is a row, a column
/// and the length of a text that is too long.
fn fitting(batch: &RecordBatch) -> Result<usize, (usize, usize, usize)> {
    // The length of a text is in the low 32 bits of its view.
    let views: Vec<(usize, &[u128])> = batch
        .columns()
        .iter()
        .enumerate()
        .filter_map(|(column, values)| match values.data_type() {
            DataType::Utf8View => Some((column, &values.as_string_view().views()[..])),
            DataType::BinaryView => Some((column, &values.as_binary_view().views()[..])),
            _ => None,
        })
        .collect();
    let length = |view: &u128| *view as u32 as usize;
    let total = |views: &[u128]| views.iter().map(length).sum::<usize>();
    let all: usize = views.iter().map(|(_, views)| total(views)).sum();
    if all <= CELL {
        return Ok(batch.num_rows());
    }
    for (column, views) in &views {
        if let Some(row) = views.iter().position(|view| length(view) > CELL) {
            return Err((row, *column, length(&views[row])));
        }
    }
    let mut sum = 0;
    for row in 0..batch.num_rows() {
        sum += views.iter().map(|(_, views)| length(&views[row])).sum::<usize>();
        if sum > TEXTS {
            return Ok(row.max(1));
        }
    }
    Ok(batch.num_rows())
}

/// The columns in the types in which they are read: texts as views, and the old type INT96 in
/// this unit.
fn hinted(loaded: &ArrowReaderMetadata, int96: TimeUnit) -> Schema {
    let fields = loaded.schema().fields().iter().enumerate();
    let fields: Vec<Field> = fields
        .map(|(root, field)| {
            let kind = match field.data_type() {
                DataType::Dictionary(_, values) => &**values,
                kind => kind,
            };
            let kind = match kind {
                DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
                DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
                DataType::Timestamp(..) if is_int96(loaded, root) => {
                    DataType::Timestamp(int96, None)
                }
                other => other.clone(),
            };
            Field::new(field.name(), kind, field.is_nullable())
        })
        .collect();
    Schema::new(fields)
}

fn with_schema(
    loaded: &ArrowReaderMetadata,
    schema: Schema,
) -> parquet::errors::Result<ArrowReaderMetadata> {
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(loaded.metadata().clone(), options)
}

/// True if the column is a time of the old type INT96, which Spark and Hive write.
fn is_int96(loaded: &ArrowReaderMetadata, root: usize) -> bool {
    let schema = loaded.parquet_schema();
    let mut leaves =
        (0..schema.num_columns()).filter(|leaf| schema.get_column_root_idx(*leaf) == root);
    matches!(leaves.next(), Some(leaf) if schema.column(leaf).physical_type() == PhysicalType::INT96)
}

/// Refuses columns whose cells all have one length that is above the limit, because the library
/// reserves a whole batch of them.
fn refuse_large_cells(metadata: &ParquetMetaData, columns: &[usize], source: &str) -> Result<()> {
    let schema = metadata.file_metadata().schema_descr();
    for leaf in 0..schema.num_columns() {
        let column = schema.column(leaf);
        let fixed = column.physical_type() == PhysicalType::FIXED_LEN_BYTE_ARRAY;
        // The library reserves a batch of cells at once.
        if fixed
            && columns.contains(&schema.get_column_root_idx(leaf))
            && column.type_length() > 4096
        {
            return Err(Error::Data(format!(
                "{source}: field \"{}\": expected cells of at most 4096 bytes, got {}",
                column.name(),
                column.type_length()
            )));
        }
    }
    Ok(())
}
