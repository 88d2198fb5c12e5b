//! CTR backbones: embedded rows in, one logit per (row, tower) out.
//!
//! A backbone is one file here and one line in [`REGISTRY`].

mod dcn;
mod deepfm;
mod dffm;
mod dnn;
mod hmoe;
mod star;

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

/// A network with one tower per scenario (or one for all).
pub trait Backbone: Send + Sync {
    /// What all towers need of a row, computed once for every row of the slice however many towers
    /// see it: tensors `[m, …]`, of which [`Backbone::tower`] gets its rows. Nothing by default.
    ///
    /// # Errors
    /// Only what candle reports.
    fn common(&self, _: &Lookup, _: &Pass) -> Result<Vec<Tensor>> {
        Ok(Vec::new())
    }

    /// Logits `[n]` of tower `k` for embedded rows `e`, `[n, F·D]`; `common` holds the same rows of
    /// what [`Backbone::common`] gave, `[n, …]` each.
    ///
    /// # Errors
    /// Only what candle reports.
    fn tower(&self, k: usize, e: &Tensor, common: &[Tensor], rows: &RowPass) -> Result<Tensor>;

    /// How its published code makes one number of row losses.
    fn reduction(&self) -> Reduction {
        Reduction::Batch
    }

    /// The normalisation of embedded rows, where there is one: whoever trains gives it the moments of
    /// every batch ([`crate::model::Model::moments`]).
    fn norm(&self) -> Option<&PartitionedNorm> {
        None
    }
}

/// How row losses become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// One mean over the batch; a shared row counts 1/K for each tower.
    Batch,
    /// A mean per tower, summed.
    Scenario,
}

/// Logits of every tower for the rows it sees: element `k` is `[routing.tower(k).len()]`.
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
    // Without gradients, towers that see every row look at one copy of them.
    let everything = |k: usize| routing.tower(k).iter().copied().eq(0..lookup.len() as u32);
    let whole = (!lookup.tracks() && (0..routing.towers()).any(everything))
        .then(|| lookup.all())
        .transpose()?;
    let tower = |k| {
        let rows = routing.tower(k);
        if rows.is_empty() {
            return Ok(Tensor::zeros(0, DType::F32, lookup.device())?);
        }
        let seen = pass.rows(rows, k);
        if let Some(whole) = whole.as_ref().filter(|_| everything(k)) {
            return backbone.tower(k, whole, &common, &seen);
        }
        let at = Tensor::new(rows, lookup.device())?;
        let common: Vec<Tensor> =
            common.iter().map(|c| c.index_select(&at, 0)).collect::<Result<_, _>>()?;
        backbone.tower(k, &lookup.rows(rows)?, &common, &seen)
    };
    (0..routing.towers()).map(tower).collect()
}

/// Everything needed to build a backbone's network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BackboneConfig {
    /// Name in the [`REGISTRY`].
    pub backbone: String,
    /// Width of an embedded row, `F·D`.
    pub width: usize,
    /// Width of an embedded field, `D`. A model takes it from its table; files from when no backbone
    /// asked for it do not have it.
    #[serde(default)]
    pub dim: usize,
    /// Hidden widths of every tower.
    pub mlp: Vec<usize>,
    /// Number of cross layers, for backbones that have them.
    pub cross: usize,
    /// Number of towers: one (`st`), or one per scenario.
    pub towers: usize,
    /// Position of the field that says the scenario, where there is one.
    #[serde(default)]
    pub scenario_field: Option<usize>,
    /// What else STAR needs.
    #[serde(default)]
    pub star: StarConfig,
    /// What else HMoE needs.
    #[serde(default)]
    pub hmoe: HmoeConfig,
    /// What else DFFM needs.
    #[serde(default)]
    pub dffm: DffmConfig,
}

impl BackboneConfig {
    /// Number of fields, `F`.
    pub fn fields(&self) -> usize {
        self.width / self.dim.max(1)
    }

    /// Width of the last hidden layer of `mlp`.
    fn last(&self) -> usize {
        self.mlp.last().copied().unwrap_or(self.width)
    }

    /// # Errors
    /// When a size is 0, or a row is not made of whole fields.
    pub(crate) fn check(&self) -> Result<()> {
        let sizes = self.mlp.iter().chain([&self.width, &self.dim, &self.towers]);
        if self.mlp.is_empty() || sizes.into_iter().any(|n| *n == 0) {
            return Err(Error::Config(format!("backbone: sizes must be positive, got {self:?}")));
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

fn expect(ok: bool, key: &str, expected: &str, got: impl std::fmt::Debug) -> Result<()> {
    if ok {
        return Ok(());
    }
    Err(Error::Config(format!("{key}: expected {expected}, got {got:?}")))
}

/// Makes a backbone's network.
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

/// The maker of the backbone with this name.
///
/// # Errors
/// When there is none.
pub fn find(name: &str) -> Result<Build> {
    REGISTRY.iter().find(|(known, _)| *known == name).map(|(_, build)| *build).ok_or_else(|| {
        let known = names().join(", ");
        Error::Config(format!("backbone: expected one of {known}, got \"{name}\""))
    })
}
