//! How a log is to be read, and what the host lends for it.

use crate::error::{OnError, Result};
use std::io::{self, Read, Seek, Write};

/// A file that nobody needs afterwards, for what does not fit into memory.
pub trait Scratch: Read + Write + Seek + Send {}
impl<T: Read + Write + Seek + Send> Scratch for T {}

/// Makes such a file, when it is needed.
pub type Lend = Box<dyn FnMut() -> io::Result<Box<dyn Scratch>> + Send>;

/// How far a preparation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadProgress {
    /// So many rows have been read.
    Read(usize),
    /// So many rows of all have been counted.
    Counted(usize, usize),
    /// So many rows of all have been encoded and handed on.
    Encoded(usize, usize),
}

/// Listens to how far a preparation is; an error ends it.
pub type Listener = Box<dyn FnMut(ReadProgress) -> Result<()> + Send>;

/// How a log is read. From an [`OnError`] comes one that keeps everything in memory.
pub struct Reading {
    /// What to do with rows that turn out to be unusable.
    pub on_error: OnError,
    /// So many usable rows are read of every file of rows, and no more.
    pub limit: usize,
    /// Bytes that rows and values may take before they go to `scratch`. What is in memory whatever they say:
    /// 4 bytes per row, 5 more while a random split is drawn, tables that are joined, the vocabularies that
    /// come of it, and about 200 MB of blocks that are being read or written.
    pub memory: usize,
    /// Where they go; without it they stay.
    pub scratch: Option<Lend>,
    /// Who wants to know.
    pub listener: Listener,
}

impl From<OnError> for Reading {
    fn from(on_error: OnError) -> Self {
        Self {
            on_error,
            limit: usize::MAX,
            memory: usize::MAX,
            scratch: None,
            listener: Box::new(|_| Ok(())),
        }
    }
}
