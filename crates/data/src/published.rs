//! Readers of published logs. They read the files as they are published.
//!
//! A [`Log`] describes a published log: its files, its fields and split, and the counts that others
//! report. All readers work alike. Tables of users and items become `SideTable`s, which are joined
//! to the log by a key. A `Form` reads the rows of the log, as it does for any other table.

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

/// A file that the host has opened. It may be plain, or compressed with gzip or Zstandard.
pub struct LogSource {
    /// Its name for messages.
    pub name: String,
    /// Its bytes.
    pub reader: Box<dyn Read + Send>,
}

/// A [`LogSource`] that is read block by block.
type File = Blocks<Box<dyn Read + Send>>;

/// A function that opens one of a log's [`files`](Log::files) by its published name.
pub type Open<'a> = dyn FnMut(&str) -> Result<LogSource> + 'a;

/// A published log.
#[derive(Clone, Debug)]
pub struct Log {
    /// Name of the data set.
    pub name: &'static str,
    /// The files of the log. If a log has several layouts, the name of the first file identifies
    /// the layout.
    pub files: &'static [&'static str],
    /// Label, scenario, fields and split.
    pub layout: TableSchema,
    /// Counts that others report, for comparison.
    pub published: &'static [(Count, usize)],
    read: fn(&mut Open, &TableSchema, Reading) -> Result<Raw>,
}

impl Log {
    /// Reads, splits and encodes the log. `folder` is its folder, for messages.
    ///
    /// # Errors
    /// `open` fails, [`prepare`](fn@crate::prepare) fails, or a row cannot be used. Such rows are
    /// no error if they are skipped.
    pub fn prepare(
        &self,
        folder: &str,
        open: &mut Open,
        on_error: OnError,
        seed: u64,
    ) -> Result<Prepared> {
        crate::prepare(self.read(folder, open, on_error)?, &self.layout, seed)
    }

    /// Reads the log. `folder` is its folder, for messages.
    ///
    /// # Errors
    /// `open` or the scratch file fails, or a row cannot be used. Such rows are no error if they
    /// are skipped.
    pub fn read(&self, folder: &str, open: &mut Open, reading: impl Into<Reading>) -> Result<Raw> {
        let mut raw = (self.read)(open, &self.layout, reading.into())?;
        self.name.clone_into(&mut raw.dataset);
        // An error of the data as a whole concerns all files, so its message names the folder.
        folder.clone_into(&mut raw.source);
        Ok(raw)
    }
}

/// A number of rows that others report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Rows of all splits.
    All,
    /// Train rows.
    Train,
    /// Test rows.
    Test,
    /// Rows of a scenario, by its index.
    Scenario(usize),
}

impl Count {
    /// Returns this count from a summary, or 0 for a scenario that the summary does not have.
    pub fn of(self, summary: &DataSummary) -> usize {
        let rows = &summary.rows;
        match self {
            Count::All => rows.train + rows.val + rows.test,
            Count::Train => rows.train,
            Count::Test => rows.test,
            Count::Scenario(k) => summary.scenarios.get(k).map_or(0, |s| s.train + s.val + s.test),
        }
    }

    /// The name of the count in reports.
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

/// Describes a field whose text is its value.
fn categorical(name: &str, min_count: u32) -> FieldSpec {
    FieldSpec { name: name.to_owned(), kind: FieldKind::Categorical, buckets: None, min_count }
}
