//! A data folder: `schema.json`, `vocabulary.parquet` and one Parquet file per split.
//!
//! The host opens the files under the names given here; nothing in them depends on time, place
//! or the number of workers, so equal data are equal bytes.

mod manifest;
mod part;
mod vocabulary;
mod writer;

pub use manifest::{FORMAT, FieldEntry, Manifest, read_manifest, write_manifest};
pub use part::{read_split, stream_split, write_split};
pub use vocabulary::{read_vocabulary, write_vocabulary};

use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

/// The manifest's name in the folder.
pub const MANIFEST: &str = "schema.json";
/// The vocabularies' name in the folder.
pub const VOCABULARY: &str = "vocabulary.parquet";
/// The splits in the order of [`Prepared::splits`](crate::Prepared::splits), and the name of their file in the folder.
pub const SPLITS: [(&str, &str); 3] = [
    ("train", "train/part-0.parquet"),
    ("val", "val/part-0.parquet"),
    ("test", "test/part-0.parquet"),
];

/// Key under which every file carries the fingerprint of the schema its ids belong to.
pub(crate) const FINGERPRINT: &str = "ssim.fingerprint";

/// How every Parquet file of this crate is written. `row` and the columns in `varied` are integers with too many
/// values for a dictionary: the differences between neighbours are written.
pub(crate) fn writing(fingerprint: Option<&str>, varied: &[String]) -> ArrowWriterOptions {
    let metadata = fingerprint.map(|f| vec![KeyValue::new(FINGERPRINT.to_owned(), f.to_owned())]);
    let mut properties = WriterProperties::builder()
        // Not the library's version: an upgrade changes no bytes that it need not change.
        .set_created_by("ssim".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(metadata);
    for name in varied.iter().map(String::as_str).chain(["row"]) {
        // Not parsed, or a dot in a field's name would be the path of a nested column.
        let column = ColumnPath::new(vec![name.to_owned()]);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    ArrowWriterOptions::new().with_properties(properties.build())
}

/// The fingerprint a Parquet file carries.
pub(crate) fn carried(metadata: &parquet::file::metadata::FileMetaData) -> Option<&str> {
    let pairs = metadata.key_value_metadata()?;
    pairs.iter().find(|kv| kv.key == FINGERPRINT)?.value.as_deref()
}
