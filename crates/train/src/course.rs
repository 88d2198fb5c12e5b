//! The order in which rows are learnt.

use ssim_core::instances::Instances;
use ssim_core::rng::Stream;

/// The rows of an epoch in the order in which they are learnt, and where in it we are.
pub struct Course {
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

impl Course {
    /// The first epoch of `purpose`.
    pub fn new(
        seed: u64,
        purpose: &'static str,
        instances: &Instances,
        batch: usize,
        shuffle: bool,
    ) -> Self {
        let mut course = Self {
            seed,
            purpose,
            shuffle,
            batch,
            order: vec![0; instances.len()],
            epoch: 0,
            step: 0,
        };
        course.seek(0, 0);
        course
    }

    /// Goes to a step of an epoch.
    pub fn seek(&mut self, epoch: u64, step: u64) {
        (self.epoch, self.step) = (epoch, step);
        let drawn = if self.shuffle { epoch } else { 0 };
        self.order = Stream::new(self.seed, self.purpose, &[drawn]).permutation(self.order.len());
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

    /// Goes on by one step; true where that ended the epoch.
    pub fn advance(&mut self) -> bool {
        self.step += 1;
        let ended = self.step >= self.steps();
        if ended {
            self.seek(self.epoch + 1, 0);
        }
        ended
    }
}
