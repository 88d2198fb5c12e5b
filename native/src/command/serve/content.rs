//! The bytes behind an address: a file, or bytes in memory.

use hyper::body::Bytes;
use std::fs::File;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells one state of a file from every other one. It changes with each write and each replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Nanoseconds since 1970 at which the content was changed.
    modified: u128,
    /// The same for content, name and rights, where the system knows it. No program can set it back.
    changed: i128,
    /// The file's number on its disk, where the system knows it.
    inode: u64,
    /// Length in bytes.
    pub length: u64,
}

impl Stamp {
    /// Reads the stamp of an open file.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        #[cfg(unix)]
        let (changed, inode) = {
            use std::os::unix::fs::MetadataExt;
            let nanoseconds = i128::from(metadata.ctime_nsec());
            (i128::from(metadata.ctime()) * 1_000_000_000 + nanoseconds, metadata.ino())
        };
        #[cfg(not(unix))]
        let (changed, inode) = (0, 0);
        let modified = nanoseconds(metadata.modified()?);
        Ok(Self { modified, changed, inode, length: metadata.len() })
    }

    /// The stamp as a strong entity tag. `form` names the form in which the content is sent.
    pub fn tag(&self, form: &str) -> String {
        let Self { modified, changed, inode, length } = self;
        format!("\"{modified:x}-{changed:x}-{inode:x}-{length:x}{form}\"")
    }
}

fn nanoseconds(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

/// The bytes behind an address.
pub struct Content {
    /// The state in which the content was found.
    pub stamp: Stamp,
    /// The place of the bytes.
    pub source: ContentBytes,
}

/// The place of bytes.
pub enum ContentBytes {
    /// In memory. All answers share them.
    Memory(Bytes),
    /// In an open file.
    File(File),
}

impl Content {
    /// Bytes that stay as they are until the program ends.
    pub fn memory(bytes: Vec<u8>) -> Self {
        let modified = nanoseconds(SystemTime::now());
        let stamp = Stamp { modified, changed: 0, inode: 0, length: bytes.len() as u64 };
        Self { stamp, source: ContentBytes::Memory(bytes.into()) }
    }

    /// An open file.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn file(file: File) -> io::Result<Self> {
        Ok(Self { stamp: Stamp::of(&file)?, source: ContentBytes::File(file) })
    }

    /// The same content once more: the same bytes in memory, or the same open file.
    ///
    /// # Errors
    /// Returns the system's error, such as that no descriptors are left.
    pub fn again(&self) -> io::Result<Self> {
        let source = match &self.source {
            ContentBytes::Memory(bytes) => ContentBytes::Memory(bytes.clone()),
            ContentBytes::File(file) => ContentBytes::File(file.try_clone()?),
        };
        Ok(Self { stamp: self.stamp, source })
    }
}
