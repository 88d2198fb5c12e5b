//! The order in which an epoch's rows are learnt.

use super::plan::EpochPlan;
use crate::config::TrainConfig;
use ssim_core::rng::Stream;
use std::ops::Range;

/// The rows of an epoch in the order in which they are learnt, and the current step in it.
///
/// The order depends on the seed, the purpose, the plan and the epoch alone, so a resumed phase goes
/// through the same batches.
pub struct RowOrder {
    seed: u64,
    purpose: &'static str,
    shuffle: bool,
    batch: usize,
    plan: EpochPlan,
    blocks: Vec<Vec<u32>>,
    /// The batches of the epoch: a block, and a range of it.
    batches: Vec<(usize, Range<usize>)>,
    /// Epoch, from 0.
    pub epoch: u64,
    /// Step within the epoch, from 0.
    pub step: u64,
}

impl RowOrder {
    /// The beginning of the first epoch; `purpose` names the streams of random numbers.
    pub fn new(seed: u64, purpose: &'static str, plan: EpochPlan, settings: &TrainConfig) -> Self {
        let TrainConfig { batch, shuffle, .. } = *settings;
        let (blocks, batches) = (Vec::new(), Vec::new());
        let mut order =
            Self { seed, purpose, shuffle, batch, plan, blocks, batches, epoch: 0, step: 0 };
        order.seek(0, 0);
        order
    }

    /// The beginning of the first epoch of another plan.
    pub fn follow(&mut self, plan: EpochPlan) {
        self.plan = plan;
        self.seek(0, 0);
    }

    /// Goes to a step of an epoch.
    pub fn seek(&mut self, epoch: u64, step: u64) {
        (self.epoch, self.step) = (epoch, step);
        let drawn = if self.shuffle { epoch } else { 0 };
        self.blocks = self.plan.blocks(|purpose, at| {
            let purpose = format!("{}{purpose}", self.purpose);
            Stream::new(self.seed, &purpose, &[&[drawn], at].concat())
        });
        let blocks = self.blocks.iter().map(Vec::len).enumerate();
        let batches = blocks.flat_map(|(block, n)| {
            let batch = self.batch;
            (0..n).step_by(batch).map(move |from| (block, from..n.min(from + batch)))
        });
        self.batches = batches.collect();
    }

    /// Rows in an epoch.
    pub fn len(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }

    /// Steps in an epoch.
    pub fn steps(&self) -> u64 {
        self.batches.len() as u64
    }

    /// Rows of the current step.
    pub fn rows(&self) -> &[u32] {
        let batch = self.batches.get(self.step as usize);
        batch.map_or(&[], |(block, rows)| &self.blocks[*block][rows.clone()])
    }

    /// Whether an outer step follows the current step.
    pub fn ends_inner_loop(&self) -> bool {
        let (Some(blocks), Some((block, rows))) =
            (self.plan.inner_loop(), self.batches.get(self.step as usize))
        else {
            return false;
        };
        rows.end == self.blocks[*block].len() && (block + 1).is_multiple_of(blocks)
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

#[cfg(test)]
mod tests {
    use super::super::scenario_draw::ScenarioDraw;
    use super::*;

    fn order(plan: EpochPlan) -> RowOrder {
        let settings = TrainConfig { batch: 16, ..TrainConfig::default() };
        RowOrder::new(7, "order", plan, &settings)
    }

    /// All rows of an epoch, and the steps that an outer step follows.
    fn epoch(order: &mut RowOrder) -> (Vec<u32>, Vec<u64>) {
        let (mut rows, mut outer) = (Vec::new(), Vec::new());
        loop {
            rows.extend_from_slice(order.rows());
            if order.ends_inner_loop() {
                outer.push(order.step);
            }
            if order.advance() {
                return (rows, outer);
            }
        }
    }

    #[test]
    fn an_epoch_of_every_row_once_is_a_permutation() {
        let mut order = order(EpochPlan::Once(40));
        for expected in [0, 1] {
            let permutation = Stream::new(7, "order", &[expected]).permutation(40);
            assert_eq!(epoch(&mut order), (permutation, Vec::new()));
        }
        assert_eq!((order.steps(), order.len()), (3, 40));
    }

    #[test]
    fn every_epoch_meets_the_scenarios_by_their_power_and_in_all_batches() {
        // 81, 16 and 1 rows: with the power ½ they are met 9 : 4 : 1.
        let scenarios: Vec<u16> =
            (0..98).map(|i| u16::from(i % 6 == 0) + u16::from(i == 6)).collect();
        let mut order = order(EpochPlan::Drawn(ScenarioDraw::new(&scenarios, 0.5)));
        let mut epochs = Vec::new();
        for _ in 0..3 {
            let (rows, _) = epoch(&mut order);
            let met = |k: u16| rows.iter().filter(|i| scenarios[**i as usize] == k).count();
            assert_eq!([met(0), met(1), met(2)], [63, 28, 7]);
            let first = rows[..49].iter().filter(|i| scenarios[**i as usize] == 1).count();
            assert!((4..25).contains(&first), "scenarios are mixed: {first}");
            epochs.push(rows);
        }
        assert!(epochs[0] != epochs[1] && epochs[1] != epochs[2]);
        // A phase that is resumed in an epoch draws the same rows.
        order.seek(1, 3);
        assert_eq!(order.rows(), &epochs[1][48..64]);
    }

    #[test]
    fn outer_steps_follow_inner_loops() {
        // 40, 20 and 4 rows are 3, 2 and 1 batches.
        let scenarios: Vec<u16> =
            (0..64).map(|i| u16::from(i >= 40) + u16::from(i >= 60)).collect();
        let draw = || ScenarioDraw::new(&scenarios, 1.0);
        let mut negotiation = order(EpochPlan::Negotiation(draw()));
        for _ in 0..4 {
            assert_eq!(epoch(&mut negotiation).1, [5]);
        }
        // Two helpers and itself; 20 rows of each, and 20 own ones.
        let plan = EpochPlan::Regularisation { draw: draw(), own: 1, helpers: 2 };
        assert_eq!(epoch(&mut order(plan)).1, [3, 7, 11]);
    }
}
