//! People's own logs: CSV or Parquet plus a schema in TOML.

pub(crate) mod cells;
pub(crate) mod csv;
#[cfg(feature = "table")]
mod encode;
pub(crate) mod intern;
#[cfg(feature = "table")]
mod parquet;
#[cfg(feature = "table")]
pub(crate) mod plain;
pub(crate) mod schema;
pub(crate) mod sink;
pub(crate) mod unpack;
#[cfg(feature = "table")]
mod stream;

pub use self::csv::read_csv;
#[cfg(feature = "table")]
pub use self::encode::{Encoded, Scoring, encode_csv, encode_parquet};
#[cfg(feature = "table")]
pub use self::parquet::read_parquet;
#[cfg(feature = "table")]
pub use self::stream::encode_stream;
pub use crate::layout::{Buckets, FieldSpec, Kind, Split, TableSchema};
