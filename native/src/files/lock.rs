//! Locks on folders: one program at a time writes into a folder. The system ends a lock together
//! with the program that holds it, so a lock file that a killed program has left blocks nobody.

use super::draft::{self, LETTERS, NAME};
use super::{mode, write};
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The file of a folder that is locked while a program writes into the folder.
pub const LOCK: &str = ".ssim-lock";
/// End of the name of a lock that stands beside a folder which is not there yet.
const BESIDE: &str = ".lock";
/// Most bytes of a lock file that are read.
const LONGEST: u64 = 4096;

/// A folder that no other program writes into. Dropping the lock ends it.
pub struct FolderLock {
    folder: PathBuf,
    /// The lock file. It says which process holds the lock, and which draft it writes.
    path: PathBuf,
    file: File,
    /// The folders that were made for the lock, the deepest first.
    made: Vec<PathBuf>,
}

impl FolderLock {
    /// Locks a folder, which is made if it is not there.
    ///
    /// # Errors
    /// Fails if another program is writing into the folder; returns the file system's errors.
    pub fn take(folder: &Path) -> Result<Self> {
        let made = make(folder)?;
        Self::at(folder.join(LOCK), folder, made)
    }

    /// Locks the name of a folder that is written elsewhere and renamed when it is complete. The
    /// folder around it is made if it is not there. The draft that a killed program has left is
    /// removed.
    ///
    /// # Errors
    /// Fails if another program is writing the folder; returns the file system's errors.
    pub fn beside(folder: &Path) -> Result<Self> {
        let name = folder.file_name().map_or("".into(), OsStr::to_string_lossy);
        let parent = write::folder_of(folder);
        let made = make(parent)?;
        Self::at(parent.join(format!("{}{name}{BESIDE}", NAME.0)), folder, made)
    }

    /// The folder that is locked.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn at(path: PathBuf, folder: &Path, made: Vec<PathBuf>) -> Result<Self> {
        let cannot = || format!("cannot write {}", folder.display());
        loop {
            // A signal that comes now waits until the lock is on the list of what it removes.
            let mut open = draft::open();
            let mut file = open_file(&path).with_context(cannot)?;
            match file.try_lock() {
                Ok(()) => (),
                Err(TryLockError::WouldBlock) => return refused(folder, &path),
                Err(TryLockError::Error(e)) if knows_no_locks(&e) => out::note(&format!(
                    "{}: the file system has no locks; no other program must write there",
                    folder.display()
                )),
                Err(TryLockError::Error(e)) => return Err(e).with_context(cannot),
            }
            // The program that held it before has removed it, so it is nobody's lock.
            if !is_at(&file, &path).with_context(cannot)? {
                continue;
            }
            let old = content(&mut file).with_context(cannot)?;
            if !(old.is_empty() || pid_of(&old).is_some()) {
                let path = path.display();
                return Fail::usage(format!("{path}: expected a lock of ssim, got another file"));
            }
            open.insert(path.clone());
            drop(open);
            let mut lock = Self { folder: folder.to_owned(), path, file, made };
            lock.remove_left_draft(&old).with_context(cannot)?;
            // The number only helps people, so a full disk does not matter yet.
            let _ = lock.say("");
            return Ok(lock);
        }
    }

    /// Writes down which process holds the lock, and which draft it writes.
    fn say(&mut self, draft: &str) -> io::Result<()> {
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(format!("{} {draft}\n", std::process::id()).as_bytes())
    }

    /// Makes the draft of the folder beside it. Its name is random, and it stands in the lock file
    /// before the draft is made: the next program removes this draft and no other folder.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn draft(&mut self) -> io::Result<DraftFolder> {
        let mut open = draft::open();
        let parent = write::folder_of(&self.folder).to_owned();
        let mut builder = tempfile::Builder::new();
        builder.prefix(NAME.0).suffix(NAME.1).rand_bytes(LETTERS);
        let made = builder.make_in(parent, |path| {
            let name = path.file_name().unwrap_or_default();
            self.say(&name.to_string_lossy())?;
            fs::create_dir(path)
        })?;
        let path = made.into_temp_path().keep().map_err(|e| e.error)?;
        let handles = File::open(&path).and_then(|one| Ok([one.try_clone()?, one]));
        let handles = handles.inspect_err(|_| drop(fs::remove_dir(&path)))?;
        open.insert(path.clone());
        Ok(DraftFolder { path, handles: Some(handles) })
    }

    /// Removes the draft that the lock file of a killed program names.
    fn remove_left_draft(&self, old: &str) -> io::Result<()> {
        let Some((_, name)) = old.trim_end().split_once(' ') else { return Ok(()) };
        let path = write::folder_of(&self.path).join(name);
        if path.file_name() != Some(OsStr::new(name)) || !draft::is_draft(OsStr::new(name)) {
            return Ok(());
        }
        let ours =
            fs::symlink_metadata(&path).is_ok_and(|m| m.is_dir() && draft::is_of_this_user(&m));
        if ours { fs::remove_dir_all(&path) } else { Ok(()) }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        let mut open = draft::open();
        // It is removed while it is locked, so that it is not a lock that another program has taken.
        let _ = fs::remove_file(&self.path);
        open.remove(&self.path);
        // A command that was refused leaves no empty folder behind; others are not empty.
        self.made.iter().try_for_each(fs::remove_dir).ok();
    }
}

