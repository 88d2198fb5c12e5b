//! Opens and reads input files. A file that cannot be opened counts as bad data.

#![allow(
    unsafe_code,
    reason = "checkpoints are mapped into memory, because they may be larger than it"
)]

use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use memmap2::Mmap;
use std::fs::File;
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
        Err(e) => failed(path, e),
    }
}

/// Tells why a file cannot be read. A file that is not there, or that is no such file, is bad data.
fn failed<T>(path: &Path, error: std::io::Error) -> Result<T> {
    if is_of_the_machine(&error) {
        return Err(error).with_context(|| format!("cannot read {}", path.display()));
    }
    Fail::data(format!("{}: {error}", path.display()))
}

/// Whether the machine has failed: it has no more descriptors or memory, or its disk is damaged.
fn is_of_the_machine(error: &std::io::Error) -> bool {
    #[cfg(unix)]
    {
        use nix::libc::{EIO, EMFILE, ENFILE, ENOMEM};
        [EIO, EMFILE, ENFILE, ENOMEM].map(Some).contains(&error.raw_os_error())
    }
    #[cfg(not(unix))]
    {
        error.kind() == std::io::ErrorKind::OutOfMemory
    }
}

/// Reads a file of settings as text. A file that is not there, or that is no text, is a bad setting.
///
/// # Errors
/// An error names the file.
pub fn settings(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(e) if is_of_the_machine(&e) => failed(path, e),
        Err(e) => Fail::config(format!("{}: {e}", path.display())),
    }
}

/// Reads all bytes of a file.
///
/// # Errors
/// An error names the file.
pub fn bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).or_else(|e| failed(path, e))
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
    unsafe { Mmap::map(&file) }.or_else(|e| failed(path, e))
}

/// Reads a file as text.
///
/// # Errors
/// An error names the file.
pub fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).or_else(|e| failed(path, e))
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
