//! What does not fit into memory: pieces of one file, written once and read again.

use crate::reading::{Lend, Scratch};
use std::io::{self, SeekFrom};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Pieces of a scratch file; several workers may ask at a time.
pub(crate) struct Spill(Mutex<State>);

struct State {
    lend: Lend,
    /// Once something has been written.
    file: Option<Box<dyn Scratch>>,
    end: u64,
}

/// Where a piece lies.
pub(crate) type Piece = Range<u64>;

impl Spill {
    pub fn new(lend: Lend) -> Self {
        Self(Mutex::new(State { lend, file: None, end: 0 }))
    }

    /// Adds a piece.
    pub fn append(&self, bytes: &[u8]) -> io::Result<Piece> {
        let mut state = self.state();
        let start = state.end;
        let file = state.file()?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(bytes)?;
        state.end += bytes.len() as u64;
        Ok(start..state.end)
    }

    /// Reads a piece, or a part of one.
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
    fn file(&mut self) -> io::Result<&mut Box<dyn Scratch>> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => Ok(none.insert((self.lend)()?)),
        }
    }
}
