//! Drafts: files that are written under a name of their own, beside the file that they become. The
//! drafts of a program vanish when it ends, and those of a killed program when the next one writes
//! the same file.

use super::mode;
use super::write::folder_of;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::NamedTempFile;

/// Beginning and end of a draft's name. Random letters stand between them, so that nobody can put a
/// link or a file there before.
pub(super) const NAME: (&str, &str) = (".ssim-", ".partial");
/// Number of random letters.
pub(super) const LETTERS: usize = 12;
/// How often a draft is made again because another program takes it for an abandoned one.
const ATTEMPTS: usize = 100;

/// Things that this program must remove if it ends now. The list is held while such a thing is made,
/// renamed or removed, so that a signal finds all of them.
static OPEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// The list of things to remove, which nobody else can change meanwhile.
pub(super) fn open() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all drafts and locks of this program, which ends now. As long as the caller keeps the
/// value, no new ones are made.
pub fn abandon() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    let open = open();
    for path in open.iter() {
        let folder = fs::symlink_metadata(path).is_ok_and(|m| m.is_dir());
        // Another thread may still write into a folder, so that it is not empty at once.
        for _ in 0..ATTEMPTS {
            let removed = if folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            if !folder || removed.is_ok() {
                break;
            }
        }
    }
    open
}

/// Remembers a folder of temporary files, so that a signal removes it.
pub fn remember(folder: &Path) {
    open().insert(folder.to_owned());
}

/// Whether a name is that of a draft.
pub fn is_draft(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(NAME.0) && name.ends_with(NAME.1)
}

/// Removes the drafts of files that killed programs have left in a folder.
///
/// # Errors
/// Returns the file system's error, with the folder's name.
pub fn clear(folder: &Path) -> Result<()> {
    clear_those(folder, NAME.0).with_context(|| format!("cannot clear {}", folder.display()))
}

/// Removes abandoned drafts whose names begin with `prefix`. Links, folders and files of other users
/// stay, and so do the drafts of programs that are still running.
fn clear_those(folder: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if is_draft(&name) && name.to_string_lossy().starts_with(prefix) {
            let path = entry.path();
            let Some(file) = mine(&path) else { continue };
            // Its owner holds a lock on it, and the system ends the lock with its owner. An owner who
            // has not got the lock yet sees afterwards that the draft is gone.
            if file.try_lock().is_ok() {
                gone(fs::remove_file(path))?;
            }
        }
    }
    Ok(())
}

/// Opens a file if it is a plain file of this user. Some file systems lock only files that are open
/// for writing.
fn mine(path: &Path) -> Option<File> {
    let file = mode::open_plain(File::options().write(true), path).ok()?;
    file.metadata().is_ok_and(|m| is_of_this_user(&m)).then_some(file)
}

#[cfg(unix)]
pub(super) fn is_of_this_user(it: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    it.uid() == nix::unistd::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(super) fn is_of_this_user(_: &Metadata) -> bool {
    true
}

/// Whether a file that this program has open has been removed by another one.
fn removed(file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    return Ok(std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) == 0);
    #[cfg(not(unix))]
    return file.metadata().map(|_| false);
}

/// Takes it for done that something is removed which is not there.
fn gone(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
}

/// A draft of one file. Dropping it removes it.
pub struct Draft {
    /// The draft, until it is renamed.
    file: Option<NamedTempFile>,
}

impl Draft {
    /// Makes an empty draft beside `target`, with the rights of the file that it will replace, or
    /// with those that the user's umask gives to a new file. Abandoned drafts of the same file are
    /// removed.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn beside(target: &Path, replaced: Option<&Metadata>) -> io::Result<Self> {
        let folder = folder_of(target);
        let name = target.file_name().unwrap_or_default().as_encoded_bytes();
        let digest: String =
            Sha256::digest(name).iter().take(4).map(|b| format!("{b:02x}")).collect();
        let prefix = format!("{}{digest}-", NAME.0);
        // A file that another program has left there is no reason to stop.
        let _ = clear_those(folder, &prefix);
        for _ in 0..ATTEMPTS {
            let draft = Self::new(folder, &prefix)?;
            let Some(file) = &draft.file else { break };
            // Some file systems have no locks. Then nobody can remove it as abandoned either.
            let taken = matches!(file.as_file().try_lock(), Err(fs::TryLockError::WouldBlock));
            if taken || removed(file.as_file())? {
                continue;
            }
            replaced.map_or(Ok(()), |old| mode::keep(file.as_file(), old))?;
            return Ok(draft);
        }
        Err(io::Error::other("other programs remove the file while it is written"))
    }

    fn new(folder: &Path, prefix: &str) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix).suffix(NAME.1).rand_bytes(LETTERS);
        #[cfg(unix)]
        // The system takes the bits of the umask away.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut open = open();
        let file = builder.tempfile_in(folder)?;
        open.insert(file.path().to_owned());
        Ok(Self { file: Some(file) })
    }

    /// Makes sure that the draft is on the disk, and renames it.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn persist(mut self, target: &Path) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let path = file.path().to_owned();
        let synced = file.as_file().sync_all();
        let mut open = open();
        let renamed = synced.and_then(|()| file.persist(target).map_err(|e| e.error));
        open.remove(&path);
        drop(open);
        renamed?;
        File::open(folder_of(target))?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            let mut open = open();
            open.remove(file.path());
            drop(file);
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(bytes.len()), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), NamedTempFile::flush)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_abandoned_drafts_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("precious"), "text").unwrap();
        symlink(at("precious"), at(".ssim-link.partial")).unwrap();
        fs::create_dir(at(".ssim-folder.partial")).unwrap();
        fs::write(at(".ssim-abandoned.partial"), "half").unwrap();
        fs::write(at(".other.partial"), "").unwrap();
        let running = Draft::beside(&at("result"), None).unwrap();
        clear(folder.path()).unwrap();
        assert!(!at(".ssim-abandoned.partial").exists());
        running.persist(&at("result")).unwrap();
        let left = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name());
        let mut left: Vec<_> = left.map(|name| name.into_string().unwrap()).collect();
        left.sort();
        let kept = [".other.partial", ".ssim-folder.partial", ".ssim-link.partial"];
        assert_eq!(left, [&kept[..], &["precious", "result"]].concat());
    }

    #[test]
    fn the_next_draft_of_a_file_removes_the_abandoned_one() {
        let folder = tempfile::tempdir().unwrap();
        let count = || fs::read_dir(folder.path()).unwrap().count();
        let path = |draft: &Draft| draft.file.as_ref().unwrap().path().to_owned();
        let target = folder.path().join("scores.csv");
        let first = Draft::beside(&target, None).unwrap();
        let copy = folder
            .path()
            .join(path(&first).file_name().unwrap().to_string_lossy().replace(NAME.1, "x.partial"));
        fs::write(&copy, "half").unwrap();
        let second = Draft::beside(&target, None).unwrap();
        assert!(!copy.exists() && path(&first).exists());
        drop((first, second));
        assert_eq!(count(), 0);
    }
}
