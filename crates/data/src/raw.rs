//! A log after reading: every distinct value of a key is kept once, and the rows are small codes.
//!
//! A *key* is a column whose texts are kept. A field is either a key, or a column of a table that
//! is joined to the rows by a key. A joined field depends on the key only, so it is computed once
//! per value of the key and not once per row.
//!
//! If the values of all keys need too much memory, they are moved to the scratch file and the codes
//! begin at 0 again. The values between two such moves are a *generation*: a code has a meaning
//! only within its generation.

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
use crate::layout::SplitRule;
use crate::reading::{Listener, ReadProgress, Reading};
use crate::split::Part;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// The `n` rows of a log with `K` keys and `F` fields, as a reader leaves them. Vocabularies are
/// not fitted yet.
pub struct Raw {
    /// Name of the log, for messages.
    pub(crate) source: String,
    /// Name of the data set.
    pub(crate) dataset: String,
    /// The split for which `parts` was read.
    pub(crate) split: SplitRule,
    /// The keys, `[K]`.
    pub(crate) keys: Vec<Key>,
    /// The place that each field's value comes from, `[F]`.
    pub(crate) fields: Vec<FieldOrigin>,
    /// The scenario column and its names.
    pub(crate) scenario: Scenarios,
    /// Clicks, 0 or 1, `[n]`.
    pub(crate) labels: Vec<u8>,
    /// The split of each row by the split column, `[n]`; 0 (train) if the seed decides.
    pub(crate) parts: Vec<Part>,
    /// Rows with an unknown value in the split column: line and value. Only the first one is kept
    /// if it will be an error.
    pub(crate) unknown_splits: Vec<(u64, String)>,
    /// Number of the split column, counted from 1.
    pub(crate) split_position: u64,
    /// Codes of the scenario names, `[n]`. Fitting replaces them by scenario indices.
    pub(crate) scenarios: Vec<u16>,
    /// Lines and codes of the rows, in order.
    pub(crate) blocks: Vec<Held>,
    /// Past generations, whose values are in the scratch file. The last generation is in `keys`.
    pub(crate) generations: Vec<Generation>,
    /// True if the rows are synthetic, so that their planted truth is known.
    pub(crate) planted: bool,
    /// The scratch file; `None` if everything stays in memory.
    pub(crate) spill: Option<Spill>,
    listener: Mutex<Listener>,
    pub(crate) on_error: OnError,
    /// Number of records that have been read, which are rows, rejects, and what a published
    /// preparation leaves out. Joined tables do not count.
    pub(crate) records: usize,
    /// Rows that have been left out so far.
    pub(crate) rejects: Vec<Reject>,
    /// The files of a log of several files: the number of lines before each, and its name. The
    /// lines of such a log are numbered consecutively. Empty if `source` is the only file.
    pub(crate) files: Vec<(u64, String)>,
    /// Bytes that the blocks may take in memory; the values of all keys may take as many.
    memory: usize,
    /// Bytes that the blocks take in memory.
    held: usize,
    /// The largest number of rows that are taken from one file.
    limit: usize,
    /// Number of rows before the current file.
    before: usize,
}

/// A column whose texts are kept.
#[derive(Debug, Default)]
pub(crate) struct Key {
    /// Texts in order of appearance. A row's code is an index into them.
    pub values: Interner,
    /// The table that is joined by this key, if there is one.
    pub side: Option<Arc<SideTable>>,
}

/// The place a field's value comes from: the key itself, or a column of the table that is joined by
/// this key.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct FieldOrigin {
    pub key: usize,
    pub column: Option<usize>,
}

/// The scenario column and its distinct names.
#[derive(Debug, Default)]
pub(crate) struct Scenarios {
    /// Name of the column.
    pub name: String,
    /// Number of the column in a row, counted from 1.
    pub position: u64,
    pub origin: FieldOrigin,
    /// Distinct names of scenarios.
    pub names: Interner,
    /// For each value of the key, the code of its scenario name in `names`.
    pub name_codes: Vec<u16>,
}

/// A block of rows, either in memory or in the scratch file.
pub(crate) enum Held {
    /// In memory.
    Here(Block),
    /// In the scratch file: the number of rows, and the place of the packed block.
    There(usize, Piece),
}

/// A past generation of codes.
pub(crate) struct Generation {
    /// For each key, `[K]`, the piece of the scratch file that has its values in the order of their
    /// codes.
    pub values: Vec<Piece>,
    /// The number of blocks up to the end of this generation, including those of earlier
    /// generations.
    pub blocks: usize,
}

impl Raw {
    /// Makes a log without rows.
    pub(crate) fn new(source: &str, split: SplitRule, reading: Reading) -> Self {
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
            records: 0,
            rejects: Vec::new(),
            files: Vec::new(),
            // Blocks may take a quarter of the budget and values another one; the rest is a
            // reserve.
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

    /// Reports progress to the listener, which may stop the preparation with an error.
    pub(crate) fn report(&self, progress: ReadProgress) -> Result<()> {
        (*self.listener.lock().unwrap_or_else(PoisonError::into_inner))(progress)
    }

    /// The file of a line, and the number of the line in this file.
    pub(crate) fn place(&self, line: u64) -> (String, u64) {
        match self.files.iter().rev().find(|(before, _)| *before < line) {
            Some((before, file)) => (file.clone(), line - before),
            None => (self.source.clone(), line),
        }
    }

    /// Returns a block, and reads it from the scratch file if it is there.
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
