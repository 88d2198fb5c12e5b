//! The place of the bytes of an array: in memory, or in a file that is read piece by piece.

use crate::checksum::Checksum;
use crate::error::{Error, Result};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Bytes that are read piece by piece, such as those of an open file. A table may be larger than the
/// memory that is left, so that a file cannot always be read as a whole.
pub trait Source: Send + Sync {
    /// The number of bytes.
    fn size(&self) -> u64;

    /// Fills `to` with the bytes from `at` on.
    ///
    /// # Errors
    /// When there are fewer bytes, or they cannot be read.
    fn read_at(&self, at: u64, to: &mut [u8]) -> std::io::Result<()>;
}

impl Source for &[u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, to: &mut [u8]) -> std::io::Result<()> {
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        let bytes = start.checked_add(to.len()).and_then(|end| self.get(start..end));
        to.copy_from_slice(bytes.ok_or(std::io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl Source for Vec<u8> {
    fn size(&self) -> u64 {
        self.as_slice().size()
    }

    fn read_at(&self, at: u64, to: &mut [u8]) -> std::io::Result<()> {
        self.as_slice().read_at(at, to)
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&self, at: u64, to: &mut [u8]) -> std::io::Result<()> {
        (**self).read_at(at, to)
    }
}

/// Number of bytes that are read at a time. They are still in the processor's cache when they are
/// summed and copied.
const PIECE: usize = 1 << 17;

/// The bytes of an array.
#[derive(Clone)]
pub(super) enum Bytes<'a> {
    /// In memory.
    Held(Cow<'a, [u8]>),
    /// In a file, from which they are read when they are needed.
    Stored(Stored<'a>),
    /// Given later, when the container is written.
    Promised,
}

/// The place of an array in a file.
#[derive(Clone)]
pub(super) struct Stored<'a> {
    pub file: Arc<dyn Source + 'a>,
    pub at: u64,
    pub size: usize,
    /// Checksum of the bytes; `None` in files of older versions, which have none.
    pub sum: Option<u64>,
}

impl Stored<'_> {
    /// Fills `to` with all bytes, and checks their sum.
    ///
    /// # Errors
    /// When the bytes cannot be read, or are not those that were written.
    pub fn fill(&self, to: &mut [u8]) -> Result<()> {
        let mut sum = Checksum::default();
        let mut at = self.at;
        for piece in to.chunks_mut(PIECE) {
            self.part(at, piece, &mut sum)?;
            at += piece.len() as u64;
        }
        self.check(&sum)
    }

    /// Gives `take` the bytes in pieces of a multiple of `unit` bytes, then checks their sum. Until
    /// then the bytes may be wrong.
    ///
    /// # Errors
    /// When the bytes cannot be read, or are not those that were written, or `take` fails.
    pub fn each(&self, unit: usize, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let piece = (PIECE / unit.max(1)).max(1) * unit.max(1);
        let mut buffer = vec![0; piece.min(self.size)];
        let mut sum = Checksum::default();
        let mut done = 0;
        while done < self.size {
            let part = &mut buffer[..piece.min(self.size - done)];
            self.part(self.at + done as u64, part, &mut sum)?;
            take(part)?;
            done += part.len();
        }
        self.check(&sum)
    }

    /// Reads a piece and adds it to the sum.
    fn part(&self, at: u64, to: &mut [u8], sum: &mut Checksum) -> Result<()> {
        read(&*self.file, at, to)?;
        if self.sum.is_some() {
            sum.add(to);
        }
        Ok(())
    }

    fn check(&self, sum: &Checksum) -> Result<()> {
        self.sum.map_or(Ok(()), |expected| compare(expected, sum.value()))
    }
}

/// Reads bytes of a file.
pub(super) fn read(file: &dyn Source, at: u64, to: &mut [u8]) -> Result<()> {
    file.read_at(at, to).map_err(|e| match e.kind() {
        std::io::ErrorKind::UnexpectedEof => Error::File(format!(
            "expected {} bytes from byte {at} on, got fewer: the file has been cut off",
            to.len()
        )),
        _ => Error::File(format!("cannot read from byte {at} on: {e}")),
    })
}

/// Compares a checksum with the one in the file.
pub(super) fn compare(expected: u64, got: u64) -> Result<()> {
    match expected == got {
        true => Ok(()),
        false => Err(Error::File(format!(
            "expected bytes with checksum {expected:016x}, got {got:016x}: the file has been damaged"
        ))),
    }
}

impl fmt::Debug for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bytes::Held(bytes) => write!(f, "{} bytes", bytes.len()),
            Bytes::Stored(stored) => write!(f, "{} bytes at {}", stored.size, stored.at),
            Bytes::Promised => write!(f, "promised"),
        }
    }
}
