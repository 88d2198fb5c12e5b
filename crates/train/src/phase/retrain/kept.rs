//! A retraining whose optimisers go on with the state of an earlier training.

use super::Retrain;
use crate::checkpoint::header::CheckpointHeader;
use crate::error::Result;
use crate::optimizer::KeptMoments;
use ssim_core::Error;

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
