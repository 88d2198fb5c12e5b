//! The place of a file: in a folder, or inside an archive.

use crate::files::read;
use anyhow::Result;
use ssim_data::archive::{self, Member};
use ssim_data::published::LogSource;
use std::path::{Path, PathBuf};

/// Endings of the names of archives.
const ARCHIVES: [&str; 8] =
    [".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.bz2", ".tbz2"];

/// The place of a file.
pub enum FilePlace {
    File(PathBuf),
    Member(PathBuf, Member),
}

impl FilePlace {
    /// Gives the size of the file in bytes, packed as it is; 0 if it is unknown.
    pub fn bytes(&self) -> u64 {
        match self {
            FilePlace::File(path) => path.metadata().map_or(0, |file| file.len()),
            FilePlace::Member(_, member) => member.bytes,
        }
    }

    /// Gives the name of the file for messages.
    pub fn name(&self) -> String {
        match self {
            FilePlace::File(path) => read::name(path),
            FilePlace::Member(path, member) => format!("{}:{}", read::name(path), member.name),
        }
    }

    /// Gives the path of the file; that of a file in an archive begins with the archive.
    pub fn path(&self) -> String {
        match self {
            FilePlace::File(path) => path.display().to_string(),
            FilePlace::Member(path, member) => format!("{}/{}", path.display(), member.name),
        }
    }

    /// Opens the file.
    ///
    /// # Errors
    /// An error names the file.
    pub fn open(&self) -> ssim_data::Result<LogSource> {
        let (FilePlace::File(path) | FilePlace::Member(path, _)) = self;
        let file = read::open(path).map_err(|e| ssim_data::Error::Data(e.to_string()))?;
        Ok(LogSource {
            name: self.name(),
            reader: match self {
                FilePlace::File(_) => Box::new(file),
                FilePlace::Member(_, member) => archive::open(file, &read::name(path), member)?,
            },
        })
    }
}

/// Whether a name ends as those of archives do, in small or large letters.
pub fn is_archive(path: &Path) -> bool {
    let name = read::name(path).to_lowercase();
    ARCHIVES.iter().any(|end| name.ends_with(end))
}

/// Lists the files in an archive.
///
/// # Errors
/// An error names the archive and what is wrong with it.
pub fn members_of(archive: &Path) -> Result<Vec<Member>> {
    Ok(archive::members(read::open(archive)?, &read::name(archive))?)
}
