//! The options for reading a log, and the scratch file that the host provides for it.

use crate::error::{OnError, Result};
use std::io::{self, Read, Seek, Write};

/// A temporary file for data that do not fit into memory.
pub trait Scratch: Read + Write + Seek + Send {}
impl<T: Read + Write + Seek + Send> Scratch for T {}

/// A function that creates the scratch file. It is called once, and only if the file is needed.
pub type Lend = Box<dyn FnMut() -> io::Result<Box<dyn Scratch>> + Send>;

/// The progress of a preparation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadProgress {
    /// Number of rows that have been read.
    Read(usize),
    /// Number of rows that have been counted, and the total.
    Counted(usize, usize),
    /// Number of rows that have been encoded and handed on, and the total.
    Encoded(usize, usize),
}

/// A function that is called with the progress of a preparation. If it returns an error, the
/// preparation stops.
pub type Listener = Box<dyn FnMut(ReadProgress) -> Result<()> + Send>;

/// The options for reading a log. An [`OnError`] converts into options that keep everything in
/// memory.
pub struct Reading {
    /// The way to treat rows that cannot be used.
    pub on_error: OnError,
    /// The largest number of usable rows that are read from each file of rows.
    pub limit: usize,
    /// Memory in bytes for rows and values; what is more goes to `scratch`. It does not limit some
    /// other things: 4 bytes per row, 5 more while a random split is drawn, joined tables, the
    /// fitted vocabularies, and about 200 MB of blocks that are being read or written.
    pub memory: usize,
    /// Number of bytes of a text file that a worker reads at a time, which is also the most that a
    /// row may have; a mebibyte if it is not set. The rows do not depend on it.
    pub block: Option<usize>,
    /// Creates the scratch file. Without it, all rows and values stay in memory.
    pub scratch: Option<Lend>,
    /// Is called with the progress.
    pub listener: Listener,
}

impl From<OnError> for Reading {
    fn from(on_error: OnError) -> Self {
        Self {
            on_error,
            limit: usize::MAX,
            memory: usize::MAX,
            block: None,
            scratch: None,
            listener: Box::new(|_| Ok(())),
        }
    }
}
