//! Measures the processor's highest speed, with which a phase's speed is compared.

use pulp::{Arch, Simd, WithSimd};
use std::time::Instant;

/// Number of independent sums, enough to keep every multiply-add unit busy.
const SUMS: usize = 12;
/// Multiply-adds per sum.
const TURNS: usize = 4_000_000;

struct MultiplyAdd;

impl WithSimd for MultiplyAdd {
    /// Number of lanes, and a number that depends on all of the work, so that none is optimised
    /// away.
    type Output = (usize, f32);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (usize, f32) {
        let b = simd.splat_f32s(std::hint::black_box(0.999));
        let c = simd.splat_f32s(1e-9);
        let mut sums = [simd.splat_f32s(1.0); SUMS];
        for _ in 0..TURNS {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, b, c);
            }
        }
        let all = sums.iter().map(|sum| simd.reduce_sum_f32s(*sum)).sum();
        (S::F32_LANES, all)
    }
}

/// Measures the speed of multiply-adds of registers: 1e9 operations per second of all threads
/// together, the best of a few turns.
///
/// # Errors
/// When the pool of threads cannot be started.
pub fn gflops(threads: usize) -> Result<f64, rayon::ThreadPoolBuildError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let turn = || {
        let start = Instant::now();
        let works = pool.broadcast(|_| std::hint::black_box(Arch::new().dispatch(MultiplyAdd)));
        let lanes: usize = works.iter().map(|(lanes, _)| lanes).sum();
        (2 * lanes * SUMS * TURNS) as f64 / start.elapsed().as_secs_f64() * 1e-9
    };
    Ok((0..7).map(|_| turn()).fold(0.0, f64::max))
}

/// Counts floating-point operations per row: matrix products of the MLPs, forward and (twice as
/// many) backward.
pub struct Work {
    /// Multiply-adds of one MLP.
    pub mlp: f64,
    pub towers: f64,
}

impl Work {
    /// Operations of search if this share of rows passes the mask. The selection network learns
    /// from those rows only.
    pub fn search(&self, share: f64) -> f64 {
        self.retrain(share) + 2.0 * self.mlp * (1.0 + 2.0 * share)
    }

    /// Operations of retrain if this share of rows is on the list.
    pub fn retrain(&self, share: f64) -> f64 {
        6.0 * self.mlp * (share * self.towers + 1.0 - share)
    }

    /// Operations of a prediction.
    pub fn evaluation(&self) -> f64 {
        2.0 * self.mlp
    }
}
