//! Estimates before training what exactness of `train.embedding_optimizer = "adam"` costs: rows that
//! are in no batch for some steps catch up on these later.

use crate::terminal::report;
use anyhow::Result;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_train::config::{Config, EmbeddingOptimizer};
use ssim_train::optimizer::{FieldTouched, TableOptimizer, Touched};
use ssim_train::setup::Setup;
use std::time::Instant;

/// Rows and steps that are timed.
const TIMED: (u32, u32) = (1024, 256);
/// Without L2 a row comes to rest after about so many steps without a gradient.
const REST: f64 = 192.0;
/// Multiplications and additions per second of a thread in the products of a step. Only the order of
/// magnitude matters.
const SPEED: f64 = 8e10;

/// The missed steps of an epoch.
pub struct MissedSteps {
    ids: u64,
    steps: f64,
    /// Seconds that all threads together need to catch up on them.
    pub seconds: f64,
}

impl MissedSteps {
    /// Counts them from the number of rows that have each id, and times a few. `None` where the optimiser
    /// leaves no step for later, or there are no rows.
    ///
    /// # Errors
    /// Never: the timed table is as wide as its rows.
    pub fn of_epoch(ids: usize, train: &Instances, config: &Config) -> Result<Option<Self>> {
        let exact = config.train.embedding_optimizer == EmbeddingOptimizer::Adam;
        if !exact || train.is_empty() {
            return Ok(None);
        }
        let steps = train.len().div_ceil(config.train.batch) as f64;
        let mut rows = vec![0u32; ids];
        for id in &train.ids {
            if let Some(rows) = rows.get_mut(*id as usize) {
                *rows += 1;
            }
        }
        let longest = if config.retrain.l2 > 0.0 { f64::INFINITY } else { REST };
        let missed = rows.iter().filter(|rows| **rows > 0).map(|rows| {
            let visits = f64::from(*rows).min(steps);
            visits * (steps / visits - 1.0).min(longest)
        });
        let values = missed.sum::<f64>() * config.model.dim as f64;
        // So few take no time worth measuring.
        let seconds = if values < 1e8 { 0.0 } else { values * seconds_per_value(config)? };
        let threads = rayon::current_num_threads() as f64;
        Ok(Some(Self { ids: ids as u64, steps, seconds: seconds / threads }))
    }

    /// Says what exactness costs beside `step` seconds of an epoch, and names the cheaper setting where it
    /// is more than that; `None` where it is little.
    pub fn told(&self, epoch: f64) -> Option<String> {
        if self.seconds < 1.0 || self.seconds < 0.2 * epoch {
            return None;
        }
        let mut told = format!(
            "train.embedding_optimizer = \"adam\" moves all {} ids in each of {:.0} steps: in an epoch about {} \
             on top of about {}",
            report::count(self.ids),
            self.steps,
            report::duration(self.seconds),
            report::duration(epoch)
        );
        if self.seconds > epoch {
            told += "; \"lazy-adam\" moves the ids of a batch only, which makes another model, and saves that time";
        }
        Some(told)
    }
}

/// Processor seconds of a missed step of one value.
fn seconds_per_value(config: &Config) -> Result<f64> {
    let (rows, steps) = TIMED;
    let dim = config.model.dim;
    let mut table = Embedding::from_values(vec![1e-2; rows as usize * dim], dim)?;
    let kind = EmbeddingOptimizer::Adam;
    let mut optimizer = TableOptimizer::new(kind, &table, config.retrain.lr, config.retrain.l2);
    let gradient = vec![1e-4; dim];
    let all = Touched { fields: vec![FieldTouched::new((0..rows).map(|id| (id, id)))] };
    optimizer.step(&mut table, &all, |_, _| &gradient);
    let none = Touched { fields: Vec::new() };
    (0..steps).for_each(|_| optimizer.step(&mut table, &none, |_, _| &gradient));
    let start = Instant::now();
    optimizer.flush(&mut table);
    Ok(start.elapsed().as_secs_f64() / (f64::from(rows) * f64::from(steps) * dim as f64))
}

/// Seconds of an epoch's products, counted: an estimate for those who do not want to take steps for it.
pub fn epoch_of_products(setup: &Setup, rows: usize, shared: f64) -> f64 {
    let towers = setup.schema.scenarios.len();
    let backbone = setup.backbone(towers);
    let widths: Vec<usize> = [backbone.width].into_iter().chain(backbone.mlp).chain([1]).collect();
    let weights: f64 = widths.windows(2).map(|w| (w[0] * w[1]) as f64).sum();
    let passes = rows as f64 * (1.0 + shared * (towers as f64 - 1.0));
    // A multiplication and an addition per weight, forwards and twice backwards.
    6.0 * passes * weights / (SPEED * rayon::current_num_threads() as f64)
}
