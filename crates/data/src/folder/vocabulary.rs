//! `vocabulary.parquet`, which lists the value that each id stands for.

use crate::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array};
use crate::arrow::datatypes::UInt32Type;
use crate::error::{Error, Result};
use crate::folder::{FINGERPRINT, Manifest, writing};
use crate::parquet_file::ParquetFile;
use crate::parquet_writer::ParquetWriter;
use crate::verified;
use parquet::file::reader::ChunkReader;
use ssim_core::schema::Schema;
use ssim_core::vocabulary::{Field, Vocabulary};
use std::io::Write;
use std::sync::Arc;

/// Writes the columns `field`, `id` and `value`. Each value with its own id is one row, and the
/// rows are sorted by id. The last id of a field stands for all other values and has no row.
///
/// # Errors
/// The writer fails.
pub fn write_vocabulary(to: impl Write + Send, schema: &Schema) -> Result<()> {
    let batch = |name: &str, offset: u32, values: &[String]| {
        let ids = UInt32Array::from_iter_values(offset..offset + values.len() as u32);
        RecordBatch::try_from_iter([
            (
                "field",
                Arc::new(StringArray::from_iter_values(values.iter().map(|_| name))) as ArrayRef,
            ),
            ("id", Arc::new(ids)),
            ("value", Arc::new(StringArray::from_iter_values(values))),
        ])
    };
    let columns = batch("", 0, &[])?.schema();
    let mut writer = ParquetWriter::new(to, columns, writing(&[]))?;
    writer.note(FINGERPRINT, schema.fingerprint());
    for (field, offset) in schema.fields.iter().zip(schema.offsets()) {
        // Written in pieces, because a text column of a batch is limited to 2 GiB.
        for (part, values) in field.vocabulary.values().chunks(PIECE).enumerate() {
            writer.write(&batch(&field.name, offset + (part * PIECE) as u32, values)?)?;
        }
    }
    writer.finish()
}

/// Number of values that are written at the same time.
const PIECE: usize = 1 << 16;

/// Reads the vocabularies and builds the schema from them and the manifest. `source` is the file's
/// name for messages.
///
/// # Errors
/// The manifest fails its check, or the file has no vocabularies, its ids are out of order, or they do
/// not belong to this manifest.
pub fn read_vocabulary(
    from: impl ChunkReader + 'static,
    source: &str,
    manifest: &Manifest,
) -> Result<Schema> {
    // A field below is looked up by its place, so there must be one.
    manifest.check(super::MANIFEST)?;
    let fail = |what: &dyn std::fmt::Display| Error::Data(format!("{source}: {what}"));
    let mut values: Vec<Vec<String>> = vec![Vec::new(); manifest.fields.len()];
    for batch in verified::batches(ParquetFile::open(from, source)?, None, None)? {
        let batch = batch?;
        let columns = (
            batch.column_by_name("field").and_then(|c| c.as_string_view_opt()),
            batch.column_by_name("id").and_then(|c| c.as_primitive_opt::<UInt32Type>()),
            batch.column_by_name("value").and_then(|c| c.as_string_view_opt()),
        );
        let (Some(fields), Some(ids), Some(texts)) = columns else {
            return Err(fail(&"expected columns field (text), id (u32) and value (text)"));
        };
        if batch.columns().iter().any(|column| column.null_count() > 0) {
            return Err(fail(&"expected a field, an id and a value in every row, got nulls"));
        }
        // Rows of one field are neighbours, so a field is only searched for where the name changes.
        let mut at = 0;
        for i in 0..batch.num_rows() {
            let name = fields.value(i);
            if manifest.fields[at].name != name {
                let place = manifest.fields.iter().position(|f| f.name == name);
                at = place.ok_or_else(|| {
                    fail(&format!("field \"{name}\": expected a field of the manifest"))
                })?;
            }
            let of = &manifest.fields[at];
            // The last id has no value.
            if values[at].len() + 1 == of.features {
                let n = of.features - 1;
                return Err(fail(&format!("field \"{name}\": expected {n} values, got more")));
            }
            let expected = of.offset + values[at].len() as u32;
            if ids.value(i) != expected {
                let got = ids.value(i);
                return Err(fail(&format!("field \"{name}\": expected id {expected}, got {got}")));
            }
            values[at].push(texts.value(i).to_owned());
        }
    }
    let fields = manifest.fields.iter().zip(values);
    let schema = Schema {
        dataset: manifest.dataset.clone(),
        fields: fields
            .map(|(f, values)| Field {
                name: f.name.clone(),
                transform: f.transform.clone(),
                vocabulary: Vocabulary::new(values),
            })
            .collect(),
        scenarios: manifest.scenarios.iter().map(|s| s.scenario.clone()).collect(),
    };
    schema.check()?;
    let expected = &manifest.fingerprint;
    let got = schema.fingerprint();
    if *expected != got {
        return Err(fail(&format!("expected vocabularies with fingerprint {expected}, got {got}")));
    }
    Ok(schema)
}
