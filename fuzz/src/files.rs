//! The part of the program's files that its settings need: texts that people write.

#[path = "../../native/src/files/read.rs"]
pub mod read;
#[path = "../../native/src/files/run_files.rs"]
mod run_files;
#[path = "../../native/src/files/wanted.rs"]
pub mod wanted;
