//! Means and variances of the embedded rows of a batch.
//!
//! They depend on every row, so they are computed before the batch is cut into slices. Each slice
//! gets them as leaves of its graph. When all slices have finished their backward passes, the
//! leaves' gradients are added up and sent on to the rows. So the result is exact, and it does not
//! depend on the slices.
//!
//! # Order
//! [`super::PartitionedNorm::moments`] calls [`Moments::new`] and then [`Moments::add`] for every
//! tower. In the slices it reads [`Moments::leaf`]. After the backward passes the trainer calls
//! [`Moments::gradient`] once.

use crate::embedding::Lookup;
use crate::error::Result;
use crate::tensor;
use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};

/// The moments of one batch of `m` embedded rows.
#[derive(Debug)]
pub struct Moments {
    width: usize,
    /// `[m, F·D]`
    rows: Vec<f32>,
    leaves: Vec<Leaf>,
}

/// The moments of the rows `members` (positions in the batch).
#[derive(Debug)]
struct Leaf {
    members: Vec<u32>,
    mean: Var,
    variance: Var,
}

impl Moments {
    /// Reads the batch of `lookup`; there are no leaves yet.
    pub fn new(lookup: &Lookup) -> Self {
        let rows = lookup.values(&lookup.places());
        Self { width: lookup.width(), rows, leaves: Vec::new() }
    }

    /// Mean and variance `[F·D]` over `count` rows: the `members` (positions in the batch), and as
    /// many rows of zeros as are missing. `count` must not be below the number of members.
    pub fn of(&self, members: &[u32], count: usize) -> (Vec<f32>, Vec<f32>) {
        let zeros = (count - members.len()) as f64;
        let count = count.max(1) as f64;
        let rows = || members.iter().map(|i| &self.rows[*i as usize * self.width..][..self.width]);
        let mut mean = vec![0f64; self.width];
        for row in rows() {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
        }
        mean.iter_mut().for_each(|sum| *sum /= count);
        // A row of zeros is as far from the mean as the mean is from 0.
        let mut variance: Vec<f64> = mean.iter().map(|mean| zeros * mean * mean).collect();
        for row in rows() {
            let centred = row.iter().zip(&mean).map(|(x, mean)| f64::from(*x) - mean);
            variance.iter_mut().zip(centred).for_each(|(sum, x)| *sum += x * x);
        }
        let single = |values: &[f64], by: f64| values.iter().map(|x| (x / by) as f32).collect();
        (single(&mean, 1.0), single(&variance, count))
    }

    /// Adds a leaf with the moments of the rows `members`.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn add(&mut self, members: Vec<u32>, device: &Device) -> Result<()> {
        let (mean, variance) = self.of(&members, members.len());
        let mean = Var::from_vec(mean, self.width, device)?;
        let variance = Var::from_vec(variance, self.width, device)?;
        self.leaves.push(Leaf { members, mean, variance });
        Ok(())
    }

    /// Whether leaf `i` has no rows.
    pub fn is_empty(&self, i: usize) -> bool {
        self.leaves[i].members.is_empty()
    }

    /// Mean and variance `[F·D]` of leaf `i`; candle records a graph for them.
    pub fn leaf(&self, i: usize) -> (&Tensor, &Tensor) {
        let Leaf { mean, variance, .. } = &self.leaves[i];
        (mean.as_tensor(), variance.as_tensor())
    }

    /// The variables of all leaves: mean and variance of the first, then of the second, and so on.
    pub fn vars(&self) -> Vec<Var> {
        self.leaves.iter().flat_map(|l| [l.mean.clone(), l.variance.clone()]).collect()
    }

    /// Sums the leaves' gradients over the slices, and adds to `embedded [m, F·D]`, the gradients
    /// of the rows, what follows from ∂μ/∂x_i = 1/n and ∂var/∂x_i = 2(x_i − μ)/n.
    ///
    /// Call it once per step, with the stores of all slices after their backward passes.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn gradient(&self, slices: &[GradStore], embedded: &mut [f32]) -> Result<()> {
        let sum = |var: &Var| -> Result<Vec<f32>> {
            let mut sum = vec![0f32; self.width];
            for gradient in slices.iter().filter_map(|store| store.get(var)) {
                tensor::with_f32(gradient, |g| sum.iter_mut().zip(g).for_each(|(s, g)| *s += g))?;
            }
            Ok(sum)
        };
        for Leaf { members, mean, variance } in &self.leaves {
            let by_mean = sum(mean)?;
            let by_variance = sum(variance)?;
            let mean = tensor::to_vec(mean)?;
            let n = members.len() as f32;
            for at in members.iter().map(|i| *i as usize * self.width) {
                let moved = embedded[at..].iter_mut().zip(&self.rows[at..at + self.width]);
                let slopes = by_mean.iter().zip(&by_variance).zip(&mean);
                for ((g, x), ((by_mean, by_variance), mean)) in moved.zip(slopes) {
                    *g += (by_mean + 2.0 * (x - mean) * by_variance) / n;
                }
            }
        }
        Ok(())
    }
}
