//! Places the rows of a sample in the plane, so that rows with similar embeddings lie close.

use crate::run::sample;
use anyhow::Result;
use candle_core::Device;
use ssim_core::artifact::Projection;
use ssim_core::embedding::Lookup;
use ssim_core::instances::Instances;
use ssim_core::model::Model;
use ssim_core::tensor;
use ssim_viz::projection::{NEIGHBOURS, TsneConfig, Vectors, pca, trustworthiness, tsne};

/// Upper limit of the projected rows, because the time of t-SNE grows with their square.
const ROWS: usize = 2000;
/// Steps of t-SNE. With this number of rows, more steps change little.
const ITERATIONS: usize = 600;

/// Projects the embedded rows by PCA and by t-SNE. A row that is left out gets NaN as position.
///
/// # Errors
/// Returns errors of candle only.
pub fn projections(model: &Model, rows: &Instances, scenarios: usize) -> Result<Vec<Projection>> {
    let chosen = sample::places(&rows.scenarios, scenarios, ROWS, 0);
    let lookup = Lookup::new(&model.embedding, rows, &chosen, &Device::Cpu, false);
    let high = tensor::to_vec(&lookup.all()?)?;
    // Fewer than two rows cannot be projected, and neither can values that are not finite.
    let Ok(vectors) = Vectors::new(&high, lookup.width()) else { return Ok(Vec::new()) };
    let config = TsneConfig { iterations: ITERATIONS, ..TsneConfig::default() };
    let found = [("pca", pca(vectors).positions), ("tsne", tsne(vectors, &config).positions)];
    let projections = found.into_iter().filter_map(|(name, low)| {
        let mut at = vec![f32::NAN; 2 * rows.len()];
        for (row, p) in chosen.iter().zip(&low) {
            at[2 * *row as usize..][..2].copy_from_slice(p);
        }
        let trustworthiness = trustworthiness(vectors, &low, NEIGHBOURS).ok()?;
        Some(Projection { name: name.to_owned(), trustworthiness, at })
    });
    Ok(projections.collect())
}
