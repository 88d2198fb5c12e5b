//! Dropout as a function of (step, row, layer, unit), not of the order of computation.

use crate::rng::mix;
use std::sync::Arc;

/// What a layer needs to know to drop units: the probability and one key per row.
#[derive(Clone, Debug)]
pub struct RowKeys {
    probability: f32,
    layer: u64,
    keys: Arc<[u64]>,
}

impl RowKeys {
    /// Keys of the rows at `places` of the batch for one tower at one step.
    pub(super) fn new(
        probability: f32,
        step: u64,
        tower: usize,
        places: impl Iterator<Item = u64>,
    ) -> Self {
        let tower = mix(step, tower as u64 + 1);
        Self { probability, layer: 0, keys: places.map(|place| mix(tower, place)).collect() }
    }

    /// The same rows at another layer.
    pub fn at_layer(&self, layer: usize) -> Self {
        Self { layer: layer as u64, ..self.clone() }
    }

    /// The same rows with another probability.
    pub fn with_probability(&self, probability: f32) -> Self {
        Self { probability, ..self.clone() }
    }

    /// Whether any unit can be dropped.
    pub fn drops(&self) -> bool {
        self.probability > 0.0
    }

    /// Factor of the units that stay, 1/(1−p).
    pub fn scale(&self) -> f32 {
        1.0 / (1.0 - self.probability)
    }

    /// Scales or zeroes the units of row `row` in place.
    #[inline(always)]
    pub fn apply(&self, row: usize, units: &mut [f32]) {
        let (scale, limit) = (self.scale(), (self.probability * 65536.0) as u32);
        let key = mix(self.keys[row], self.layer);
        let factor = |bits: u32| if bits >= limit { scale } else { 0.0 };
        // A word of bits serves two units, one in each half of a block: so both halves are plain
        // loops over lanes.
        for (block, units) in (0u32..).zip(units.chunks_mut(2 * LANES)) {
            let words: [u32; LANES] =
                std::array::from_fn(|lane| word(key, block * LANES as u32 + lane as u32));
            let (low, high) = units.split_at_mut(LANES.min(units.len()));
            low.iter_mut().zip(&words).for_each(|(u, w)| *u *= factor(w & 0xFFFF));
            high.iter_mut().zip(&words).for_each(|(u, w)| *u *= factor(w >> 16));
        }
    }
}

/// Words of bits that are made side by side.
const LANES: usize = 16;

/// The `i`-th word of a row's bits: a multiply-xorshift hash of 32 bits, which vectors have.
#[inline(always)]
fn word(key: u64, i: u32) -> u32 {
    let mut x = (key as u32).wrapping_add(i.wrapping_mul(0x9E37_79B9));
    x = (x ^ (x >> 16)).wrapping_mul(0x21F0_AAAD) ^ (key >> 32) as u32;
    x = (x ^ (x >> 15)).wrapping_mul(0x735A_2D97);
    x ^ (x >> 15)
}
