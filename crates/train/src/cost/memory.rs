//! The memory that a training needs on a device.

use super::StepSizes;
use crate::config::EmbeddingOptimizer;

/// Bytes of device memory by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceNeeds {
    /// The rows of the data set, and the list.
    pub data: u64,
    /// The table with moments, and the counters of its rows.
    pub table: u64,
    /// Weights, moments and gradients of towers and selector.
    pub weights: u64,
    /// Everything that a step computes for the rows of its batch.
    pub work: u64,
}

/// Steps whose rates are copied at a time.
const RATES: u64 = 1 << 16;
/// Keys of a block of the sort, and values of a digit.
const TILE: usize = 1024;
const DIGITS: u64 = 256;

impl DeviceNeeds {
    /// The memory of a retraining on `rows` train rows in batches of these sizes.
    pub fn of_retrain(sizes: &StepSizes, rows: usize) -> Self {
        let pairs = sizes.pairs.iter().sum::<usize>() as u64;
        // A list has a byte per row.
        Self::of(sizes, rows, pairs).and(Self { data: rows as u64, ..Self::default() })
    }

    /// The memory of a search on `rows` train rows in batches of these sizes: all towers have room for all rows.
    pub fn of_search(sizes: &StepSizes, rows: usize) -> Self {
        let m = sizes.batch as u64;
        let layers = sizes.selector_layers();
        let work = 4 * m * sizes.width() as u64
            + 4 * m * (1 + sizes.heads as u64)
            + stack(m, &layers)
            // The rows as those of one network, with the values that it had for no rows.
            + whole(m)
            + whole(0);
        let weights = 16 * sizes.selector_weights() as u64;
        let pairs = m * sizes.pairs.len() as u64;
        Self::of(sizes, rows, pairs).and(Self { weights, work, ..Self::default() })
    }

    fn of(sizes: &StepSizes, rows: usize, pairs: u64) -> Self {
        let (n, d, m) = (sizes.ids as u64, sizes.dim as u64, sizes.batch as u64);
        let (k, f) = (sizes.pairs.len() as u64, sizes.fields as u64);
        let rows = rows as u64;
        let cells = m * f;
        let tiles = (sizes.batch * sizes.fields).div_ceil(TILE).max(1) as u64;
        let table = match sizes.optimizer {
            EmbeddingOptimizer::Adam => n * (3 * d + 1) + 2 * RATES,
            EmbeddingOptimizer::LazyAdam => n * 3 * d,
            EmbeddingOptimizer::RowwiseAdagrad => n * (d + 1),
        };
        // Ids, starts and number of those of the batch; keys and cells twice; counts; gradients.
        let touched = cells + (cells + 1) + 1 + 4 * cells + DIGITS * tiles + cells * d;
        let routed = (k + 1) + 2 * pairs + m * k + 2 * k;
        let losses = 8 * (pairs + k + m + 1) + 4 * (pairs + 1);
        let embedded = pairs * sizes.width() as u64;
        Self {
            data: rows * (4 * f + 1 + 4),
            table: 4 * table,
            weights: 16 * sizes.tower_weights() as u64,
            work: 4 * (m + touched + routed + embedded)
                + losses
                + m
                + stack(pairs, &sizes.tower_layers()),
        }
    }

    fn and(self, more: Self) -> Self {
        Self {
            data: self.data + more.data,
            table: self.table + more.table,
            weights: self.weights + more.weights,
            work: self.work + more.work,
        }
    }

    /// All bytes.
    pub fn total(&self) -> u64 {
        self.data + self.table + self.weights + self.work
    }
}

/// Outputs and gradients of the layers of networks that see so many rows.
fn stack(rows: u64, layers: &[(usize, usize)]) -> u64 {
    layers.iter().map(|(inputs, outputs)| 4 * rows * (inputs + outputs) as u64).sum()
}

/// The rows of a batch as those of one network.
fn whole(rows: u64) -> u64 {
    4 * (2 + 2 * rows + 2)
}
