//! Between the phases: the frozen selector scores every row once, and a cut makes the list.
//!
//! The scores hold for every ratio, every epoch, every seed and every model that is trained on
//! the list later.

use crate::config::SelectConfig;
use crate::error::Result;
use crate::search::Searched;
use crate::setup::Setup;
use candle_core::Device;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::layer::Pass;
use ssim_core::mask;
use ssim_core::rng::Stream;
use ssim_core::selector::Selector;

/// Raw scores `z [n]` of all rows.
///
/// # Errors
/// Only what candle reports.
pub fn score(
    selector: &Selector,
    embedding: &Embedding,
    instances: &Instances,
    device: &Device,
) -> Result<Vec<f32>> {
    let rows: Vec<u32> = (0..instances.len() as u32).collect();
    Ok(selector.score(embedding, instances, &rows, device)?)
}

/// The list `[n]` of one epoch where the selector scores with dropout: drawn anew for every epoch,
/// which is the same as anew for every batch, since an epoch sees a row once.
///
/// # Errors
/// When a score is NaN.
pub fn redraw(
    setup: &Setup,
    searched: &Searched,
    train: &Instances,
    epoch: u64,
) -> Result<Vec<bool>> {
    let Setup { config, seed, device, .. } = *setup;
    let key = Stream::new(seed, "select dropout", &[epoch]).bits();
    let pass = Pass::training(config.select.dropout, key, 0);
    let rows: Vec<u32> = (0..train.len() as u32).collect();
    let Searched { selector, embedding, .. } = searched;
    let scores = selector.score_with(embedding, train, &rows, device, &pass)?;
    select(&scores, train, &config.select, config.train.batch, seed)
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
