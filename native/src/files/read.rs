//! Opens and reads input files. A file that cannot be opened counts as bad data.

#![allow(
    unsafe_code,
    reason = "checkpoints are mapped into memory, because they may be larger than it"
)]

use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use memmap2::Mmap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

/// Opens a file.
///
/// # Errors
/// Fails when the path cannot be opened or is a folder; the message names it.
pub fn open(path: &Path) -> Result<File> {
    match File::open(path) {
        Ok(file) if file.metadata().is_ok_and(|m| m.is_dir()) => {
            Fail::data(format!("{}: expected a file, got a folder", path.display()))
        }
        Ok(file) => Ok(file),
        Err(e) => Fail::data(format!("{}: {e}", path.display())),
    }
}

/// Reads all bytes of a file.
///
/// # Errors
/// An error names the file.
pub fn bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).or_else(|e| Fail::data(format!("{}: {e}", path.display())))
}

/// Maps a file of this program, so that the system reads its parts when they are needed. A
/// checkpoint of a large table would not fit into memory beside the table.
///
/// # Errors
/// An error names the file.
pub fn mapped(path: &Path) -> Result<Mmap> {
    let file = open(path)?;
    // SAFETY: this program replaces such files as a whole and never writes into one that others
    // may read, so the mapped bytes do not change.
    unsafe { Mmap::map(&file) }.or_else(|e| match e.kind() {
        ErrorKind::OutOfMemory => Err(e).with_context(|| format!("cannot map {}", path.display())),
        _ => Fail::data(format!("{}: {e}", path.display())),
    })
}

/// Reads a file as text.
///
/// # Errors
/// An error names the file.
pub fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).or_else(|e| Fail::data(format!("{}: {e}", path.display())))
}

/// Reads a JSON file.
///
/// # Errors
/// An error names file, line and column.
pub fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = text(path)?;
    serde_json::from_str(&text)
        .or_else(|e| Fail::data(format!("{}:{}:{}: {e}", path.display(), e.line(), e.column())))
}

/// Gives the name of a path for messages.
pub fn name(path: &Path) -> String {
    path.display().to_string()
}
