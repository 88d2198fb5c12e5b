//! The order in which an epoch's rows are learnt.

use ssim_core::instances::Instances;
use ssim_core::rng::Stream;

/// The rows of an epoch in the order in which they are learnt, and the current step in it.
///
/// The order depends on the seed, the purpose and the epoch alone, so a resumed phase goes through
/// the same batches.
pub struct RowOrder {
    seed: u64,
    purpose: &'static str,
    shuffle: bool,
    batch: usize,
    order: Vec<u32>,
    /// Epoch, from 0.
    pub epoch: u64,
    /// Step within the epoch, from 0.
    pub step: u64,
}

impl RowOrder {
    /// The beginning of the first epoch; `purpose` names the stream of random numbers.
    pub fn new(
        seed: u64,
        purpose: &'static str,
        instances: &Instances,
        batch: usize,
        shuffle: bool,
    ) -> Self {
        let mut order = Self {
            seed,
            purpose,
            shuffle,
            batch,
            order: vec![0; instances.len()],
            epoch: 0,
            step: 0,
        };
        order.seek(0, 0);
        order
    }

    /// Goes to a step of an epoch.
    pub fn seek(&mut self, epoch: u64, step: u64) {
        (self.epoch, self.step) = (epoch, step);
        let drawn = if self.shuffle { epoch } else { 0 };
        self.order = Stream::new(self.seed, self.purpose, &[drawn]).permutation(self.order.len());
    }

    /// Rows in an epoch.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Steps in an epoch.
    pub fn steps(&self) -> u64 {
        self.order.len().div_ceil(self.batch) as u64
    }

    /// Rows of the current step.
    pub fn rows(&self) -> &[u32] {
        let from = self.step as usize * self.batch;
        &self.order[from..(from + self.batch).min(self.order.len())]
    }

    /// A key for the current step's dropout.
    pub fn key(&self) -> u64 {
        Stream::new(self.seed, "dropout", &[self.epoch, self.step]).bits()
    }

    /// Moves on by one step. Returns true where that ended the epoch.
    pub fn advance(&mut self) -> bool {
        self.step += 1;
        let ended = self.step >= self.steps();
        if ended {
            self.seek(self.epoch + 1, 0);
        }
        ended
    }
}
