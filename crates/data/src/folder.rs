//! A data folder holds `schema.json`, `vocabulary.parquet` and one Parquet file per split.
//!
//! The host opens the files under the names that this module gives. The bytes do not depend on the
//! time, the path or the number of workers, so equal data give equal files.

mod check;
mod manifest;
mod part;
mod vocabulary;
mod writer;

pub use manifest::{FORMAT, FieldEntry, Manifest, read_manifest, write_manifest};
pub use part::{read_split, stream_split, write_split};
pub use vocabulary::{read_vocabulary, write_vocabulary};

use crate::parquet_writer::ParquetWriter;
use crate::sums::CREATOR;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::FileMetaData;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use ssim_core::row_digest::RowDigest;
use ssim_core::split::Split;
use std::io::Write;

/// File name of the manifest in the folder.
pub const MANIFEST: &str = "schema.json";
/// File name of the vocabularies in the folder.
pub const VOCABULARY: &str = "vocabulary.parquet";
/// File of each split in the folder.
pub const FILES: Split<&str> =
    Split { train: "train/part-0.parquet", val: "val/part-0.parquet", test: "test/part-0.parquet" };

/// Metadata key of the fingerprint. It names the schema that the ids of a file belong to.
pub(crate) const FINGERPRINT: &str = "ssim.fingerprint";

/// Metadata key of the digest of the rows that a list or scores belong to.
pub(crate) const ROWS: &str = "ssim.rows";
/// The key of a directed list's borrowers in the metadata of its Parquet file, as JSON.
pub(crate) const BORROWERS: &str = "ssim.borrowers";

/// The options with which this crate writes all its Parquet files. The column `row` and the columns
/// in `varied` are integers with too many values for a dictionary, so they are stored as
/// differences between neighbours.
pub(crate) fn writing(varied: &[String]) -> ArrowWriterOptions {
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATOR.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()));
    for name in varied.iter().map(String::as_str).chain(["row"]) {
        // A parsed path would take a dot in a field's name for a nested column.
        let column = ColumnPath::new(vec![name.to_owned()]);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    ArrowWriterOptions::new().with_properties(properties.build())
}

/// Notes in a Parquet file which schema its ids and scenarios belong to, and which rows it is for.
pub(crate) fn note_rows<W: Write + Send>(
    to: &mut ParquetWriter<W>,
    fingerprint: Option<&str>,
    digest: Option<&RowDigest>,
) {
    if let Some(fingerprint) = fingerprint {
        to.note(FINGERPRINT, fingerprint.to_owned());
    }
    // A struct of numbers and texts is always JSON.
    if let Some(json) = digest.and_then(|digest| serde_json::to_string(digest).ok()) {
        to.note(ROWS, json);
    }
}

/// Reads the fingerprint from the metadata of a Parquet file.
pub(crate) fn carried(metadata: &FileMetaData) -> Option<&str> {
    entry(metadata, FINGERPRINT)
}

/// Reads the digest of the rows that a Parquet file was made for from its metadata.
pub(crate) fn carried_digest(metadata: &FileMetaData) -> Result<Option<RowDigest>, String> {
    let json = entry(metadata, ROWS).map(serde_json::from_str).transpose();
    json.map_err(|e| format!("{ROWS}: {e}"))
}

/// The value of a key of the metadata.
pub(crate) fn entry<'a>(metadata: &'a FileMetaData, key: &str) -> Option<&'a str> {
    let pairs = metadata.key_value_metadata()?;
    pairs.iter().find(|kv| kv.key == key)?.value.as_deref()
}
