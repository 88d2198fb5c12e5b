//! Select: between the phases, the frozen selector scores every row once, and a cut of the scores
//! makes the list.
//!
//! The scores hold for every ratio, every epoch, every seed and every model that is trained on the
//! list later.

use crate::config::SelectConfig;
use crate::error::Result;
use crate::ranks::{agreed, each};
use crate::setup::Setup;
use ssim_core::borrowers::Borrowers;
use ssim_core::instances::Instances;
use ssim_core::layer::Pass;
use ssim_core::mask;
use ssim_core::model::sigmoid;
use ssim_core::rng::Stream;
use ssim_core::selector::Scorer;

/// A list of shared rows with the scores that it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// Raw scores, `[n]`; all 0 where no score made the list.
    pub scores: Vec<f32>,
    /// The shared rows, `[n]`.
    pub shared: Vec<bool>,
    /// The scenarios whose towers they train, if not all.
    pub borrowers: Option<Borrowers>,
}

impl List {
    /// A list of rows without scores.
    pub fn unscored(shared: Vec<bool>) -> Self {
        Self { scores: vec![0.0; shared.len()], shared, borrowers: None }
    }
}

impl From<Vec<bool>> for List {
    fn from(shared: Vec<bool>) -> Self {
        Self::unscored(shared)
    }
}

/// Raw scores `z [n]` of all rows; each rank scores its part.
///
/// # Errors
/// When candle reports an error, or a rank is gone.
pub fn score(setup: &Setup, scorer: &Scorer, instances: &Instances) -> Result<Vec<f32>> {
    each(setup.ranks, instances.len(), |part| {
        let rows: Vec<u32> = (part.start as u32..part.end as u32).collect();
        Ok(scorer.score(instances, &rows, setup.device)?)
    })
}

/// A rule that draws a list anew for every epoch. An epoch sees a row once, unless
/// `train.scenario_power` repeats it, so this is the same as drawing anew for every batch.
pub enum Draw {
    /// The list is cut from scores with `select.dropout` in the selector.
    Dropout(Scorer),
    /// Each row is shared by itself, with the probability `p = σ(z)` of its score `z [n]`.
    Soft(Vec<f32>),
}

impl Draw {
    /// The list `[n]` of one epoch.
    ///
    /// # Errors
    /// When a score is NaN.
    pub fn list(&self, setup: &Setup, train: &Instances, epoch: u64) -> Result<Vec<bool>> {
        match self {
            Self::Dropout(scorer) => {
                let key = Stream::new(setup.seed, "select dropout", &[epoch]).bits();
                let pass = Pass::training(setup.config.select.dropout, key, 0);
                let rows: Vec<u32> = (0..train.len() as u32).collect();
                let Scorer { selector, table } = scorer;
                let scores = selector.score_with(table, train, &rows, setup.device, &pass)?;
                let scores = agreed(setup.ranks, scores)?;
                select(setup, &scores, train)
            }
            Self::Soft(scores) => Ok(soft(scores, setup.seed, epoch)),
        }
    }
}

/// The list of one epoch in which each row is shared with probability `σ(z)` of its score `z [n]`.
///
/// The objective is linear in a row's mask g under [`crate::config::Reduction::Batch`], so over the
/// draws it is the one in which p stands for g. The probability is the paper's, without the
/// temperature, which would make it a cut again.
pub fn soft(scores: &[f32], seed: u64, epoch: u64) -> Vec<bool> {
    let mut stream = Stream::new(seed, "soft list", &[epoch]);
    scores.iter().map(|z| stream.unit() < f64::from(sigmoid(*z))).collect()
}

/// Random scores `[n]`, which make the list of `ssim-r`.
pub fn random_scores(n: usize, seed: u64) -> Vec<f32> {
    let mut stream = Stream::new(seed, "random scores", &[]);
    (0..n).map(|_| stream.unit() as f32).collect()
}

/// The shared rows `[n]` by a setup's settings; see [`cut`].
///
/// # Errors
/// When a score is NaN.
pub fn select(setup: &Setup, scores: &[f32], instances: &Instances) -> Result<Vec<bool>> {
    let config = setup.config;
    cut(scores, instances, &config.select, config.train.batch, setup.seed)
}

/// The shared rows `[n]`: the share `ratio` of rows with the best scores `[n]`, cut from the pools
/// that `by` names. Batches of `batch` rows are cut from one seeded order of the rows.
///
/// # Errors
/// When a score is NaN.
///
/// ```
/// use ssim_core::instances::Instances;
/// use ssim_core::mask::Pool;
/// use ssim_train::{config::SelectConfig, select::cut};
///
/// let rows = Instances { labels: vec![0; 4], scenarios: vec![0, 0, 1, 1], ..Instances::default() };
/// let mut select = SelectConfig { ratio: 0.5, by: Pool::Global, ..SelectConfig::default() };
/// let scores = [2.1, 1.7, 1.5, -0.3];
/// assert_eq!(cut(&scores, &rows, &select, 1024, 1)?, [true, true, false, false]);
/// select.by = Pool::Scenario;
/// assert_eq!(cut(&scores, &rows, &select, 1024, 1)?, [true, false, true, false]);
/// # Ok::<(), ssim_train::Error>(())
/// ```
pub fn cut(
    scores: &[f32],
    instances: &Instances,
    select: &SelectConfig,
    batch: usize,
    seed: u64,
) -> Result<Vec<bool>> {
    let order = Stream::new(seed, "select order", &[]).permutation(instances.len());
    Ok(mask::cut(scores, &instances.scenarios, &order, select.ratio, select.by, batch)?)
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
