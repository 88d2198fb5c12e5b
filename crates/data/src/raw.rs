//! A log as it is read: every distinct value of a key once, and small codes for the rows.
//!
//! A *key* is a column whose texts are kept. A field is a key, or a column of the table that is joined
//! by it: what depends on a key alone is worked out once per value and not once per row.

mod block;
mod parsed;
mod side;
mod spill;
mod take;

pub(crate) use block::Block;
pub(crate) use parsed::Parsed;
pub(crate) use side::SideTable;
pub(crate) use spill::{Piece, Spill};

use crate::error::{OnError, Reject, Result};
use crate::intern::Interner;
use crate::layout::Split;
use crate::reading::{Listener, ReadProgress, Reading};
use crate::split::Part;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// `n` rows of `K` keys and `F` fields as a reader leaves them; nothing here is fitted or split yet.
pub struct Raw {
    /// The log as the host names it, for messages.
    pub(crate) source: String,
    /// Name of the data set.
    pub(crate) dataset: String,
    /// What the rows' parts were read for.
    pub(crate) split: Split,
    /// `[K]`
    pub(crate) keys: Vec<Key>,
    /// `[F]`
    pub(crate) fields: Vec<FieldOrigin>,
    /// Where scenarios come from.
    pub(crate) scenario: Scenarios,
    /// Clicks, 0 or 1, `[n]`.
    pub(crate) labels: Vec<u8>,
    /// What the split column says, `[n]`; 0 where the seed decides.
    pub(crate) parts: Vec<Part>,
    /// Lines of rows whose split column names no split, and what it says; all of them, or the first.
    pub(crate) unknown_splits: Vec<(u64, String)>,
    /// Number of the split column, counted from 1.
    pub(crate) split_position: u64,
    /// Codes of the scenarios' names, `[n]`.
    pub(crate) scenarios: Vec<u16>,
    /// Everything else about the rows, in order.
    pub(crate) blocks: Vec<Held>,
    /// Values that have made room for others, and the number of blocks before which their codes hold.
    pub(crate) generations: Vec<Generation>,
    /// Whether the rows' truth is known.
    pub(crate) planted: bool,
    pub(crate) spill: Option<Spill>,
    listener: Mutex<Listener>,
    pub(crate) on_error: OnError,
    /// Rows left out so far.
    pub(crate) rejects: Vec<Reject>,
    /// Where each file of a log of several begins: the number of lines before it, and its name. The
    /// lines of such a log are counted through; empty where `source` is the only file.
    pub(crate) files: Vec<(u64, String)>,
    /// Bytes that blocks, and values, may take.
    memory: usize,
    /// Bytes that blocks take.
    held: usize,
    limit: usize,
    /// Rows before the present file.
    before: usize,
}

/// A column whose texts are kept.
#[derive(Debug, Default)]
pub(crate) struct Key {
    /// Texts in order of appearance; a row's code is an index into this.
    pub values: Interner,
    /// What is joined by it.
    pub side: Option<Arc<SideTable>>,
}

/// What a field is of a row: a key, or a column of what is joined by one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct FieldOrigin {
    pub key: usize,
    pub column: Option<usize>,
}

/// The scenario column.
#[derive(Debug, Default)]
pub(crate) struct Scenarios {
    pub name: String,
    /// Number of its column in the row, counted from 1.
    pub position: u64,
    pub origin: FieldOrigin,
    /// Distinct names.
    pub names: Interner,
    /// Code of the name for every value of the key.
    pub name_codes: Vec<u16>,
}

/// Some rows, in memory or not.
pub(crate) enum Held {
    Here(Block),
    /// Number of rows, and where they are.
    There(usize, Piece),
}

/// Values of all keys by their codes, `[K]`, in the scratch file, and the number of blocks so far.
pub(crate) struct Generation {
    pub values: Vec<Piece>,
    pub blocks: usize,
}

impl Raw {
    /// A log without rows.
    pub(crate) fn new(source: &str, split: Split, reading: Reading) -> Self {
        Self {
            source: source.to_owned(),
            dataset: "table".into(),
            split,
            keys: Vec::new(),
            fields: Vec::new(),
            scenario: Scenarios::default(),
            labels: Vec::new(),
            parts: Vec::new(),
            unknown_splits: Vec::new(),
            split_position: 0,
            scenarios: Vec::new(),
            blocks: Vec::new(),
            generations: Vec::new(),
            planted: false,
            spill: reading.scratch.map(Spill::new),
            listener: Mutex::new(reading.listener),
            on_error: reading.on_error,
            rejects: Vec::new(),
            files: Vec::new(),
            memory: reading.memory / 4,
            held: 0,
            limit: reading.limit,
            before: 0,
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Says how far the preparation is.
    pub(crate) fn tell(&self, told: ReadProgress) -> Result<()> {
        (*self.listener.lock().unwrap_or_else(PoisonError::into_inner))(told)
    }

    /// The file of a line, and its number there.
    pub(crate) fn place(&self, line: u64) -> (String, u64) {
        match self.files.iter().rev().find(|(before, _)| *before < line) {
            Some((before, file)) => (file.clone(), line - before),
            None => (self.source.clone(), line),
        }
    }

    /// A block, wherever it is.
    pub(crate) fn load<'a>(&self, held: &'a Held) -> Result<Cow<'a, Block>> {
        match (held, &self.spill) {
            (Held::Here(block), _) => Ok(Cow::Borrowed(block)),
            (Held::There(_, piece), Some(spill)) => {
                Ok(Cow::Owned(Block::unpack(&spill.read(piece.clone())?)))
            }
            (Held::There(..), None) => Ok(Cow::Owned(Block::default())),
        }
    }
}

impl Held {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Held::Here(block) => block.rows.len(),
            Held::There(n, _) => *n,
        }
    }
}
