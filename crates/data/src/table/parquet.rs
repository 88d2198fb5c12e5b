//! Reads Parquet logs. Their columns are text, numbers, booleans, dates or times; a null is an
//! empty value.

use crate::arrow::datatypes::Schema as ArrowSchema;
use crate::error::{Error, Result};
use crate::job_part::JobPart;
use crate::layout::TableSchema;
use crate::parquet_file::{Batch, Batches, ParquetFile, Wanted};
use crate::raw::{Parsed, Raw};
use crate::reading::Reading;
use crate::table::form::Form;
use crate::table::texts::{TextBatch, readable};
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
    let wanted: Vec<&str> = schema.columns().collect();
    let Opened { header, mut batches } =
        open(reader, source, &wanted, &schema.source, JobPart::WHOLE)?;
    let (form, mut raw) = Form::new(schema, &header, source, Vec::new(), reading.into())?;
    // Each batch goes to a worker together with the number of its first row.
    let next = || {
        let first = batches.first();
        Some((batches.next()?, first))
    };
    let texts =
        |(batch, first): (Result<Batch>, u64)| TextBatch::new(&batch?, &header, first, source);
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

/// Number of rows that are decoded at the same time.
const ROWS: usize = 8192;

/// An opened file.
pub(crate) struct Opened {
    /// The names of all its columns.
    pub header: Vec<String>,
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
    let mut columns = Vec::new();
    for name in wanted {
        let column = crate::table::cells::Column::find(name, &header, source, asker)?;
        readable(file.schema().field(column.at).data_type()).map_err(|reason| {
            Error::Data(format!("{source}:1:{}: field \"{name}\": {reason}", column.at + 1))
        })?;
        columns.push(column.at);
    }
    let total = file.rows();
    let (rows, first) = match part {
        JobPart::WHOLE => (None, 1),
        part => (Some(part.selection(total)), part.range(total).start + 1),
    };
    let batches = file.read(Wanted { columns: Some(columns), rows, first, batch: ROWS })?;
    Ok(Opened { header, batches })
}

/// The names of the columns.
pub(crate) fn names(schema: &ArrowSchema) -> Vec<String> {
    schema.fields().iter().map(|f| f.name().clone()).collect()
}
