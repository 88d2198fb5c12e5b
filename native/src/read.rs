//! Opening what others wrote; an input that cannot be opened is bad data.

use crate::exit::Fail;
use anyhow::Result;
use memmap2::Mmap;
use std::fs::File;
use std::path::Path;

/// Opens a file.
///
/// # Errors
/// Names the file.
pub fn open(path: &Path) -> Result<File> {
    match File::open(path) {
        Ok(file) if file.metadata().is_ok_and(|m| m.is_dir()) => {
            Fail::data(format!("{}: expected a file, got a folder", path.display()))
        }
        Ok(file) => Ok(file),
        Err(e) => Fail::data(format!("{}: {e}", path.display())),
    }
}

/// All bytes of a file.
///
/// # Errors
/// Names the file.
pub fn bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).or_else(|e| Fail::data(format!("{}: {e}", path.display())))
}

/// A file of ours, read by the system as it is needed: a checkpoint of a large table would not fit into memory
/// beside the table.
///
/// # Errors
/// Names the file.
pub fn mapped(path: &Path) -> Result<Mmap> {
    let file = open(path)?;
    // SAFETY: this program replaces such files as a whole and never writes into one that others may read.
    unsafe { Mmap::map(&file) }.or_else(|e| Fail::data(format!("{}: {e}", path.display())))
}

/// A file's text.
///
/// # Errors
/// Names the file.
pub fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).or_else(|e| Fail::data(format!("{}: {e}", path.display())))
}

/// A file's JSON.
///
/// # Errors
/// Names file, line and column.
pub fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = text(path)?;
    serde_json::from_str(&text)
        .or_else(|e| Fail::data(format!("{}:{}:{}: {e}", path.display(), e.line(), e.column())))
}

/// A path as messages and libraries name it.
pub fn name(path: &Path) -> String {
    path.display().to_string()
}
