//! Published logs, read from the files as they are published.
//!
//! A log is a [`Log`]: its files, how their rows become fields, and the counts that others report.
//! Every reader does the same: tables of users and items become `Side`s, which are found by a key of the
//! log, and its rows are read by a `Form` as the rows of anybody's table are.

mod ali_ccp;
mod ali_mama;
mod intake;
mod kuairand;
mod movielens;

pub use ali_ccp::log as ali_ccp;
pub use ali_mama::{AliMamaQuirks, log as ali_mama};
pub use kuairand::log as kuairand;
pub use movielens::logs as movielens;

use crate::error::{OnError, Result};
use crate::layout::{FieldKind, FieldSpec, TableSchema};
use crate::prepared::{DataSummary, Prepared};
use crate::raw::Raw;
use crate::reading::Reading;
use crate::table::blocks::Blocks;
use std::io::Read;

/// A file that the host has opened; plain, gzip or Zstandard.
pub struct LogSource {
    /// Its name for messages.
    pub name: String,
    /// Its bytes.
    pub reader: Box<dyn Read + Send>,
}

/// Such a file, block by block.
type File = Blocks<Box<dyn Read + Send>>;

/// Opens one of a log's [`files`](Log::files) by its published name.
pub type Open<'a> = dyn FnMut(&str) -> Result<LogSource> + 'a;

/// A published log.
#[derive(Clone, Debug)]
pub struct Log {
    /// Name of the data set.
    pub name: &'static str,
    /// The files it is read from; of several layouts of a log, the first file tells which it is.
    pub files: &'static [&'static str],
    /// Fields and split.
    pub layout: TableSchema,
    /// Counts that others report, to compare with.
    pub published: &'static [(Count, usize)],
    read: fn(&mut Open, &TableSchema, Reading) -> Result<Raw>,
}

impl Log {
    /// Reads, splits and encodes the log; `folder` is where it lies, for messages.
    ///
    /// # Errors
    /// What `open` reports, rows that cannot be used unless they are skipped, and what
    /// [`prepare`](fn@crate::prepare) reports.
    pub fn prepare(
        &self,
        folder: &str,
        open: &mut Open,
        on_error: OnError,
        seed: u64,
    ) -> Result<Prepared> {
        crate::prepare(self.read(folder, open, on_error)?, &self.layout, seed)
    }

    /// Reads the log; `folder` is where it lies, for messages.
    ///
    /// # Errors
    /// What `open` and the scratch file report, and rows that cannot be used unless they are skipped.
    pub fn read(&self, folder: &str, open: &mut Open, reading: impl Into<Reading>) -> Result<Raw> {
        let mut raw = (self.read)(open, &self.layout, reading.into())?;
        self.name.clone_into(&mut raw.dataset);
        // What is wrong with the data as a whole is wrong with the folder.
        folder.clone_into(&mut raw.source);
        Ok(raw)
    }
}

/// Something that others have counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Rows of all splits.
    All,
    /// Rows to fit.
    Train,
    /// Rows to report.
    Test,
    /// Rows of a scenario, by its number.
    Scenario(usize),
}

impl Count {
    /// What it is in a summary; nothing for a scenario that is not there.
    pub fn of(self, summary: &DataSummary) -> usize {
        let rows = &summary.rows;
        match self {
            Count::All => rows.train + rows.val + rows.test,
            Count::Train => rows.train,
            Count::Test => rows.test,
            Count::Scenario(k) => summary.scenarios.get(k).map_or(0, |s| s.train + s.val + s.test),
        }
    }

    /// What it is called in a summary.
    pub fn name(self, summary: &DataSummary) -> String {
        match self {
            Count::All => "all".into(),
            Count::Train => "train".into(),
            Count::Test => "test".into(),
            Count::Scenario(k) => summary
                .scenarios
                .get(k)
                .map_or("scenario".into(), |s| format!("scenario {}", s.scenario)),
        }
    }
}

/// A field whose text is its value.
fn categorical(name: &str, min_count: u32) -> FieldSpec {
    FieldSpec { name: name.to_owned(), kind: FieldKind::Categorical, buckets: None, min_count }
}
