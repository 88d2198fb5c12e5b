//! CTR backbones. A backbone takes embedded rows and gives one logit per pair of row and tower.
//!
//! Each backbone is a file in this folder and a line in [`REGISTRY`].

mod dcn;
mod deepfm;
mod dffm;
mod dnn;
mod hmoe;
mod star;

use crate::bounds;
use crate::embedding::Lookup;
use crate::error::{Error, Result};
use crate::layer::{PartitionedNorm, Pass, RowPass};
use crate::routing::Routing;
use candle_core::{DType, Tensor};
use candle_nn::VarBuilder;
pub use dffm::DffmConfig;
pub use hmoe::HmoeConfig;
use serde::{Deserialize, Serialize};
pub use star::StarConfig;

/// A network with one tower per scenario, or a single tower for all.
pub trait Backbone: Send + Sync {
    /// Computes values of a row that all towers need, once for every row of the slice, however many
    /// towers see it. The result is tensors `[m, …]`; [`Backbone::tower`] gets the rows that the
    /// tower sees. By default there are none.
    ///
    /// # Errors
    /// Only what candle reports.
    fn common(&self, _: &Lookup, _: &Pass) -> Result<Vec<Tensor>> {
        Ok(Vec::new())
    }

    /// Computes the logits `[n]` of tower `k` for embedded rows `e` `[n, F·D]`. `common` has the
    /// same rows of the tensors of [`Backbone::common`], `[n, …]` each.
    ///
    /// # Errors
    /// Only what candle reports.
    fn tower(&self, k: usize, e: &Tensor, common: &[Tensor], rows: &RowPass) -> Result<Tensor>;

    /// How the backbone's published code reduces the losses of rows to one number.
    fn reduction(&self) -> Reduction {
        Reduction::Batch
    }

    /// The normalisation of embedded rows, if the backbone has one. Training must then compute the
    /// moments of every batch ([`crate::model::Model::moments`]).
    fn norm(&self) -> Option<&PartitionedNorm> {
        None
    }
}

/// How the losses of rows are reduced to one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// One mean over the batch, in which a shared row counts 1/K for each tower.
    Batch,
    /// The sum over towers of a mean per tower.
    Scenario,
}

/// Computes the logits of every tower for the rows it sees; element `k` is
/// `[routing.tower(k).len()]`.
///
/// # Errors
/// Only what candle reports.
pub fn logits(
    backbone: &dyn Backbone,
    lookup: &Lookup,
    routing: &Routing,
    pass: &Pass,
) -> Result<Vec<Tensor>> {
    let common = backbone.common(lookup, pass)?;
    // Without gradients all towers that see every row can share one embedded copy of the rows. With
    // gradients each tower gets a leaf of its own.
    let sees_all = |k: usize| routing.tower(k).iter().copied().eq(0..lookup.len() as u32);
    let whole = (!lookup.tracks() && (0..routing.towers()).any(sees_all))
        .then(|| lookup.embed(&lookup.places()))
        .transpose()?;
    let mut logits = Vec::with_capacity(routing.towers());
    for k in 0..routing.towers() {
        let rows = routing.tower(k);
        if rows.is_empty() {
            logits.push(Tensor::zeros(0, DType::F32, lookup.device())?);
            continue;
        }
        let seen = pass.rows(rows, k);
        if let Some((e, repeats)) = whole.as_ref().filter(|_| sees_all(k)) {
            let seen = seen.with_repeats(e, repeats.clone());
            logits.push(backbone.tower(k, e, &common, &seen)?);
            continue;
        }
        let at = Tensor::new(rows, lookup.device())?;
        let common: Vec<Tensor> =
            common.iter().map(|c| c.index_select(&at, 0)).collect::<Result<_, _>>()?;
        let (e, repeats) = lookup.embed(rows)?;
        logits.push(backbone.tower(k, &e, &common, &seen.with_repeats(&e, repeats))?);
    }
    Ok(logits)
}

/// The sizes that a backbone's network is built from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BackboneConfig {
    /// Name in the [`REGISTRY`].
    pub backbone: String,
    /// Width of an embedded row, `F·D`.
    pub width: usize,
    /// Width of an embedded field, `D`. A model takes it from its table. Old files do not have it.
    #[serde(default)]
    pub dim: usize,
    /// Hidden widths of every tower.
    pub mlp: Vec<usize>,
    /// Number of cross layers, for backbones that have them.
    pub cross: usize,
    /// Number of towers: one (`st`), or one per scenario.
    pub towers: usize,
    /// Position of the field whose values are the scenarios, if there is one.
    #[serde(default)]
    pub scenario_field: Option<usize>,
    /// Further settings of STAR.
    #[serde(default)]
    pub star: StarConfig,
    /// Further settings of HMoE.
    #[serde(default)]
    pub hmoe: HmoeConfig,
    /// Further settings of DFFM.
    #[serde(default)]
    pub dffm: DffmConfig,
}

impl BackboneConfig {
    /// Number of fields, `F`.
    pub fn fields(&self) -> usize {
        self.width / self.dim.max(1)
    }

    /// Width of the last hidden layer of `mlp`; without hidden layers that of the embedded row.
    fn last(&self) -> usize {
        self.mlp.last().copied().unwrap_or(self.width)
    }

    /// Checks the sizes.
    ///
    /// # Errors
    /// When a size is out of its [`bounds`], or the width of a row is not a multiple of the width of a
    /// field.
    pub(crate) fn check(&self) -> Result<()> {
        bounds::widths("model.mlp", &self.mlp)?;
        for (key, size) in [
            ("model.dim", self.dim),
            ("model.cross", self.cross),
            ("backbone.width", self.width),
            ("backbone.towers", self.towers),
        ] {
            bounds::one(key, size as u64)?;
        }
        if !self.width.is_multiple_of(self.dim) {
            return Err(Error::Config(format!(
                "backbone: width {} is no multiple of the embedding's {}",
                self.width, self.dim
            )));
        }
        self.star.check()?;
        self.hmoe.check()?;
        self.dffm.check()
    }
}

/// An error about the setting `key`, unless `ok`.
fn expect(ok: bool, key: &str, expected: &str, got: impl std::fmt::Debug) -> Result<()> {
    if ok {
        return Ok(());
    }
    Err(Error::Config(format!("{key}: expected {expected}, got {got:?}")))
}

/// A function that builds a backbone's network.
pub type Build = fn(&BackboneConfig, VarBuilder) -> Result<Box<dyn Backbone>>;

/// All backbones by name.
pub const REGISTRY: &[(&str, Build)] = &[
    ("dnn", dnn::build),
    ("deepfm", deepfm::build),
    ("dcn", dcn::build),
    ("star", star::build),
    ("hmoe", hmoe::build),
    ("dffm", dffm::build),
];

/// Names of all backbones.
pub fn names() -> Vec<&'static str> {
    REGISTRY.iter().map(|(name, _)| *name).collect()
}

/// The function that builds the backbone of this name.
///
/// # Errors
/// When the registry has no such backbone.
pub fn find(name: &str) -> Result<Build> {
    REGISTRY.iter().find(|(known, _)| *known == name).map(|(_, build)| *build).ok_or_else(|| {
        let known = names().join(", ");
        Error::Config(format!("backbone: expected one of {known}, got \"{name}\""))
    })
}
