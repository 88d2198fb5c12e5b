//! Named, seeded streams of random numbers. The project has no other source of randomness.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

/// Random numbers that depend only on `(seed, purpose, position)`.
///
/// So no two uses share a stream, and a resumed run draws the same numbers as an uninterrupted one.
///
/// ```
/// use ssim_core::rng::Stream;
/// let a = Stream::new(7, "shuffle", &[2]).permutation(5);
/// assert_eq!(a, Stream::new(7, "shuffle", &[2]).permutation(5));
/// assert_ne!(a, Stream::new(7, "shuffle", &[3]).permutation(5));
/// ```
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of `purpose` at `position` (an epoch, a step, a block of rows).
    pub fn new(seed: u64, purpose: &str, position: &[u64]) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update((purpose.len() as u64).to_le_bytes());
        hash.update(purpose.as_bytes());
        for p in position {
            hash.update(p.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `[0, 1)`, 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in `[0, n)`; `n` must be positive.
    pub fn below(&mut self, n: u64) -> u64 {
        // The high half of a 128-bit product needs no division, and its bias is below n/2^64.
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// Standard normal (Box-Muller; only one number of the pair is used).
    pub fn normal(&mut self) -> f64 {
        // 1 − unit is never 0, so the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// A random order of `0..n` (Fisher-Yates).
    pub fn permutation(&mut self, n: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n as u32).collect();
        for i in (1..n).rev() {
            order.swap(i, self.below(i as u64 + 1) as usize);
        }
        order
    }
}

/// Scrambles two words into one (the splitmix64 finaliser). Dropout makes its keys with it.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let mut z = a ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
