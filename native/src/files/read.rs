//! Opens and reads input files. A file that cannot be opened counts as bad data.

use crate::files::wanted::InputKind;
use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use ssim_core::artifact::Artifact;
use ssim_core::checksum;
use ssim_core::container::Source;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Opens a file.
///
/// # Errors
/// Fails when the path cannot be opened or is a folder; the message names it.
pub fn open(path: &Path) -> Result<File> {
    match File::open(path) {
        Ok(file) if file.metadata().is_ok_and(|m| m.is_dir()) => InputKind::File.refuse(path),
        Ok(file) => Ok(file),
        Err(e) => Fail::data(refusal(path, &e)),
    }
}

/// The message for a file that cannot be read.
pub fn refusal(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::IsADirectory => InputKind::File.refusal(path),
        _ => format!("{}: {error}", path.display()),
    }
}

/// Whether a path is a file that begins with these bytes.
pub fn begins_with(path: &Path, bytes: &[u8]) -> bool {
    let mut begin = vec![0; bytes.len()];
    File::open(path).is_ok_and(|mut file| file.read_exact(&mut begin).is_ok()) && begin == bytes
}

/// Reads an artifact.
///
/// # Errors
/// There is none at the path, or it is damaged; the message names the file.
pub fn artifact(path: &Path) -> Result<Artifact> {
    Ok(artifact_bytes(path)?.0)
}

/// Reads an artifact, and gives its bytes, too.
///
/// # Errors
/// Those of [`artifact`].
pub fn artifact_bytes(path: &Path) -> Result<(Artifact, Vec<u8>)> {
    if !path.is_file() {
        return InputKind::Artifact.refuse(path);
    }
    let bytes = bytes(path)?;
    let begin = bytes.first_chunk().map_or(u64::MAX, |begin| u64::from_le_bytes(*begin));
    // The file begins with the length of its header.
    if begin > bytes.len() as u64 && InputKind::of(path) != Some(InputKind::Artifact) {
        return InputKind::Artifact.refuse(path);
    }
    let artifact = Artifact::from_bytes(&bytes).with_context(|| path.display().to_string())?;
    Ok((artifact, bytes))
}

/// Reads all bytes of a file.
///
/// # Errors
/// An error names the file.
pub fn bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).or_else(|e| Fail::data(refusal(path, &e)))
}

/// A file of named arrays, which are read when they are needed. A checkpoint of a large table would not
/// fit into memory beside the table, and a file that is mapped into memory ends the program when
/// somebody cuts it off.
pub struct Stored {
    file: Mutex<File>,
    size: u64,
}

/// Opens a file of named arrays.
///
/// # Errors
/// An error names the file.
pub fn stored(path: &Path) -> Result<Stored> {
    let file = open(path)?;
    let size = file.metadata().or_else(|e| Fail::data(format!("{}: {e}", path.display())))?.len();
    Ok(Stored { file: Mutex::new(file), size })
}

impl Source for Stored {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, at: u64, to: &mut [u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(to)
    }
}

/// Reads a file as text.
///
/// # Errors
/// An error names the file.
pub fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).or_else(|e| Fail::data(refusal(path, &e)))
}

/// The most bytes of a text that a person writes: a plan, settings, the schema of a table.
const WRITTEN: u64 = 1 << 24;

/// Reads a text that a person has written, which is short. One that this program has written has a
/// checksum, which is compared and left out.
///
/// # Errors
/// An error names the file. It counts as bad settings.
pub fn written(path: &Path) -> Result<String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(WRITTEN + 1).read_to_string(&mut text));
    let checked = match read {
        Err(e) => Err(refusal(path, &e)),
        Ok(read) if read as u64 > WRITTEN => {
            Err(format!("{}: expected at most {WRITTEN} bytes, got more", path.display()))
        }
        Ok(_) => checksum::verify(&text).map_err(|e| format!("{}: {e}", path.display())),
    };
    checked.or_else(Fail::config)?;
    Ok(checksum::without_line(&text).to_owned())
}

/// Reads a file as text and compares it with its checksum, if it has one.
///
/// # Errors
/// An error names the file.
fn verified(path: &Path) -> Result<String> {
    let text = text(path)?;
    checksum::verify(&text).or_else(|e| Fail::data(format!("{}: {e}", path.display())))?;
    Ok(text)
}

/// Reads a TOML file as text, without the line of its checksum.
///
/// # Errors
/// An error names the file.
pub fn toml(path: &Path) -> Result<String> {
    Ok(checksum::without_line(&verified(path)?).to_owned())
}

/// Reads a JSON file.
///
/// # Errors
/// An error names file, line and column.
pub fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = verified(path)?;
    serde_json::from_str(&text)
        .or_else(|e| Fail::data(format!("{}:{}:{}: {e}", path.display(), e.line(), e.column())))
}

/// Gives the name of a path for messages.
pub fn name(path: &Path) -> String {
    path.display().to_string()
}
