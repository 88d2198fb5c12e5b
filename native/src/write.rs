//! Writing files so that a reader finds the old one or the new one, never a part.

use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How names begin and end of files that are being written.
const PARTIAL: (&str, &str) = (".ssim-", ".partial");

/// Whether a file's name is one that files have while they are written. A killed program leaves
/// such files; nobody reads them.
pub fn is_partial(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(PARTIAL.0) && name.ends_with(PARTIAL.1)
}

/// Removes what a killed program has left half written in a folder. Nobody else may be writing there.
///
/// # Errors
/// What the file system reports, with the folder's name.
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

/// Writes a file under another name beside it, makes sure it is on the disk, and then gives it
/// its name. What is no plain file (`/dev/full`, a pipe) is written directly.
///
/// # Errors
/// What `fill` or the file system reports, with the file's name; an older file is left as it was.
pub fn atomic(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    let run = || -> Result<()> {
        if fs::metadata(path).is_ok_and(|m| !m.is_file()) {
            let mut file = BufWriter::new(File::options().write(true).open(path)?);
            fill(&mut file)?;
            return Ok(file.flush()?);
        }
        let mut draft = Draft::new(path)?;
        fill(&mut draft)?;
        draft.finish()
    };
    run().map_err(plain).with_context(|| format!("cannot write {}", path.display()))
}

/// A file that is being written under another name; dropped, it is gone.
pub struct Draft {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl Draft {
    /// An empty file beside `path`.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn new(path: &Path) -> Result<Self> {
        let file = tempfile::Builder::new()
            .prefix(PARTIAL.0)
            .suffix(PARTIAL.1)
            .tempfile_in(folder_of(path))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 20, file), path: path.to_owned() })
    }

    /// Makes sure that the file is on the disk, and gives it its name.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn finish(self) -> Result<()> {
        let file = self.file.into_inner()?;
        readable(file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(File::open(folder_of(&self.path))?.sync_all()?)
    }
}

impl Write for Draft {
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
/// As [`atomic`].
pub fn bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    atomic(path, |to| Ok(to.write_all(bytes)?))
}

/// Writes a value as JSON for people, as [`atomic`] does.
///
/// # Errors
/// As [`atomic`].
pub fn json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    bytes(path, text.as_bytes())
}

/// Makes a folder and those above it.
///
/// # Errors
/// What the file system reports, with the folder's name.
pub fn folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make folder {}", path.display()))
}

/// The folder a file lies in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A Parquet error on the way out is a full disk, say, and not bad data.
pub fn plain(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(ssim_data::Error::Parquet(e)) => anyhow!("{e}"),
        Some(ssim_data::Error::Arrow(e)) => anyhow!("{e}"),
        _ => error,
    }
}

/// Temporary files are for their owner only; results are as readable as the folder allows.
#[cfg(unix)]
fn readable(file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.set_permissions(fs::Permissions::from_mode(0o644))?)
}

#[cfg(not(unix))]
fn readable(_: &File) -> Result<()> {
    Ok(())
}
