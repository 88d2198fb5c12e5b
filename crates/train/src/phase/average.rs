//! The average of a model's weights over its epochs, which is judged and kept in place of the weights.
//!
//! After epoch e with the weights `w_e`, the average is `a_e = p·a_{e−1} + (1 − p)·w_e`, with `a_1 = w_1` and
//! `p = retrain.average`. Training goes on from `w_e`. The weights of an epoch depend on its last batches; their
//! average does so less (Izmailov et al. 2018, *Averaging weights leads to wider optima and better
//! generalization*, arXiv:1803.05407, with equal parts; here older epochs count less and less).

use super::stored_weights::{self, Weights};
use crate::checkpoint::writer::CheckpointWriter;
use crate::error::Result;
use crate::step::trainer::Trainer;
use ssim_core::container::Container;
use ssim_core::instances::Instances;
use ssim_core::subnormal::cut;

/// The average over the epochs so far.
pub struct EpochAverage {
    /// Part of the old average in the new one: p.
    part: f32,
    /// Weights and table, on every rank the rows that it keeps; `None` before the first epoch ends.
    of: Option<Weights>,
}

impl EpochAverage {
    /// The average with the part p; `None` if p is 0, which leaves the weights as they are.
    pub fn new(part: f32) -> Option<Self> {
        (part > 0.0).then_some(Self { part, of: None })
    }

    /// Takes in the weights of a trainer whose epoch has ended.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn add(&mut self, trainer: &mut Trainer) -> Result<()> {
        // Rows that have missed training steps take them first: they belong to this epoch.
        trainer.flush();
        let learnt = trainer.model.parameters.values()?;
        let Some((values, table)) = &mut self.of else {
            self.of = Some((learnt, trainer.model.embedding.clone()));
            return Ok(());
        };
        for ((_, average), (_, learnt)) in values.values_mut().zip(learnt.values()) {
            blend(average, learnt, self.part);
        }
        blend(table.values_mut(), trainer.model.embedding.values(), self.part);
        Ok(())
    }

    /// Logits `[n]` of all rows by the average, `batch` rows at a time. The trainer has its own weights
    /// again afterwards.
    ///
    /// # Errors
    /// When candle reports an error, or a rank is gone.
    pub fn predict(
        &mut self,
        trainer: &mut Trainer,
        rows: &Instances,
        batch: usize,
    ) -> Result<Vec<f32>> {
        let Some((values, table)) = &mut self.of else { return trainer.predict(rows, batch) };
        let learnt = trainer.model.parameters.values()?;
        trainer.model.parameters.restore(values)?;
        std::mem::swap(table, &mut trainer.model.embedding);
        let logits = trainer.predict(rows, batch);
        std::mem::swap(table, &mut trainer.model.embedding);
        trainer.model.parameters.restore(&learnt)?;
        logits
    }

    /// Copies of the averaged weights and table.
    pub fn copy(&self) -> Option<Weights> {
        self.of.clone()
    }

    /// Adds the average to a checkpoint.
    pub(crate) fn save<'s>(&'s self, to: &mut CheckpointWriter<'s>) {
        if let Some(average) = &self.of {
            stored_weights::save("average", average, to);
        }
    }

    /// Reads back what [`EpochAverage::save`] has added, where an epoch had been judged.
    ///
    /// # Errors
    /// When a part is missing or of another shape.
    pub(crate) fn load(&mut self, arrays: &Container, trainer: &Trainer) -> Result<()> {
        self.of = Some(stored_weights::load("average", arrays, trainer)?);
        Ok(())
    }
}

/// Moves an average towards new weights.
fn blend(average: &mut [f32], learnt: &[f32], part: f32) {
    average.iter_mut().zip(learnt).for_each(|(a, w)| *a = cut(w + part * (*a - w)));
}
