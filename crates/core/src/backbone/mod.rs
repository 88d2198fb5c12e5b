//! CTR backbones: embedded rows in, one logit per (row, tower) out.
//!
//! A backbone is one file here and one line in [`REGISTRY`].

mod dnn;

use crate::embedding::Lookup;
use crate::error::{Error, Result};
use crate::layer::{Pass, RowPass};
use crate::routing::Routing;
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};

/// A network with one tower per scenario (or one for all).
pub trait Backbone: Send + Sync {
    /// Logits `[n]` of tower `k` for embedded rows `e`, `[n, F·D]`.
    ///
    /// # Errors
    /// Only what candle reports.
    fn tower(&self, k: usize, e: &Tensor, rows: &RowPass) -> Result<Tensor>;

    /// Logits of every tower for the rows it sees: element `k` is `[routing.tower(k).len()]`.
    /// Backbones whose towers depend on each other override this.
    ///
    /// # Errors
    /// Only what candle reports.
    fn logits(&self, lookup: &Lookup, routing: &Routing, pass: &Pass) -> Result<Vec<Tensor>> {
        (0..routing.towers())
            .map(|k| {
                let rows = routing.tower(k);
                self.tower(k, &lookup.rows(rows)?, &pass.rows(rows, k))
            })
            .collect()
    }
}

/// Everything needed to build a backbone's network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackboneConfig {
    /// Name in the [`REGISTRY`].
    pub backbone: String,
    /// Width of an embedded row, `F·D`.
    pub width: usize,
    /// Hidden widths of every tower.
    pub mlp: Vec<usize>,
    /// Number of cross layers, for backbones that have them.
    pub cross: usize,
    /// Number of towers: one (`st`), or one per scenario.
    pub towers: usize,
}

type Build = fn(&BackboneConfig, VarBuilder) -> Result<Box<dyn Backbone>>;

/// All backbones by name.
pub const REGISTRY: &[(&str, Build)] = &[("dnn", dnn::build)];

/// Names of all backbones.
pub fn names() -> Vec<&'static str> {
    REGISTRY.iter().map(|(name, _)| *name).collect()
}

/// Builds the backbone that the configuration names.
///
/// # Errors
/// When there is none of that name, a size is 0, or given parameters have other shapes.
pub fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let sizes = config.mlp.iter().chain([&config.width, &config.towers]);
    if config.mlp.is_empty() || sizes.into_iter().any(|n| *n == 0) {
        return Err(Error::Config(format!("backbone: sizes must be positive, got {config:?}")));
    }
    match REGISTRY.iter().find(|(name, _)| *name == config.backbone) {
        Some((_, build)) => build(config, vb),
        None => Err(Error::Config(format!(
            "backbone: expected one of {}, got \"{}\"",
            names().join(", "),
            config.backbone
        ))),
    }
}
