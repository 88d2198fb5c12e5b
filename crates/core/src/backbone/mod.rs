//! CTR backbones. A backbone takes embedded rows and gives one logit per pair of row and tower.
//!
//! Each backbone is a file in this folder and a line in [`REGISTRY`].

mod dcn;
mod deepfm;
mod dffm;
mod dnn;
pub(crate) mod ensemble;
mod hmoe;
mod mmoe;
mod pepnet;
mod ple;
mod routed_slice;
mod shared_bottom;
mod star;
mod weights;

use crate::bounds;
use crate::embedding::Lookup;
use crate::error::{Error, Result};
use crate::layer::{PartitionedNorm, Pass, RowPass};
use crate::routing::Routing;
use candle_core::Tensor;
use candle_nn::VarBuilder;
pub use dffm::DffmConfig;
pub use hmoe::HmoeConfig;
pub use mmoe::MmoeConfig;
pub use pepnet::PepnetConfig;
pub use ple::PleConfig;
pub use routed_slice::RoutedSlice;
use serde::{Deserialize, Serialize};
pub use star::StarConfig;
pub use weights::weights;

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

    /// Computes the logits `[P]` of all pairs of `routing`, in their order. `common` are the tensors
    /// of [`Backbone::common`].
    ///
    /// By default every tower works for itself. A backbone overrides this if its towers can work as
    /// one operation, which costs less where there are many.
    ///
    /// # Errors
    /// Only what candle reports.
    fn towers(&self, common: &[Tensor], slice: &RoutedSlice) -> Result<Tensor> {
        let of_tower = |_| common.to_vec();
        slice.tower_by_tower(&of_tower, &|k, e, common, rows| self.tower(k, e, common, rows))
    }

    /// Whether most of the work is in [`Backbone::common`]. A training step then gives each worker
    /// rows with all of their towers, and otherwise towers with their rows.
    fn works_by_row(&self) -> bool {
        false
    }

    /// Number of outputs of the layer that reads the embedded rows. If there are many, products of ids
    /// that rows repeat are made once ([`Lookup::for_layer`]); with 0, the default, they never are.
    fn first_layer(&self) -> usize {
        0
    }

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

/// Computes the logits `[P]` of all pairs of row and tower of `routing`, in their order.
///
/// # Errors
/// Only what candle reports.
pub fn logits(
    backbone: &dyn Backbone,
    lookup: &Lookup,
    routing: &Routing,
    pass: &Pass,
) -> Result<Tensor> {
    let common = backbone.common(lookup, pass)?;
    backbone.towers(&common, &RoutedSlice { lookup, routing, pass })
}

/// The sizes that a backbone's network is built from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackboneConfig {
    /// Name in the [`REGISTRY`].
    pub backbone: String,
    /// Width of an embedded row, `F·D`, of all members together.
    pub width: usize,
    /// Width of an embedded field, `D`, of all members together. A model takes it from its table. Old files do not have it.
    #[serde(default)]
    pub dim: usize,
    /// Hidden widths of every tower.
    pub mlp: Vec<usize>,
    /// Number of cross layers, for backbones that have them.
    pub cross: usize,
    /// Number of towers: one (`st`), or one per scenario.
    pub towers: usize,
    /// Number of networks whose logits are averaged, `M`. Files leave it out if there is one.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub members: usize,
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
    /// Further settings of MMoE. Files leave these and those below out if they are the defaults.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mmoe: MmoeConfig,
    /// Further settings of PLE.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ple: PleConfig,
    /// Further settings of PEPNet.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pepnet: PepnetConfig,
}

impl BackboneConfig {
    /// Number of fields, `F`.
    pub fn fields(&self) -> usize {
        self.width / self.dim.max(1)
    }

    /// The sizes of one member.
    pub(crate) fn member(&self) -> Self {
        let [width, dim] = [self.width, self.dim].map(|size| size / self.members);
        Self { width, dim, members: 1, ..self.clone() }
    }

    /// Width of the last hidden layer of `mlp`; without hidden layers that of the embedded row.
    fn last(&self) -> usize {
        self.mlp.last().copied().unwrap_or(self.width)
    }

    /// The widths of `mlp` as those of a network that all towers share and those of a tower on top of
    /// it: the tower has the last one, unless it is the only one.
    pub fn shared_and_own(&self) -> (&[usize], &[usize]) {
        let all = self.mlp.len();
        self.mlp.split_at(all.saturating_sub(1).max(1).min(all))
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
            ("backbone.members", self.members),
        ] {
            bounds::one(key, size as u64)?;
        }
        if !self.width.is_multiple_of(self.dim) {
            return Err(Error::Config(format!(
                "backbone: width {} is no multiple of the embedding's {}",
                self.width, self.dim
            )));
        }
        if !self.dim.is_multiple_of(self.members) {
            return Err(Error::Config(format!(
                "backbone: an embedding of width {} cannot be that of {} members",
                self.dim, self.members
            )));
        }
        self.star.check()?;
        self.hmoe.check()?;
        self.dffm.check()?;
        self.mmoe.check()?;
        self.ple.check()?;
        self.pepnet.check()
    }
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(value: &usize) -> bool {
    *value == 1
}

impl Default for BackboneConfig {
    fn default() -> Self {
        Self {
            backbone: String::new(),
            width: 0,
            dim: 0,
            mlp: Vec::new(),
            cross: 0,
            towers: 0,
            members: 1,
            scenario_field: None,
            star: StarConfig::default(),
            hmoe: HmoeConfig::default(),
            dffm: DffmConfig::default(),
            mmoe: MmoeConfig::default(),
            ple: PleConfig::default(),
            pepnet: PepnetConfig::default(),
        }
    }
}

/// Whether a value is that of its type's `Default`.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
    ("shared-bottom", shared_bottom::build),
    ("mmoe", mmoe::build),
    ("ple", ple::build),
    ("pepnet", pepnet::build),
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
