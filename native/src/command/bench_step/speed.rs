//! The speed of this machine: products, memory, comparisons.

use super::median;
use anyhow::Result;
use candle_core::{Device, Tensor};
use rayon::prelude::*;
use ssim_core::rng::Stream;
use ssim_train::cost::CostMachine;
use std::hint::black_box;
use std::time::Instant;

/// The product that is timed has the shape of a layer in the middle: rows, inputs, outputs.
const LAYER: [usize; 3] = [2048, 512, 256];
/// Values of a copy, more than caches hold.
const COPY: usize = 1 << 24;
/// Keys of a sort, as many as a field has in a batch.
const KEYS: u64 = 4096;

/// The measured speeds, turn by turn: operations per second of products, bytes per second, comparisons per second.
#[derive(Default)]
pub struct SpeedTurns {
    products: Vec<f64>,
    bandwidth: Vec<f64>,
    operations: Vec<f64>,
    /// The values that are copied, kept so that the system gives the memory once.
    copied: Vec<(Vec<f32>, Vec<f32>)>,
}

impl SpeedTurns {
    /// Measures all three once more, on all threads.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn turn(&mut self) -> Result<()> {
        let threads = rayon::current_num_threads();
        let [rows, inputs, outputs] = LAYER;
        // All three products of a layer, since their factors lie in memory differently.
        let x = Tensor::rand(-1f32, 1f32, (rows, inputs), &Device::Cpu)?;
        let w = Tensor::rand(-1f32, 1f32, (outputs, inputs), &Device::Cpu)?;
        let g = Tensor::rand(-1f32, 1f32, (rows, outputs), &Device::Cpu)?;
        let start = Instant::now();
        let done = rayon::broadcast(|_| -> candle_core::Result<()> {
            black_box(x.matmul(&w.t()?)?);
            black_box(g.matmul(&w)?);
            black_box(g.t()?.matmul(&x)?);
            Ok(())
        });
        let seconds = start.elapsed().as_secs_f64();
        done.into_iter().collect::<candle_core::Result<Vec<()>>>()?;
        self.products.push((6 * rows * inputs * outputs * threads) as f64 / seconds);

        if self.copied.is_empty() {
            let n = COPY / threads;
            self.copied = (0..threads).map(|_| (vec![1f32; n], vec![0f32; n])).collect();
        }
        let start = Instant::now();
        self.copied.par_iter_mut().for_each(|(from, to)| {
            to.copy_from_slice(black_box(from));
            black_box(to);
        });
        let bytes = 8.0 * (COPY / threads * threads) as f64;
        self.bandwidth.push(bytes / start.elapsed().as_secs_f64());

        let mut stream = Stream::new(1, "bench keys", &[]);
        let keys: Vec<u64> = (0..KEYS).map(|_| stream.below(1 << 40)).collect();
        let start = Instant::now();
        rayon::broadcast(|_| {
            let mut keys = black_box(keys.clone());
            keys.sort_unstable();
            black_box(keys);
        });
        let compared = KEYS as f64 * (KEYS as f64).log2() * threads as f64;
        self.operations.push(compared / start.elapsed().as_secs_f64());
        Ok(())
    }

    /// The machine with the medians of the last turns.
    pub fn machine(&self, turns: usize) -> CostMachine {
        let last = |values: &[f64]| median(&values[values.len().saturating_sub(turns)..]);
        CostMachine {
            name: "this machine",
            products: [last(&self.products); 3],
            operations: last(&self.operations),
            bandwidth: last(&self.bandwidth),
            link: f64::INFINITY,
            clock: f64::INFINITY,
            start: 0.0,
            memory: 0,
        }
    }
}
