//! Finds the place of an output behind links, and keeps the rights of what it replaces.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Links that are followed at most; the systems have limits of the same size.
const LINKS: usize = 40;

/// Follows links from an output to the place that they name. The output is written there, and the
/// links stay. Nothing has to exist at that place yet.
///
/// # Errors
/// Fails when the links form a circle.
pub fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..LINKS {
        match fs::read_link(&place) {
            Ok(next) => place = super::write::folder_of(&place).join(next),
            // It is no link, or nothing is there.
            Err(_) => return Ok(place),
        }
    }
    Err(io::Error::other(format!("expected a file, got a chain of {LINKS} links or more")))
}

/// Opens a plain file of a known name. A link is not followed, and a pipe is not waited for.
///
/// # Errors
/// Fails for a link and for anything else that is no plain file; returns the file system's errors.
pub fn open_plain(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        options,
        nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK,
    );
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other(format!("{}: expected a plain file", path.display()))),
    }
}

/// Asks what the file is like that an output will replace; nothing if there is none. The file is
/// opened for writing and not changed: who may not write into a file may not replace it either.
///
/// # Errors
/// Returns the file system's error if the file must not be written.
pub fn replaced(path: &Path) -> io::Result<Option<Metadata>> {
    match File::options().write(true).open(path) {
        Ok(file) => file.metadata().map(Some),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Gives a new file or folder the rights of the one that it replaces, and the owner and group where
/// the system permits it.
///
/// # Errors
/// Returns the file system's error.
#[cfg(unix)]
pub fn keep(new: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let is = new.metadata()?;
    if (is.uid(), is.gid()) != (old.uid(), old.gid()) {
        // Only root may give files away, but a member of the group may keep the group.
        let _ = fchown(new, Some(old.uid()), Some(old.gid()))
            .or_else(|_| fchown(new, None, Some(old.gid())));
    }
    // A file with other bytes does not run as its owner, so these bits are kept for folders only.
    let kept = if old.is_dir() { 0o7777 } else { 0o777 };
    new.set_permissions(fs::Permissions::from_mode(old.mode() & kept))
}

/// Other systems have no such rights.
///
/// # Errors
/// Never fails.
#[cfg(not(unix))]
pub fn keep(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_to_their_end() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("deep")).unwrap();
        symlink("deep/b", at("a")).unwrap();
        symlink("../c", at("deep/b")).unwrap();
        // The last one names a file that is not there.
        assert_eq!(behind_links(&at("a")).unwrap(), at("deep").join("../c"));
        fs::write(at("c"), "").unwrap();
        assert_eq!(behind_links(&at("a")).unwrap(), at("deep").join("../c"));
        assert_eq!(behind_links(&at("c")).unwrap(), at("c"));
        symlink("round", at("round")).unwrap();
        assert!(behind_links(&at("round")).is_err());
    }
}
