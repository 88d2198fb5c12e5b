//! The position of a phase: the order of its rows, its counters, and the rule by which it ends.

use super::plan::EpochPlan;
use super::row_order::RowOrder;
use crate::checkpoint::header::CheckpointHeader;
use crate::error::{Error, Result};
use crate::recipe::ScenarioOrder;
use crate::setup::Setup;
use ssim_core::instances::Instances;

/// The position of a phase in its epochs.
pub struct Progress {
    /// The order in which the rows are learnt, and the current step in it.
    pub order: RowOrder,
    /// Counters; a checkpoint's header.
    pub state: CheckpointHeader,
    epochs: u64,
    max_steps: Option<u64>,
}

impl Progress {
    /// The beginning of a phase of at most `epochs` epochs over `rows`. `purpose` names the stream of
    /// random numbers that orders the rows.
    pub fn start(
        setup: &Setup,
        phase: &str,
        purpose: &'static str,
        rows: &Instances,
        towers: usize,
        epochs: u64,
    ) -> Self {
        let plan = EpochPlan::new(setup, ScenarioOrder::Mixed, &rows.scenarios, 0);
        Self {
            order: RowOrder::new(setup.seed, purpose, plan, &setup.config.train),
            state: CheckpointHeader::start(phase, setup, towers, rows),
            epochs,
            max_steps: setup.max_steps,
        }
    }

    /// Whether a limit of the phase is reached: its epochs, or the steps that a setup allows.
    pub fn is_over(&self) -> bool {
        self.order.epoch >= self.epochs || self.is_exhausted()
    }

    fn is_exhausted(&self) -> bool {
        self.max_steps.is_some_and(|limit| self.state.steps >= limit)
    }

    /// Refuses a loss that is not finite.
    ///
    /// # Errors
    /// [`Error::Diverged`] with the place.
    pub fn check(&self, loss: f64) -> Result<()> {
        if loss.is_finite() {
            return Ok(());
        }
        Err(Error::Diverged {
            phase: self.state.phase.clone(),
            epoch: self.order.epoch + 1,
            step: self.order.step + 1,
            loss,
        })
    }

    /// Counts a step. At the end of an epoch an evaluation becomes due.
    pub fn advance(&mut self) {
        self.state.steps += 1;
        self.state.evaluate = self.order.advance() || self.is_exhausted();
    }

    /// The header of a checkpoint at this position.
    pub fn header(&self) -> CheckpointHeader {
        CheckpointHeader { epoch: self.order.epoch, step: self.order.step, ..self.state.clone() }
    }

    /// Checks that a checkpoint is at a position which the phase reaches.
    ///
    /// # Errors
    /// When there is no such position.
    pub fn expect(&self, header: &CheckpointHeader) -> Result<()> {
        let CheckpointHeader { epoch, step, .. } = *header;
        let steps = self.order.steps();
        let so_far = epoch.checked_mul(steps).and_then(|n| n.checked_add(step));
        if epoch > self.epochs || step >= steps.max(1) || so_far != Some(header.steps) {
            let text = format!(
                "checkpoint: expected one of {} epochs of {steps} steps, got epoch {epoch}, step {step} \
                 after {} steps",
                self.epochs, header.steps
            );
            return Err(ssim_core::Error::File(text).into());
        }
        Ok(())
    }

    /// Goes to the position of a checkpoint.
    pub fn seek(&mut self, header: CheckpointHeader) {
        self.order.seek(header.epoch, header.step);
        self.state = header;
    }
}
