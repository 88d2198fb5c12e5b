//! Writes files so that a reader finds the old file or the new one, never a part.

use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Beginning and end of the names of files that are being written.
const PARTIAL: (&str, &str) = (".ssim-", ".partial");

/// Whether a name is that of a file that is being written. A killed program leaves such files,
/// which nobody reads.
pub fn is_partial(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(PARTIAL.0) && name.ends_with(PARTIAL.1)
}

/// Removes the files that a killed program has left half written in a folder. No other program may
/// be writing there.
///
/// # Errors
/// Returns the file system's error, with the folder's name.
pub fn clear_partial(folder: &Path) -> Result<()> {
    let clear = || -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if is_partial(&entry.file_name()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    };
    clear().with_context(|| format!("cannot clear {}", folder.display()))
}

/// Writes a file under a temporary name beside it, makes sure that it is on the disk, and renames
/// it. A path that is no plain file (`/dev/full`, a pipe) is written directly.
///
/// # Errors
/// Returns the error of `fill` or of the file system, with the file's name, unless it is about rows
/// that `fill` has read. An older file stays as it was.
pub fn atomic(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
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
    run().map_err(plain).map_err(|error| match error.downcast_ref() {
        // Rows that are read while the file is written: the message names the file they are in.
        Some(ssim_data::Error::Row { .. } | ssim_data::Error::Data(_)) => error,
        _ => error.context(format!("cannot write {}", path.display())),
    })
}

/// A file that is being written under a temporary name. Dropping it before `finish` removes it.
pub struct AtomicFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl AtomicFile {
    /// Makes an empty file beside `path`, which `finish` renames to `path`.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn new(path: &Path) -> Result<Self> {
        let file = tempfile::Builder::new()
            .prefix(PARTIAL.0)
            .suffix(PARTIAL.1)
            .tempfile_in(folder_of(path))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 20, file), path: path.to_owned() })
    }

    /// Makes sure that the file is on the disk, and renames it.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn finish(self) -> Result<()> {
        let file = self.file.into_inner()?;
        readable(file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(File::open(folder_of(&self.path))?.sync_all()?)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Writes bytes as [`atomic`] does.
///
/// # Errors
/// Fails as [`atomic`] does.
pub fn bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    atomic(path, |to| Ok(to.write_all(bytes)?))
}

/// Writes a value as indented JSON, as [`atomic`] does.
///
/// # Errors
/// Fails as [`atomic`] does.
pub fn json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    bytes(path, text.as_bytes())
}

/// Makes a folder, and the folders above it.
///
/// # Errors
/// Returns the file system's error, with the folder's name.
pub fn folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make folder {}", path.display()))
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

/// Lets everybody read a file, since temporary files are for their owner only. The folder can still
/// forbid it.
#[cfg(unix)]
fn readable(file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.set_permissions(fs::Permissions::from_mode(0o644))?)
}

#[cfg(not(unix))]
fn readable(_: &File) -> Result<()> {
    Ok(())
}
