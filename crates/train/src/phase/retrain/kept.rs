//! A retraining whose optimisers go on with the state of an earlier training.

use super::Retrain;
use crate::checkpoint::header::CheckpointHeader;
use crate::error::Result;
use crate::optimizer::{KeptMoments, STEPS};
use crate::setup::Setup;
use crate::step::trainer::{Rates, Trainer};
use ssim_core::Error;
use ssim_core::container::{Container, Source};

/// The most steps that a checkpoint may have taken.
const MOST: u64 = 1 << 28;

impl Retrain<'_> {
    /// Lets the optimisers go on with the state in which they left the weights that the phase starts from. They begin anew
    /// if it is that of another network or optimiser.
    pub fn go_on(&mut self, kept: KeptMoments) {
        let steps = kept.steps;
        if self.trainer.go_on(kept) {
            self.progress.state.kept = steps;
        }
    }

    /// The steps of the optimisers in a checkpoint with this header, earlier ones included.
    pub(super) fn steps_of(&self, header: &CheckpointHeader) -> Result<u64> {
        let kept = self.progress.state.kept;
        match header.kept == kept {
            true => Ok(header.steps + kept),
            false => {
                let text = format!(
                    "checkpoint: expected optimisers that went on after {kept} steps, got {}",
                    header.kept
                );
                Err(Error::File(text).into())
            }
        }
    }
}

impl KeptMoments {
    /// Reads the state out of the last checkpoint of a retraining. `setup` has the schema, the settings and the backbone of
    /// that training.
    ///
    /// # Errors
    /// The file is damaged, something else, or of another training.
    pub fn read(file: &dyn Source, setup: &Setup) -> Result<Self> {
        let (header, arrays): (CheckpointHeader, _) = Container::open(file)?;
        header.expect_current()?;
        let CheckpointHeader { identity, steps, kept, lr, .. } = header;
        let taken = steps.saturating_add(kept);
        let fits = identity.fingerprint == setup.schema.fingerprint()
            && identity.backbone == setup.backbone;
        if !fits || taken > MOST {
            let text = "checkpoint: expected one of this run's training, got another";
            return Err(Error::File(text.into()).into());
        }
        let retrain = &setup.config.retrain;
        // Checkpoints of older versions do not say the rate.
        let default = if identity.continues { retrain.continued_lr } else { 1.0 };
        let rates = Rates { lr: lr.unwrap_or(retrain.lr * default), l2: retrain.l2 };
        let mut trainer = setup.trainer(identity.towers, rates)?;
        trainer.load("model.", &arrays, taken)?;
        trainer.flush();
        let Trainer { dense, table, .. } = trainer;
        Ok(Self {
            taken,
            steps: taken.min(STEPS),
            kind: setup.config.train.embedding_optimizer,
            towers: identity.towers,
            dense: dense.into_moments(),
            table: table.into_moments(),
            ids: setup.schema.features(),
        })
    }
}
