//! Finds the file of a request in the page's folder, and never one outside it.

use super::content::Content;
use hyper::StatusCode;
use percent_encoding::percent_decode_str;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The name of a file below the folder, as the parts between slashes. The last part is empty if the
/// name is a folder's.
pub type Name = Vec<String>;

/// The thing that a name leads to.
pub enum Target {
    /// A file, open for reading.
    File(Content),
    /// A folder, which was named like a file.
    Folder,
}

/// Decodes the path of a request once, and then checks it: no part of it may lead elsewhere. Gives
/// `None` for a path that is no name of a file in the folder.
pub fn name(path: &str) -> Option<Name> {
    let parts = path.strip_prefix('/')?.split('/');
    let name = parts.map(|part| percent_decode_str(part).decode_utf8().ok().map(String::from));
    let name: Name = name.collect::<Option<_>>()?;
    let (_, above) = name.split_last()?;
    // A colon begins a drive or a stream of Windows, where a backslash also divides a path.
    let odd = |c: char| c.is_control() || "/\\".contains(c) || cfg!(windows) && c == ':';
    let plain = |part: &String| !matches!(part.as_str(), "." | "..") && !part.contains(odd);
    (name.iter().all(plain) && above.iter().all(|part| !part.is_empty())).then_some(name)
}

/// Opens the file of a name. A folder's name leads to the `index.html` in it.
///
/// # Errors
/// Gives 404 for what is not there, and for everything that is neither a file nor a folder below
/// `root`; 403 and 503 where the system forbids to open the file, or cannot.
pub fn find(root: &Path, name: &Name) -> Result<Target, StatusCode> {
    let mut path: PathBuf = name.iter().collect();
    if name.last().is_some_and(String::is_empty) {
        path.push("index.html");
    }
    open(root, &path).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
        ErrorKind::OutOfMemory => StatusCode::SERVICE_UNAVAILABLE,
        // No descriptors are left, for this process or for the system.
        _ if matches!(error.raw_os_error(), Some(23 | 24)) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::NOT_FOUND,
    })
}

/// Follows all links first, and then opens the resulting path without following any. So a link that
/// somebody makes in between leads nowhere.
fn open(root: &Path, path: &Path) -> io::Result<Target> {
    // The reason why a link leads nowhere would tell of places outside the folder.
    let real = root.join(path).canonicalize().map_err(|_| ErrorKind::NotFound)?;
    let Ok(below) = real.strip_prefix(root) else { return Err(ErrorKind::NotFound.into()) };
    match step_by_step(root, below)? {
        Some(file) => Ok(Target::File(Content::file(file)?)),
        None => Ok(Target::Folder),
    }
}

/// Opens a file, or gives `None` for a folder. Pipes and devices are not opened: that could wait
/// for ever, or do something.
#[cfg(unix)]
fn step_by_step(root: &Path, below: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, statat};
    let (Some(folder), Some(name)) = (below.parent(), below.file_name()) else { return Ok(None) };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let enter = flags | OFlags::DIRECTORY;
    let mut at = openat(CWD, root, enter, Mode::empty())?;
    for part in folder {
        at = openat(&at, part, enter, Mode::empty())?;
    }
    match FileType::from_raw_mode(statat(&at, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode) {
        FileType::Directory => Ok(None),
        FileType::RegularFile => {
            // Should it have become a pipe by now, the call returns at once.
            let file = File::from(openat(&at, name, flags | OFlags::NONBLOCK, Mode::empty())?);
            if file.metadata()?.is_file() {
                Ok(Some(file))
            } else {
                Err(ErrorKind::NotFound.into())
            }
        }
        _ => Err(ErrorKind::NotFound.into()),
    }
}

#[cfg(not(unix))]
fn step_by_step(root: &Path, below: &Path) -> io::Result<Option<File>> {
    let path = root.join(below);
    let kind = path.symlink_metadata()?;
    if kind.is_dir() {
        return Ok(None);
    }
    if kind.is_file() { Ok(Some(File::open(path)?)) } else { Err(ErrorKind::NotFound.into()) }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_path_is_decoded_once_and_then_checked() {
        assert_eq!(name("/a/b%20c.js").unwrap(), ["a", "b c.js"]);
        assert_eq!(name("/").unwrap(), [""]);
        assert_eq!(name("/a/").unwrap(), ["a", ""]);
        // Decoded twice, this would lead out of the folder.
        assert_eq!(name("/%252e%252e/x").unwrap(), ["%2e%2e", "x"]);
        for bad in [
            "",
            "x",
            "*",
            "//etc/passwd",
            "/a//b",
            "/../x",
            "/a/..",
            "/./x",
            "/%2e%2e/x",
            "/.%2e/x",
            "/..%2fx",
            "/.%2fx",
            "/a%5c..%5cx",
            "/..\\x",
            "/%00",
            "/x%00.js",
            "/%0a",
            "/%c0%ae%c0%ae/x",
            "/%e0%80%af",
            "/%ff",
        ] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }
}
