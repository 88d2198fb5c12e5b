//! Dropout as a function of (step, row, tower, layer, unit), not of the order of computation.
//!
//! [`super::Pass::rows`] makes the keys of some rows for one tower; [`super::RowPass::layer`] gives
//! them to a layer, which calls [`RowKeys::apply`] on its outputs.

use crate::rng::mix;
use std::sync::Arc;

/// The probability of dropout and one key per row.
#[derive(Clone, Debug)]
pub struct RowKeys {
    probability: f32,
    layer: u64,
    keys: Arc<[u64]>,
}

impl RowKeys {
    /// Keys of the rows at the positions `places` of the batch, for one tower at one step.
    pub(super) fn new(
        probability: f32,
        step: u64,
        tower: usize,
        places: impl Iterator<Item = u64>,
    ) -> Self {
        let tower = mix(step, tower as u64 + 1);
        Self { probability, layer: 0, keys: places.map(|place| mix(tower, place)).collect() }
    }

    /// A copy for another layer.
    pub fn at_layer(&self, layer: usize) -> Self {
        Self { layer: layer as u64, ..self.clone() }
    }

    /// A copy with another probability.
    pub fn with_probability(&self, probability: f32) -> Self {
        Self { probability, ..self.clone() }
    }

    /// Whether any unit can be dropped.
    pub fn drops(&self) -> bool {
        self.probability > 0.0
    }

    /// Factor of the units that are not dropped, 1/(1−p).
    pub fn scale(&self) -> f32 {
        1.0 / (1.0 - self.probability)
    }

    /// Multiplies the units of row `row` by 0 (dropped) or by [`RowKeys::scale`], in place.
    #[inline(always)]
    pub fn apply(&self, row: usize, units: &mut [f32]) {
        let scale = self.scale();
        // Each unit gets 16 bits, and is dropped if they are below the probability.
        let limit = (self.probability * 65536.0) as u32;
        let key = mix(self.keys[row], self.layer);
        let factor = |bits: u32| if bits >= limit { scale } else { 0.0 };
        // A word of 32 bits serves two units. They are in different halves of the block, so that
        // each half is a plain loop over its lanes.
        for (block, units) in (0u32..).zip(units.chunks_mut(2 * LANES)) {
            let words: [u32; LANES] =
                std::array::from_fn(|lane| word(key, block * LANES as u32 + lane as u32));
            let (low, high) = units.split_at_mut(LANES.min(units.len()));
            low.iter_mut().zip(&words).for_each(|(u, w)| *u *= factor(w & 0xFFFF));
            high.iter_mut().zip(&words).for_each(|(u, w)| *u *= factor(w >> 16));
        }
    }
}

/// Number of words that are computed side by side.
const LANES: usize = 16;

/// The `i`-th word of a row's random bits, by a multiply-xorshift hash. It works with 32 bits,
/// because vector instructions multiply 32-bit integers.
#[inline(always)]
fn word(key: u64, i: u32) -> u32 {
    let mut x = (key as u32).wrapping_add(i.wrapping_mul(0x9E37_79B9));
    x = (x ^ (x >> 16)).wrapping_mul(0x21F0_AAAD) ^ (key >> 32) as u32;
    x = (x ^ (x >> 15)).wrapping_mul(0x735A_2D97);
    x ^ (x >> 15)
}
