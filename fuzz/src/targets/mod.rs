//! The targets, grouped by the kind of files that they read.

pub mod archive;
pub mod artifact;
pub mod columns;
pub mod container;
pub mod folder;
pub mod lists;
pub mod log;
pub mod messages;
pub mod saved;
pub mod text;

use crate::target::Seed;

/// A file of a corpus.
fn seed(name: &str, bytes: impl Into<Vec<u8>>) -> Seed {
    (name.to_owned(), bytes.into())
}
