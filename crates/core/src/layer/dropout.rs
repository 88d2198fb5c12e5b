//! Dropout as a function of (step, row, layer, unit), not of the order of computation.

use crate::rng::mix;
use std::sync::Arc;

/// How a batch goes through the networks: inference, or training with dropout.
///
/// A unit is dropped by a hash of the step's key, the row's place in the batch, the tower, the
/// layer and the unit. So routing rows to towers or cutting the batch into slices for threads
/// drops the same units as doing neither.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pass {
    probability: f32,
    key: u64,
    first_row: u64,
}

impl Pass {
    /// No unit is dropped.
    pub fn inference() -> Self {
        Self::default()
    }

    /// Drops units with `probability`, keyed by the step; `first_row` is where this slice of
    /// the batch begins.
    pub fn training(probability: f32, key: u64, first_row: usize) -> Self {
        Self { probability, key, first_row: first_row as u64 }
    }

    /// Keys of the rows `which` (places in the slice) for tower `tower`.
    pub fn rows(&self, which: &[u32], tower: usize) -> Option<RowKeys> {
        let tower_key = mix(self.key, tower as u64 + 1);
        (self.probability > 0.0).then(|| RowKeys {
            probability: self.probability,
            layer: 0,
            keys: which.iter().map(|i| mix(tower_key, self.first_row + u64::from(*i))).collect(),
        })
    }
}

/// What a layer needs to know to drop units: the probability and one key per row.
#[derive(Clone, Debug)]
pub struct RowKeys {
    probability: f32,
    layer: u64,
    keys: Arc<[u64]>,
}

impl RowKeys {
    /// The same rows at another layer.
    pub fn at_layer(&self, layer: usize) -> Self {
        Self { layer: layer as u64, ..self.clone() }
    }

    /// Factor of the units that stay, 1/(1−p).
    pub fn scale(&self) -> f32 {
        1.0 / (1.0 - self.probability)
    }

    /// Scales or zeroes the units of row `row` in place.
    pub fn apply(&self, row: usize, units: &mut [f32]) {
        let (scale, limit) = (self.scale(), (self.probability * 65536.0) as u64);
        let key = mix(self.keys[row], self.layer);
        for (word, four) in units.chunks_mut(4).enumerate() {
            let bits = mix(key, word as u64);
            for (lane, unit) in four.iter_mut().enumerate() {
                let keep = (bits >> (16 * lane)) & 0xFFFF >= limit;
                *unit *= if keep { scale } else { 0.0 };
            }
        }
    }
}
