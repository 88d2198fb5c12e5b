//! People's own logs: CSV or Parquet plus a schema in TOML.

mod cells;
mod csv;
mod encode;
mod intern;
mod parquet;
mod schema;
mod sink;
mod unpack;

pub use self::csv::read_csv;
pub use self::encode::{Encoded, Scoring, encode_batch, encode_csv, encode_parquet};
pub use self::parquet::read_parquet;
pub use crate::layout::{Buckets, FieldSpec, Kind, Split, TableSchema};