/// Makes a folder and the folders above it. Returns those that were not there, the deepest first.
fn make(folder: &Path) -> Result<Vec<PathBuf>> {
    let missing = folder.ancestors().take_while(|at| !at.as_os_str().is_empty() && !at.exists());
    let missing = missing.map(Path::to_owned).collect();
    write::folder(folder)?;
    Ok(missing)
}

/// A folder that is written under a name of its own. Dropping it removes it.
pub struct DraftFolder {
    path: PathBuf,
    /// Two descriptors in reserve: a folder in a folder cannot be removed without them, and there
    /// may be no others when the program fails for want of descriptors.
    handles: Option<[File; 2]>,
}

impl DraftFolder {
    /// The folder to write into.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Renames the folder. An empty folder may be there; the new one keeps its rights.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn persist(self, target: &Path) -> io::Result<()> {
        if let Ok(old) = fs::metadata(target) {
            mode::keep(&File::open(&self.path)?, &old)?;
        }
        let mut open = draft::open();
        fs::rename(&self.path, target)?;
        open.remove(&self.path);
        drop(open);
        File::open(write::folder_of(target))?.sync_all()
    }
}

impl Drop for DraftFolder {
    fn drop(&mut self) {
        let mut open = draft::open();
        // After the renaming it is not on the list any more, and not there either.
        if open.remove(&self.path) {
            self.handles = None;
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Whether a name is one that this program gives to its drafts and locks.
pub fn is_passing(name: &OsStr) -> bool {
    name == LOCK || draft::is_draft(name)
}

/// Opens a lock file, which is made if it is not there. A link, a pipe or a folder is none.
fn open_file(path: &Path) -> io::Result<File> {
    mode::open_plain(File::options().read(true).write(true).create(true).truncate(false), path)
}

/// Whether an open file is still the one of its name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (is, named) = (file.metadata()?, fs::symlink_metadata(path));
    Ok(named.is_ok_and(|named| (named.dev(), named.ino()) == (is.dev(), is.ino())))
}

/// Other systems do not remove a file that is open.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

fn knows_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    if [nix::libc::ENOLCK, nix::libc::ENOSYS].map(Some).contains(&error.raw_os_error()) {
        return true;
    }
    error.kind() == ErrorKind::Unsupported
}

fn refused<T>(folder: &Path, lock: &Path) -> Result<T> {
    let pid = File::open(lock).and_then(|mut file| content(&mut file)).ok();
    let pid =
        pid.and_then(|text| pid_of(&text)).map_or(String::new(), |n| format!(", process {n}"));
    Fail::usage(format!("{}: another program is writing it{pid}", folder.display()))
}

fn content(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The process that a lock file names.
fn pid_of(text: &str) -> Option<u32> {
    text.split_whitespace().next()?.parse().ok()
}
