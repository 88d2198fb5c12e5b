//! The part of the program's files that its settings need: texts that people write.

#[path = "../../native/src/files/read.rs"]
pub mod read;
