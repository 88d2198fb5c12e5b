//! Reads any log of CSV, JSON or Parquet files, described by a schema in TOML.

pub(crate) mod blocks;
mod cell_keys;
pub(crate) mod cells;
pub(crate) mod csv;
#[cfg(feature = "table")]
mod encode;
mod field_keys;
pub(crate) mod form;
pub(crate) mod grammar;
#[cfg(feature = "table")]
pub(crate) mod json_lines;
#[cfg(feature = "table")]
mod kept_rules;
mod labels;
#[cfg(feature = "table")]
pub(crate) mod lines;
#[cfg(feature = "table")]
mod log;
#[cfg(feature = "table")]
pub(crate) mod messages;
#[cfg(feature = "table")]
pub(crate) mod parquet;
pub(crate) mod rows;
pub(crate) mod schema;
#[cfg(feature = "table")]
pub(crate) mod source_file;
#[cfg(feature = "table")]
mod stream;
#[cfg(feature = "table")]
pub(crate) mod stream_format;
#[cfg(feature = "table")]
pub(crate) mod texts;
#[cfg(feature = "table")]
mod times;
pub(crate) mod unpack;

pub use self::csv::{csv_columns, read_csv};
#[cfg(feature = "table")]
pub use self::encode::{Encoded, Scoring, encode_csv, encode_json_lines, encode_parquet};
#[cfg(feature = "table")]
pub use self::log::TableLog;
#[cfg(feature = "table")]
pub use self::parquet::read_parquet;
pub use self::schema::toml_hint;
#[cfg(feature = "table")]
pub use self::source_file::SourceFile;
#[cfg(feature = "table")]
pub use self::stream::encode_stream;
#[cfg(feature = "table")]
pub use self::stream_format::StreamFormat;
pub use crate::layout::{
    Buckets, CellRules, ClickRule, FieldKind, FieldSpec, NA_VALUES, SplitRule, TableSchema,
    TimeField, TimeForm, TimePart, TimePoint, TimeZone,
};
