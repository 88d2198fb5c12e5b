//! Where the rows of a sample lie in the plane, by their embeddings.

use crate::sample;
use anyhow::Result;
use candle_core::Device;
use ssim_core::artifact::Projection;
use ssim_core::embedding::Lookup;
use ssim_core::host;
use ssim_core::instances::Instances;
use ssim_core::model::Model;
use ssim_viz::projection::{NEIGHBOURS, TsneConfig, Vectors, pca, trustworthiness, tsne};

/// Most rows that are projected: t-SNE takes time that grows with the square.
const ROWS: usize = 2000;
/// Steps of t-SNE; more change little at this size.
const ITERATIONS: usize = 600;

/// PCA and t-SNE of the embedded rows; rows that are left out get no position.
///
/// # Errors
/// Only what candle reports.
pub fn projections(model: &Model, rows: &Instances, scenarios: usize) -> Result<Vec<Projection>> {
    let chosen = sample::places(&rows.scenarios, scenarios, ROWS, 0);
    let lookup = Lookup::new(&model.embedding, rows, &chosen, &Device::Cpu, false);
    let high = host::to_vec(&lookup.all()?)?;
    // A handful of rows is no cloud.
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
