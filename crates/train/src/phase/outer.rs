//! MAMDR: training in inner loops, each of which ends with an outer step (Luo et al. 2023,
//! arXiv:2202.12524).
//!
//! The model of scenario i has the weights `θ_S + θ_i`, with shared weights `θ_S` and its own `θ_i`.
//!
//! **Domain negotiation** learns `θ_S`. An epoch is one inner loop: from `θ̃ = θ_S` on, training steps
//! go through the rows of every scenario, one scenario after the other in a random order. Then the
//! outer step moves only a part β of the way:
//!
//! `θ_S ← θ_S + β (θ̃ − θ_S)`
//!
//! **Domain regularisation** learns `θ_i`. An epoch draws k helpers, other scenarios, and has an inner loop
//! for each of them: from `θ̃ = θ_S + θ_i` on, training steps go through rows of the helper and then through
//! the rows of scenario i. The outer step is
//!
//! `θ_i ← θ_i + γ (θ̃ − (θ_S + θ_i))`
//!
//! The published code adds a last inner loop in which scenario i is its own helper, and so does this program. The
//! training steps are those of retrain. Their moments (Adam) go on through outer steps, as in the
//! published code.
//!
//! Two things differ from the paper. It alternates the two in every epoch. Here `θ_S` is learnt to its
//! end first. Since `θ_S` never depends on `θ_i`, it is the same `θ_S`, and only one scenario's weights
//! are in training at a time, beside the embedding table of one model and not of K. And a
//! helper gives as many rows as scenario i has, not all of its own, so that a large helper does not
//! outvote a small scenario, and an epoch of all scenarios visits `2 (k + 1)` times the rows of the log.
//!
//! With `θ_S` fixed, `θ_S + θ_i` moves as `θ_i` does. So both outer steps are one: `θ ← θ + rate (θ̃ − θ)`.

use super::stored_weights::{self, Weights};
use crate::checkpoint::writer::CheckpointWriter;
use crate::error::Result;
use crate::step::trainer::Trainer;
use ssim_core::container::Container;
use ssim_core::subnormal::cut;

/// The outer steps of a training.
pub struct Outer {
    /// Part of the way that an outer step moves: β or γ.
    rate: f32,
    /// The weights θ from which the inner loop began; `None` before the first step.
    before: Option<Weights>,
}

impl Outer {
    /// Outer steps before the first inner loop.
    pub fn new(rate: f64) -> Self {
        Self { rate: rate as f32, before: None }
    }

    /// Remembers the weights of a trainer from which the first inner loop begins.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn begin(&mut self, trainer: &Trainer) -> Result<()> {
        if self.before.is_none() {
            let Trainer { model, .. } = trainer;
            self.before = Some((model.parameters.values()?, model.embedding.clone()));
        }
        Ok(())
    }

    /// Takes an outer step. The next inner loop begins from where it ends.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn step(&mut self, trainer: &mut Trainer) -> Result<()> {
        // Rows that have missed training steps take them first: they belong to this inner loop.
        trainer.flush();
        let Some((values, table)) = &mut self.before else { return Ok(()) };
        let Trainer { model, .. } = trainer;
        let learnt = model.parameters.values()?;
        for ((_, before), (_, learnt)) in values.values_mut().zip(learnt.values()) {
            before.iter_mut().zip(learnt).for_each(|(w, to)| *w = towards(*w, *to, self.rate));
        }
        model.parameters.restore(values)?;
        for (before, learnt) in table.values_mut().iter_mut().zip(model.embedding.values_mut()) {
            *before = towards(*before, *learnt, self.rate);
            *learnt = *before;
        }
        Ok(())
    }

    /// Adds the weights from which the inner loop began to a checkpoint.
    pub(crate) fn save<'s>(&'s self, to: &mut CheckpointWriter<'s>) {
        if let Some(before) = &self.before {
            stored_weights::save("before", before, to);
        }
    }

    /// Reads back what [`Outer::save`] has added after so many steps.
    ///
    /// # Errors
    /// When a part is missing or of another shape.
    pub(crate) fn load(&mut self, arrays: &Container, trainer: &Trainer, steps: u64) -> Result<()> {
        if steps > 0 {
            self.before = Some(stored_weights::load("before", arrays, trainer)?);
        }
        Ok(())
    }
}

/// The value a part of the way from `w` to another.
fn towards(w: f32, to: f32, rate: f32) -> f32 {
    cut(w + rate * (to - w))
}
