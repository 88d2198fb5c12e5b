//! Reads and writes the rows of one split as Parquet.

use crate::arrow::array::{Array, ArrowPrimitiveType, AsArray, RecordBatch};
use crate::arrow::datatypes::{Float32Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use crate::error::{Error, Result};
use crate::folder::carried;
use crate::folder::writer::SplitWriter;
use crate::job_part::JobPart;
use crate::parquet_file::ParquetFile;
use crate::sums::whole_parts;
use crate::verified;
use parquet::file::reader::ChunkReader;
use ssim_core::instances::{Instances, Planted};
use ssim_core::row_digest::RowDigest;
use ssim_core::schema::Schema;
use std::io::Write;

pub(super) const SHARED: &str = "planted_shared";
pub(super) const PROBABILITY: &str = "planted_probability";

/// Writes a split with the columns `row` (u64), `scenario` (u16), `label` (u8) and one column of
/// ids (u32) per field. Synthetic rows also have `planted_shared` (bool) and `planted_probability`
/// (f32). A field with the name of one of these columns gets the column name `field:NAME`. Returns
/// the digest of the rows.
///
/// # Errors
/// The instances do not fit the schema, or the writer fails.
pub fn write_split(to: impl Write + Send, schema: &Schema, rows: &Instances) -> Result<RowDigest> {
    rows.check(schema)?;
    let mut writer = SplitWriter::new(to, schema, &schema.fingerprint(), rows.planted.is_some())?;
    writer.write(rows)?;
    writer.finish()
}

/// The column name of a field: its own name, or `field:NAME` if that name is taken by another
/// column.
pub(super) fn column(field: &str) -> String {
    let taken = ["row", "scenario", "label", SHARED, PROBABILITY].contains(&field);
    let mark = if taken || field.starts_with("field:") { "field:" } else { "" };
    format!("{mark}{field}")
}

/// Reads one split and checks it against the schema. `source` is the file's name for messages.
///
/// # Errors
/// The file is not a split, it has the fingerprint of another schema, a column is missing or has
/// nulls, or an id, a label or a scenario is out of range.
pub fn read_split(
    from: impl ChunkReader + 'static,
    source: &str,
    schema: &Schema,
) -> Result<Instances> {
    let fail = |what: &dyn std::fmt::Display| Error::Data(format!("{source}: {what}"));
    let bytes = usize::try_from(from.len()).unwrap_or(usize::MAX);
    let file = open(from, source, schema)?;
    // The footer may be wrong, so the claimed number only decides how much memory is reserved. No
    // row takes less than a bit.
    let claimed = usize::try_from(file.rows()).unwrap_or(0).min(bytes.saturating_mul(8));
    let mut rows = Instances {
        planted: file.schema().column_with_name(SHARED).map(|_| Planted::default()),
        ..Instances::of(schema)
    };
    rows.reserve(claimed);
    for batch in verified::batches(file, None, None)? {
        append(&mut rows, schema, &batch?).map_err(|e| fail(&e))?;
    }
    rows.check(schema).map_err(|e| fail(&e))?;
    Ok(rows)
}

/// Reads one part of a split's rows, in pieces. Apart from that it reads like [`read_split`].
///
/// # Errors
/// It fails like [`read_split`]. Errors in the rows are reported by the iterator.
pub fn stream_split<'a, R: ChunkReader + 'static>(
    from: R,
    source: &str,
    schema: &'a Schema,
    part: JobPart,
) -> Result<impl Iterator<Item = Result<Instances>> + use<'a, R>> {
    let file = open(from, source, schema)?;
    let source = source.to_owned();
    let fail = move |what: &dyn std::fmt::Display| Error::Data(format!("{source}: {what}"));
    let total = file.rows();
    // Rows of other parts are read where they have a checksum in common with this part's.
    let planted = file.schema().column_with_name(SHARED).map(|_| Planted::default());
    let (own, read) = (part.range(total), whole_parts(part.range(total), total));
    let mut at = read.start;
    let pieces = verified::batches(file, None, Some(read))?.map(move |batch| {
        let batch = batch?;
        let place = |row: u64| row.saturating_sub(at).min(batch.num_rows() as u64) as usize;
        let (start, end) = (place(own.start), place(own.end));
        at += batch.num_rows() as u64;
        let batch = batch.slice(start, end - start);
        let planted = planted.clone();
        let mut rows = Instances { planted, ..Instances::of(schema) };
        append(&mut rows, schema, &batch).map_err(|e| fail(&e))?;
        rows.check(schema).map_err(|e| fail(&e))?;
        Ok(rows)
    });
    Ok(pieces.filter(|rows| rows.as_ref().map_or(true, |rows| !rows.is_empty())))
}

/// Opens a split and checks that its fingerprint is the schema's.
fn open<R: ChunkReader + 'static>(
    from: R,
    source: &str,
    schema: &Schema,
) -> Result<ParquetFile<R>> {
    let fail = |what: &dyn std::fmt::Display| Error::Data(format!("{source}: {what}"));
    let file = ParquetFile::open(from, source)?;
    let expected = schema.fingerprint();
    let got = carried(file.metadata().file_metadata());
    if got != Some(expected.as_str()) {
        let got = got.unwrap_or("none");
        return Err(fail(&format!("expected rows with fingerprint {expected}, got {got}")));
    }
    Ok(file)
}

/// Appends the rows of a batch.
fn append(rows: &mut Instances, schema: &Schema, batch: &RecordBatch) -> Result<(), String> {
    rows.rows.extend_from_slice(numbers::<UInt64Type>(batch, "row")?);
    rows.scenarios.extend_from_slice(numbers::<UInt16Type>(batch, "scenario")?);
    rows.labels.extend_from_slice(numbers::<UInt8Type>(batch, "label")?);
    let columns = schema.fields.iter().map(|f| numbers::<UInt32Type>(batch, &column(&f.name)));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    for i in 0..batch.num_rows() {
        rows.ids.extend(columns.iter().map(|c| c[i]));
    }
    if let Some(planted) = &mut rows.planted {
        let probability = numbers::<Float32Type>(batch, PROBABILITY)?;
        planted.probability.extend_from_slice(probability);
        let shared = batch.column_by_name(SHARED).and_then(|c| c.as_boolean_opt());
        let shared = shared.filter(|shared| shared.null_count() == 0);
        let shared = shared.ok_or_else(|| format!("field \"{SHARED}\": expected booleans"))?;
        planted.shared.extend(shared.values().iter());
    }
    Ok(())
}

/// The numbers of a column, which must have no nulls.
fn numbers<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    name: &str,
) -> Result<&'a [T::Native], String> {
    let column = batch.column_by_name(name).ok_or_else(|| {
        format!("field \"{name}\": expected a column of {}, got none", T::DATA_TYPE)
    })?;
    match column.as_primitive_opt::<T>() {
        Some(values) if values.null_count() == 0 => Ok(values.values()),
        Some(_) => Err(format!("field \"{name}\": expected {}, got nulls", T::DATA_TYPE)),
        None => {
            Err(format!("field \"{name}\": expected {}, got {}", T::DATA_TYPE, column.data_type()))
        }
    }
}
