//! Between the phases: the frozen selector scores every row once, and a cut makes the list.
//!
//! The scores hold for every ratio, every epoch, every seed and every model that is trained on
//! the list later.

use crate::collective::{Collective, agreed, each};
use crate::config::SelectConfig;
use crate::error::Result;
use crate::search::Searched;
use crate::setup::Setup;
use candle_core::Device;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::layer::Pass;
use ssim_core::mask;
use ssim_core::model::sigmoid;
use ssim_core::rng::Stream;
use ssim_core::selector::Selector;

/// Raw scores `z [n]` of all rows; each of the `ranks` scores its part.
///
/// # Errors
/// What candle reports; when a rank is gone.
pub fn score(
    selector: &Selector,
    embedding: &Embedding,
    instances: &Instances,
    device: &Device,
    ranks: &dyn Collective,
) -> Result<Vec<f32>> {
    each(ranks, instances.len(), |part| {
        let rows: Vec<u32> = (part.start as u32..part.end as u32).collect();
        Ok(selector.score(embedding, instances, &rows, device)?)
    })
}

/// How a list is drawn anew for every epoch, which is the same as anew for every batch, since an
/// epoch sees a row once.
pub enum Draw {
    /// Cut from scores with `select.dropout` in the selector.
    Dropout(Box<Searched>),
    /// Each row by itself, with the probability `p = σ(z)` of its score `z [n]`.
    Soft(Vec<f32>),
}

impl Draw {
    /// The list `[n]` of one epoch.
    ///
    /// # Errors
    /// When a score is NaN.
    pub fn list(&self, setup: &Setup, train: &Instances, epoch: u64) -> Result<Vec<bool>> {
        let Setup { config, seed, device, ranks, .. } = *setup;
        match self {
            Self::Dropout(searched) => {
                let Searched { selector, embedding, .. } = &**searched;
                let key = Stream::new(seed, "select dropout", &[epoch]).bits();
                let pass = Pass::training(config.select.dropout, key, 0);
                let rows: Vec<u32> = (0..train.len() as u32).collect();
                let scores = selector.score_with(embedding, train, &rows, device, &pass)?;
                let scores = agreed(ranks, scores)?;
                select(&scores, train, &config.select, config.train.batch, seed)
            }
            Self::Soft(scores) => Ok(soft(scores, seed, epoch)),
        }
    }
}

/// Rows of one epoch, each shared with probability `σ(z)` of its score `z [n]`.
///
/// The objective is linear in a row's mask g under [`crate::config::Reduction::Batch`], so over the
/// draws it is the one in which p stands for g. The probability is the paper's, without the
/// temperature, which would make it a cut again.
pub fn soft(scores: &[f32], seed: u64, epoch: u64) -> Vec<bool> {
    let mut stream = Stream::new(seed, "soft list", &[epoch]);
    scores.iter().map(|z| stream.unit() < f64::from(sigmoid(*z))).collect()
}

/// Scores `[n]` that know nothing: the list of `ssim-r`.
pub fn random_scores(n: usize, seed: u64) -> Vec<f32> {
    let mut stream = Stream::new(seed, "random scores", &[]);
    (0..n).map(|_| stream.unit() as f32).collect()
}

/// Which rows are shared, `[n]`. Batches are cut from one seeded order of the rows.
///
/// # Errors
/// When a score is NaN.
pub fn select(
    scores: &[f32],
    instances: &Instances,
    config: &SelectConfig,
    batch: usize,
    seed: u64,
) -> Result<Vec<bool>> {
    let order = Stream::new(seed, "select order", &[]).permutation(instances.len());
    Ok(mask::cut(scores, &instances.scenarios, &order, config.ratio, config.by, batch)?)
}

#[cfg(test)]
mod tests {
    use super::soft;

    #[test]
    fn soft_lists_follow_the_probability_and_change_by_epoch() {
        let scores: Vec<f32> = (0..20_000).map(|i| if i < 10_000 { -2.0 } else { 1.0 }).collect();
        let list = soft(&scores, 1, 0);
        let part = |of: &[bool]| of.iter().filter(|b| **b).count() as f64 / of.len() as f64;
        // σ(−2) and σ(1), within four standard errors of a share of 10,000 rows.
        assert!((part(&list[..10_000]) - 0.1192).abs() < 0.013);
        assert!((part(&list[10_000..]) - 0.7311).abs() < 0.018);
        assert_eq!(list, soft(&scores, 1, 0));
        assert_ne!(list, soft(&scores, 1, 1));
        assert_ne!(list, soft(&scores, 2, 0));
    }
}
