//! The scratch file, which holds the data that do not fit into memory. It is written in pieces; a
//! piece is written once and can be read any number of times.

use crate::reading::{Lend, Scratch};
use std::io::{self, SeekFrom};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The scratch file with its pieces. A lock lets several workers use it at the same time.
pub(crate) struct Spill(Mutex<State>);

struct State {
    lend: Lend,
    /// `None` until the first piece is written, so that a file is only created if it is needed.
    file: Option<Box<dyn Scratch>>,
    /// Length of the file.
    end: u64,
}

/// The place of a piece: a range of bytes in the file.
pub(crate) type Piece = Range<u64>;

impl Spill {
    pub fn new(lend: Lend) -> Self {
        Self(Mutex::new(State { lend, file: None, end: 0 }))
    }

    /// Writes a piece to the end of the file and returns its place.
    pub fn append(&self, bytes: &[u8]) -> io::Result<Piece> {
        let mut state = self.state();
        let start = state.end;
        // Reading and writing share one position, so both have to seek first.
        let file = state.file()?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(bytes)?;
        state.end += bytes.len() as u64;
        Ok(start..state.end)
    }

    /// Reads a piece, or a range within one.
    pub fn read(&self, piece: Piece) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; (piece.end - piece.start) as usize];
        let mut state = self.state();
        let file = state.file()?;
        file.seek(SeekFrom::Start(piece.start))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The file, which is created at the first call.
    fn file(&mut self) -> io::Result<&mut Box<dyn Scratch>> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => Ok(none.insert((self.lend)()?)),
        }
    }
}
