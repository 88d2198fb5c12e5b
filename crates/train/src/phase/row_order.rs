//! The order in which an epoch's rows are learnt.

use super::scenario_draw::ScenarioDraw;
use crate::config::TrainConfig;
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
    /// The rule that draws the rows of an epoch; without one, every row comes once.
    draw: Option<ScenarioDraw>,
    order: Vec<u32>,
    /// Epoch, from 0.
    pub epoch: u64,
    /// Step within the epoch, from 0.
    pub step: u64,
}

impl RowOrder {
    /// The beginning of the first epoch over rows of the `scenarios` `[n]`; `purpose` names the stream of
    /// random numbers.
    pub fn new(
        seed: u64,
        purpose: &'static str,
        scenarios: &[u16],
        settings: &TrainConfig,
    ) -> Self {
        let TrainConfig { batch, shuffle, scenario_power, .. } = *settings;
        let draw = (scenario_power != 1.0).then(|| ScenarioDraw::new(scenarios, scenario_power));
        let order = vec![0; scenarios.len()];
        let mut order = Self { seed, purpose, shuffle, batch, draw, order, epoch: 0, step: 0 };
        order.seek(0, 0);
        order
    }

    /// Goes to a step of an epoch.
    pub fn seek(&mut self, epoch: u64, step: u64) {
        (self.epoch, self.step) = (epoch, step);
        let drawn = if self.shuffle { epoch } else { 0 };
        self.order = Stream::new(self.seed, self.purpose, &[drawn]).permutation(self.order.len());
        if let Some(draw) = &self.draw {
            let purpose = format!("{}: rows of a scenario", self.purpose);
            let rows = draw.rows(|k| Stream::new(self.seed, &purpose, &[drawn, k]));
            self.order.iter_mut().for_each(|place| *place = rows[*place as usize]);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn order(power: f64, seed: u64, scenarios: &[u16]) -> RowOrder {
        let settings = TrainConfig { batch: 16, scenario_power: power, ..TrainConfig::default() };
        RowOrder::new(seed, "order", scenarios, &settings)
    }

    /// All rows of an epoch.
    fn epoch(order: &mut RowOrder) -> Vec<u32> {
        let mut rows = Vec::new();
        loop {
            rows.extend_from_slice(order.rows());
            if order.advance() {
                return rows;
            }
        }
    }

    #[test]
    fn with_power_1_an_epoch_is_a_permutation() {
        let mut order = order(1.0, 7, &[0, 1, 1, 0, 2, 1]);
        assert_eq!(epoch(&mut order), Stream::new(7, "order", &[0]).permutation(6));
        assert_eq!(epoch(&mut order), Stream::new(7, "order", &[1]).permutation(6));
    }

    #[test]
    fn every_epoch_meets_the_scenarios_by_their_power_and_in_all_batches() {
        // 81, 16 and 1 rows: with the power ½ they are met 9 : 4 : 1.
        let scenarios: Vec<u16> =
            (0..98).map(|i| u16::from(i % 6 == 0) + u16::from(i == 6)).collect();
        let mut order = order(0.5, 7, &scenarios);
        let mut epochs = Vec::new();
        for _ in 0..3 {
            let rows = epoch(&mut order);
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
}
