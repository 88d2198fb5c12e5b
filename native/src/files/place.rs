//! The place of a file: in a folder, in an archive, or in a pipe.

use crate::files::read;
use crate::terminal::exit::Fail;
use anyhow::Result;
use ssim_data::archive::{self, Member};
use ssim_data::published::LogSource;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Endings of the names of archives.
const ARCHIVES: [&str; 8] =
    [".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.bz2", ".tbz2"];
/// The most bytes of a pipe that are copied into a file.
const MOST: u64 = 64 << 30;
/// The name of standard input in messages.
const STDIN: &str = "stdin";

/// Something that can be opened again and again.
#[derive(Clone)]
pub enum FileAt {
    Path(PathBuf),
    /// A pipe, copied into a file that vanishes when the program ends; and the pipe's name.
    Copy(Arc<File>, String),
}

/// The place of a file.
pub enum FilePlace {
    Whole(FileAt),
    Member(FileAt, Member),
}

/// Whether a path stands for standard input, or for standard output.
pub fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens a pipe: standard input, or a path such as `/dev/fd/63`, which a shell makes of `<(zcat log.gz)`. `None`
/// for other paths.
///
/// # Errors
/// A pipe cannot be opened; the message names it.
pub fn pipe(path: &Path) -> Result<Option<Box<dyn Read>>> {
    if is_dash(path) {
        return Ok(Some(Box::new(std::io::stdin().lock())));
    }
    let is_pipe = path.metadata().is_ok_and(|at| !at.is_file() && !at.is_dir());
    Ok(if is_pipe { Some(Box::new(read::open(path)?)) } else { None })
}

/// Gives the name of an input for messages.
pub fn name(input: &Path) -> String {
    if is_dash(input) { STDIN.to_owned() } else { read::name(input) }
}

impl FileAt {
    /// Copies a pipe into a file in this folder, or in that for temporary files if it is not there yet. `name`
    /// is the pipe's name for messages.
    ///
    /// # Errors
    /// The pipe gives too much, or the folder has no room.
    pub fn copy(pipe: impl Read, name: &str, folder: Option<&Path>) -> Result<Self> {
        let folder = folder.filter(|folder| folder.is_dir());
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        let copy = || -> std::io::Result<(File, u64)> {
            let mut to = tempfile::tempfile_in(&folder)?;
            let bytes = std::io::copy(&mut pipe.take(MOST + 1), &mut to)?;
            Ok((to, bytes))
        };
        match copy() {
            Ok((_, bytes)) if bytes > MOST => Fail::data(format!(
                "{name}: expected at most {} GiB, got more; save the log as a file, and name it",
                MOST >> 30
            )),
            Ok((file, _)) => Ok(FileAt::Copy(Arc::new(file), name.to_owned())),
            Err(e) => Err(anyhow::Error::from(e)
                .context(format!("cannot keep {name} in {}", folder.display()))),
        }
    }

    /// Gives the name for messages.
    pub fn name(&self) -> String {
        match self {
            FileAt::Path(path) => read::name(path),
            FileAt::Copy(_, name) => name.clone(),
        }
    }

    /// Opens the file at its beginning. A copy is read by one reader at a time.
    ///
    /// # Errors
    /// An error names the file.
    pub fn open(&self) -> Result<File> {
        match self {
            FileAt::Path(path) => read::open(path),
            FileAt::Copy(file, _) => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(file)
            }
        }
    }

    fn bytes(&self) -> u64 {
        let found = match self {
            FileAt::Path(path) => path.metadata(),
            FileAt::Copy(file, _) => file.metadata(),
        };
        found.map_or(0, |file| file.len())
    }

    /// Whether it is an archive, by its name or by its first bytes.
    pub fn is_archive(&self) -> bool {
        let name = self.name().to_lowercase();
        let named = ARCHIVES.iter().any(|end| name.ends_with(end));
        named || self.open().is_ok_and(|file| archive::is_archive(file).unwrap_or_default())
    }

    /// Lists the files in an archive.
    ///
    /// # Errors
    /// An error names the archive and what is wrong with it.
    pub fn members(&self) -> Result<Vec<Member>> {
        Ok(archive::members(self.open()?, &self.name())?)
    }
}

impl FilePlace {
    /// Gives the size of the file in bytes, packed as it is; 0 if it is unknown.
    pub fn bytes(&self) -> u64 {
        match self {
            FilePlace::Whole(at) => at.bytes(),
            FilePlace::Member(_, member) => member.bytes,
        }
    }

    /// Gives the name of the file for messages.
    pub fn name(&self) -> String {
        match self {
            FilePlace::Whole(at) => at.name(),
            FilePlace::Member(at, member) => format!("{}:{}", at.name(), member.name),
        }
    }

    /// Gives the path of the file; that of a file in an archive begins with the archive.
    pub fn path(&self) -> String {
        let (FilePlace::Whole(at) | FilePlace::Member(at, _)) = self;
        let path = match at {
            FileAt::Path(path) => path.display().to_string(),
            FileAt::Copy(_, name) => name.clone(),
        };
        match self {
            FilePlace::Whole(_) => path,
            FilePlace::Member(_, member) => format!("{path}/{}", member.name),
        }
    }

    /// Opens the file.
    ///
    /// # Errors
    /// An error names the file.
    pub fn open(&self) -> ssim_data::Result<LogSource> {
        let (FilePlace::Whole(at) | FilePlace::Member(at, _)) = self;
        let file = at.open().map_err(|e| ssim_data::Error::Data(e.to_string()))?;
        Ok(LogSource {
            name: self.name(),
            reader: match self {
                FilePlace::Whole(_) => Box::new(file),
                FilePlace::Member(_, member) => archive::open(file, &at.name(), member)?,
            },
        })
    }
}
