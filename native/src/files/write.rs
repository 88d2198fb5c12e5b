//! Writes files so that a reader finds the old file or the new one, never a part.

use super::draft::Draft;
use super::mode;
use crate::terminal::exit::Fail;
use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use ssim_core::checksum;
use std::fs::{self, File};
use std::io::{BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};

/// Writes a file under a temporary name beside it, makes sure that it is on the disk, and renames
/// it. A path that is no plain file (`/dev/full`, a pipe) is written directly. If the path is a link,
/// the file that the link names is replaced, and the link stays.
///
/// # Errors
/// Returns the error of `fill` or of the file system, with the file's name, unless it is about rows
/// that `fill` has read. An older file stays as it was.
pub fn atomic(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    if path.is_dir() {
        return Fail::usage(format!("{}: expected a file to write, got a folder", path.display()));
    }
    let run = || -> Result<()> {
        if fs::metadata(path).is_ok_and(|m| !m.is_file()) {
            let mut file = BufWriter::new(File::options().write(true).open(path)?);
            fill(&mut file)?;
            return Ok(file.flush()?);
        }
        let mut file = AtomicFile::new(path)?;
        fill(&mut file)?;
        file.finish()
    };
    run().map_err(plain).map_err(|error| {
        // Rows that are read while the file is written: the message names the file they are in.
        let row = matches!(
            error.downcast_ref(),
            Some(ssim_data::Error::Row { .. } | ssim_data::Error::Data(_))
        );
        match row || error.is::<Fail>() {
            true => error,
            false => error.context(format!("cannot write {}", path.display())),
        }
    })
}

/// A file that is being written under a temporary name. Dropping it before `finish` removes it.
pub struct AtomicFile {
    draft: BufWriter<Draft>,
    target: PathBuf,
}

impl AtomicFile {
    /// Makes an empty file beside `path`, which `finish` renames to `path`.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn new(path: &Path) -> Result<Self> {
        let target = mode::behind_links(path)?;
        let draft = Draft::beside(&target, mode::replaced(&target)?.as_ref())?;
        Ok(Self { draft: BufWriter::with_capacity(1 << 20, draft), target })
    }

    /// Makes sure that the file is on the disk, and renames it.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn finish(self) -> Result<()> {
        let draft = self.draft.into_inner().map_err(IntoInnerError::into_error)?;
        Ok(draft.persist(&self.target)?)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.draft.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.draft.flush()
    }
}

/// Writes bytes as [`atomic`] does.
///
/// # Errors
/// Fails as [`atomic`] does.
pub fn bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    atomic(path, |to| Ok(to.write_all(bytes)?))
}

/// Writes a value as indented JSON with a checksum, as [`atomic`] does.
///
/// # Errors
/// Fails as [`atomic`] does.
pub fn json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    checksum::seal_json(&mut text);
    text.push('\n');
    bytes(path, text.as_bytes())
}

/// Writes a TOML text with a checksum, as [`atomic`] does.
///
/// # Errors
/// Fails as [`atomic`] does.
pub fn toml(path: &Path, text: &str) -> Result<()> {
    let mut text = text.to_owned();
    checksum::seal_toml(&mut text);
    bytes(path, text.as_bytes())
}

/// Makes a folder, and the folders above it.
///
/// # Errors
/// Returns the file system's error, with the folder's name.
pub fn folder(path: &Path) -> Result<()> {
    if path.ancestors().any(Path::is_file) {
        return no_folder(path);
    }
    fs::create_dir_all(path).with_context(|| format!("cannot make folder {}", path.display()))
}

/// Refuses to write a folder where a file is.
///
/// # Errors
/// Always.
pub fn no_folder(path: &Path) -> Result<()> {
    let file = path.ancestors().find(|at| at.is_file()).unwrap_or(path).display();
    Fail::usage(format!("{}: expected a folder to write, but {file} is a file", path.display()))
}

/// Gives the folder of a file.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Turns Parquet and Arrow errors into errors without a type of their own. An error while writing
/// means a full disk, say, and must not count as bad data.
pub fn plain(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(ssim_data::Error::Parquet(e)) => anyhow!("{e}"),
        Some(ssim_data::Error::Arrow(e)) => anyhow!("{e}"),
        _ => error,
    }
}
