//! Reads Parquet logs. Their columns are text, numbers, booleans, dates or times; a null is an
//! empty value.

use crate::arrow::datatypes::Schema as ArrowSchema;
use crate::error::{Error, Result};
use crate::job_part::JobPart;
use crate::layout::TableSchema;
use crate::parquet_file::{Batches, ParquetFile, Wanted};
use crate::raw::Raw;
use crate::reading::Reading;
use crate::table::cells::Column;
use crate::table::log::TableLog;
use crate::table::texts::readable;
use parquet::file::reader::ChunkReader;

/// Reads a Parquet log. Only the columns of the schema are read. Rows are numbered from 1. A label
/// may be boolean. Values are [spelled](ssim_core::spelling) as those of a CSV. In numeric fields
/// and in a split by time, dates and times are nanoseconds from 1970-01-01 in UTC, whatever unit
/// the file has.
///
/// # Errors
/// It fails like [`read_csv`](crate::table::read_csv), if a column has lists, maps, structs or
/// durations, if a cell has more than a quarter of a mebibyte, or if the file is damaged.
pub fn read_parquet(
    reader: impl ChunkReader + 'static,
    source: &str,
    schema: &TableSchema,
    reading: impl Into<Reading>,
) -> Result<Raw> {
    let mut log = TableLog::new(schema, source, reading);
    log.parquet(reader, &source.into())?;
    log.end()
}

/// Number of rows that are decoded at the same time.
const ROWS: usize = 8192;

/// An opened file.
pub(crate) struct Opened {
    /// The names of all its columns.
    pub header: Vec<String>,
    /// Number of all its rows.
    pub rows: u64,
    /// Reads the rows, with the wanted columns only.
    pub batches: Batches,
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
    let file = ParquetFile::open(reader, source)?;
    let header = names(file.schema());
    let columns = places(file.schema(), wanted, source, asker)?;
    let total = file.rows();
    let (selected, first) = match part {
        JobPart::WHOLE => (None, 1),
        part => (Some(part.selection(total)), part.range(total).start + 1),
    };
    let batches =
        file.read(Wanted { columns: Some(columns), rows: selected, first, batch: ROWS })?;
    Ok(Opened { header, rows: total, batches })
}

/// The places of the wanted columns. `asker` is named in the message if one is missing.
///
/// # Errors
/// A column is missing, or its cells are no text, number or time.
pub(crate) fn places(
    schema: &ArrowSchema,
    wanted: &[&str],
    source: &str,
    asker: &str,
) -> Result<Vec<usize>> {
    let header = names(schema);
    let place = |name: &&str| {
        let at = Column::find(name, &header, source, asker)?.at;
        readable(schema.field(at).data_type()).map_err(|reason| {
            Error::Data(format!("{source}:1:{}: field \"{name}\": {reason}", at + 1))
        })?;
        Ok(at)
    };
    wanted.iter().map(place).collect()
}

/// The names of the columns.
pub(crate) fn names(schema: &ArrowSchema) -> Vec<String> {
    schema.fields().iter().map(|f| f.name().clone()).collect()
}
