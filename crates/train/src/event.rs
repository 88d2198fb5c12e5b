//! The events that a phase reports to its host.

use serde::{Deserialize, Serialize};
use ssim_core::metric::Report;

/// The result of one step. The host owns the loop: it calls `step()` until it hears [`Event::Done`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// One batch was learnt.
    Step {
        /// Epoch, from 1.
        epoch: u64,
        /// Step within the epoch, from 1.
        step: u64,
        /// Steps in an epoch.
        of: u64,
        /// Rows in the batch.
        instances: usize,
        /// Loss of the batch.
        loss: f64,
        /// Rows of the batch that went to every tower.
        shared: usize,
        /// The search mask's temperature; `None` outside search.
        temperature: Option<f64>,
    },
    /// A part of a large table was brought up to date, which the end of an epoch waits for.
    Table {
        /// Rows that are done.
        rows: usize,
        /// Rows of the table.
        of: usize,
    },
    /// An epoch ended.
    Epoch {
        /// Epoch, from 1; 0 where weights are evaluated that a phase starts from.
        epoch: u64,
        /// Quality on the validation rows, where the phase looks at them.
        val: Option<Report>,
        /// Whether these are the best weights so far.
        best: bool,
    },
    /// Nothing is left to do.
    Done,
}
