//! The phases of a run: search, distil and retrain, and the skeleton that they have in common.
//!
//! A phase is a value with a method `step`, and the host owns the loop: it calls `step` until it
//! hears [`Event::Done`], and pauses by not calling. Every phase goes through the same turns: it
//! learns from the batches of an epoch, looks at the validation rows, and begins the next epoch or
//! ends. The trait `Learn` is the part that differs.

pub(crate) mod average;
mod criterion;
pub mod distil;
pub(crate) mod outer;
pub(crate) mod plan;
pub(crate) mod progress;
pub mod retrain;
pub(crate) mod row_order;
pub(crate) mod scenario_draw;
pub mod search;
mod start_weights;
mod stored_weights;

use crate::checkpoint::header::CheckpointHeader;
use crate::checkpoint::writer::CheckpointWriter;
use crate::error::Result;
use crate::event::Event;
use crate::ranks::table_shard::TableShard;
use crate::setup::Setup;
use progress::Progress;
use ssim_core::container::{Container, Source};
use ssim_core::metric::Report;
use ssim_core::subnormal::as_zero;
use std::io::Write;

/// A phase of a run, as its host sees it.
pub trait Phase {
    /// The name of the phase in journals and file names.
    fn name(&self) -> &str;

    /// Learns from one batch, or ends an epoch.
    ///
    /// # Errors
    /// [`Error::Diverged`](crate::error::Error::Diverged) when the loss is not finite; what candle reports; when a rank is gone.
    fn step(&mut self) -> Result<Event>;

    /// Steps taken so far, over all sessions.
    fn steps(&self) -> u64;

    /// Rows of an epoch.
    fn rows(&self) -> usize;

    /// Writes a checkpoint. What a device has learnt is copied back before.
    ///
    /// # Errors
    /// When candle, a device or `to` reports an error.
    fn save(&mut self, to: &mut dyn Write) -> Result<()>;

    /// Goes on from a checkpoint of the same run.
    ///
    /// # Errors
    /// Says what is wrong with the file, or which part of the run differs.
    fn resume(&mut self, file: &dyn Source) -> Result<()>;
}

/// The news of one batch.
pub(crate) struct Learnt {
    /// Rows of the batch.
    pub instances: usize,
    /// Loss of the batch.
    pub loss: f64,
    /// Rows of the batch that trained every tower.
    pub shared: usize,
    /// The search mask's temperature; `None` outside search.
    pub temperature: Option<f64>,
}

/// The news of a finished epoch.
pub(crate) struct Validated {
    /// Quality on the validation rows, where the phase looks at them.
    pub val: Option<Report>,
    /// Whether these are the best weights so far.
    pub best: bool,
    /// Whether training stops here although epochs are left.
    pub stops: bool,
}

/// How far the judgement at the end of an epoch is.
pub(crate) enum Validation {
    /// So many of the table's rows are brought up to date. It goes on with the next call.
    Table { rows: usize, of: usize },
    /// The epoch is finished.
    Done(Validated),
}

/// The part of a phase that is its own. [`Phase`] is implemented for everything that has one.
pub(crate) trait Learn {
    /// The conditions of the run.
    fn setup(&self) -> &Setup<'_>;

    /// The position of the phase.
    fn progress(&self) -> &Progress;

    /// The position of the phase, to be moved.
    fn progress_mut(&mut self) -> &mut Progress;

    /// Learns from the batch at the current position, and calls [`Progress::check`] with the loss.
    ///
    /// # Errors
    /// As [`Phase::step`].
    fn learn(&mut self) -> Result<Learnt>;

    /// Judges the weights at the end of an epoch. A phase that does not override this ends after its
    /// last epoch and takes the newest weights for the best.
    ///
    /// # Errors
    /// As [`Phase::step`].
    fn validate(&mut self) -> Result<Validation> {
        Ok(Validation::Done(Validated { val: None, best: true, stops: false }))
    }

    /// Copies back what a device has learnt, before the host reads it.
    ///
    /// # Errors
    /// The device reports an error, or the last loss is not finite.
    fn settle(&mut self) -> Result<()> {
        Ok(())
    }

    /// Adds everything that has been learnt to a checkpoint.
    ///
    /// # Errors
    /// Only what candle reports.
    fn write<'s>(&'s self, to: &mut CheckpointWriter<'s>) -> Result<()>;

    /// Reads back what [`Learn::write`] has added.
    ///
    /// # Errors
    /// When a part is missing, of another shape, or of another run.
    fn read(&mut self, header: &CheckpointHeader, arrays: &Container) -> Result<()>;
}

impl<T: Learn> Phase for T {
    fn name(&self) -> &str {
        &self.progress().state.phase
    }

    fn step(&mut self) -> Result<Event> {
        let state = &self.progress().state;
        if state.done {
            return Ok(Event::Done);
        }
        if state.evaluate {
            self.settle()?;
            let Validated { val, best, stops } = match self.validate()? {
                Validation::Table { rows, of } => return Ok(Event::Table { rows, of }),
                Validation::Done(validated) => validated,
            };
            let progress = self.progress_mut();
            progress.state.evaluate = false;
            progress.state.done = stops || progress.is_over();
            // An epoch that was cut short counts; before the first step there is none.
            let epoch = if progress.state.steps == 0 { 0 } else { progress.order.epoch.max(1) };
            return Ok(Event::Epoch { epoch, val, best });
        }
        let (epoch, step) = (self.progress().order.epoch + 1, self.progress().order.step + 1);
        let of = self.progress().order.steps();
        // A phase sums here the results of its workers and of other ranks.
        let Learnt { instances, loss, shared, temperature } = as_zero(|| self.learn())?;
        self.progress_mut().advance();
        Ok(Event::Step { epoch, step, of, instances, loss, shared, temperature })
    }

    fn steps(&self) -> u64 {
        self.progress().state.steps
    }

    fn rows(&self) -> usize {
        self.progress().order.len()
    }

    fn save(&mut self, to: &mut dyn Write) -> Result<()> {
        self.settle()?;
        let setup = self.setup();
        let shard = TableShard::new(setup.ranks, setup.schema.features());
        let mut writer = CheckpointWriter::new(shard);
        self.write(&mut writer)?;
        writer.write(&self.progress().header(), to)
    }

    fn resume(&mut self, file: &dyn Source) -> Result<()> {
        let (header, arrays) = self.progress().state.read(file)?;
        // The optimisers reserve memory for so many steps.
        self.progress().expect(&header)?;
        self.read(&header, &arrays)?;
        self.progress_mut().seek(header);
        Ok(())
    }
}
