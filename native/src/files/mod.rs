//! Files: read, written whole or not at all, and the data folders and raw logs made of them.

pub mod data;
pub mod draft;
pub mod lock;
pub mod log;
pub mod mode;
pub mod owned;
pub mod parts;
pub mod place;
pub mod placed;
pub mod published;
pub mod raw;
pub mod read;
pub mod replace;
pub mod row_writer;
pub mod run_files;
pub mod scoring_counts;
pub mod wanted;
pub mod write;
