//! The settings of a run as people write them. Their values are checked in `config/check.rs`.
//!
//! The comments of the settings are the text of the book's settings page.

mod check;
mod mamdr;
mod reduction;

pub use mamdr::MamdrConfig;
pub use reduction::ReductionSetting;
use serde::{Deserialize, Serialize};
pub use ssim_core::backbone::Reduction;
use ssim_core::backbone::{
    DffmConfig, HmoeConfig, MmoeConfig, PepnetConfig, PleConfig, StarConfig,
};
pub use ssim_core::layer::Precision;
use ssim_core::mask::Pool;

/// All settings, one section per part of the method. The defaults are the published settings for
/// AliMama, whose rows are millions; the program chooses others for smaller logs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The model that predicts clicks.
    pub model: ModelConfig,
    /// Settings that only the backbone star uses.
    pub star: StarConfig,
    /// Settings that only the backbone hmoe uses.
    pub hmoe: HmoeConfig,
    /// Settings that only the backbone dffm uses.
    pub dffm: DffmConfig,
    /// Settings that only the backbone mmoe uses.
    pub mmoe: MmoeConfig,
    /// Settings that only the backbone ple uses.
    pub ple: PleConfig,
    /// Settings that only the backbone pepnet uses.
    pub pepnet: PepnetConfig,
    /// The selection network.
    pub selector: SelectorSection,
    /// Settings that all training phases share.
    pub train: TrainConfig,
    /// Search: the backbone and the selection network are trained together.
    pub search: SearchConfig,
    /// Distil: in `ssim+` the selection network learns from a teacher model instead of a search.
    pub distil: DistilConfig,
    /// Select: the best-scored rows become the list of shared rows.
    pub select: SelectConfig,
    /// Retrain: a model is trained on the list.
    pub retrain: RetrainConfig,
    /// MAMDR: inner loops over scenarios, each with an outer step; only dn and mamdr have them.
    pub mamdr: MamdrConfig,
}

/// Sizes of the model that predicts clicks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    /// Width `D` of the embedding of a field.
    pub dim: usize,
    /// Widths of the hidden layers; star and hmoe have settings of their own. In shared-bottom, mmoe and
    /// ple the last width is that of a tower, and the others are those of the part below the towers.
    pub mlp: Vec<usize>,
    /// Number of cross layers; only dcn has them.
    pub cross: usize,
    /// Number of members: models from one seed each, the run's and those after it, whose logits are averaged.
    pub members: usize,
}

/// Sizes of the selection network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SelectorSection {
    /// Widths of the hidden layers.
    pub mlp: Vec<usize>,
    /// Number of heads (output layers) that score the rows.
    pub heads: Heads,
}

/// Number of heads (output layers) of the selection network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Heads {
    /// One per scenario; a row is scored by the head of its scenario.
    #[default]
    Scenario,
    /// One for all scenarios.
    One,
}

/// Settings that all training phases share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Rows in a batch; a training step learns from one batch.
    pub batch: usize,
    /// Rows that are predicted at a time when a model is evaluated.
    pub eval_batch: usize,
    /// Optimiser of the embedding table.
    pub embedding_optimizer: EmbeddingOptimizer,
    /// On: every epoch has a new order of the rows. Off: all epochs have the order of the first, as
    /// in the published code.
    pub shuffle: bool,
    /// p: how often an epoch meets a scenario, in proportion to n^p for a scenario of n rows
    /// (temperature sampling, with the temperature 1/p). 1: every row comes once. 0: all scenarios come
    /// equally often. Below 1, rows of small scenarios come several times, and some rows of large ones
    /// are left out; an epoch has as many rows as with 1.
    pub scenario_power: f64,
    /// Number format of the matrix products in hidden layers, in training and in validation.
    /// Scores, lists and test metrics are computed in f32 in any case.
    pub precision: Precision,
    /// Training steps between two checkpoints. After every epoch there is one in any case.
    pub checkpoint_steps: u64,
}

/// Optimiser of the embedding table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EmbeddingOptimizer {
    /// Adam with coupled L2 on the whole table. A row that was in no batch for some steps catches
    /// up on them when it is needed next, so the result is exact.
    #[default]
    Adam,
    /// Adam on the rows of the batch only. L2 and momentum do not move the other rows, so the model
    /// that comes out is another one.
    LazyAdam,
    /// Adagrad on the rows of the batch only, with one accumulator per row.
    RowwiseAdagrad,
}

/// Search: the backbone and the selection network are trained together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SearchConfig {
    /// Passes over the training rows.
    pub epochs: u64,
    /// Learning rate of embeddings and towers.
    pub lr: f64,
    /// Learning rate of the selection network.
    pub selector_lr: f64,
    /// Coupled L2 of embeddings and towers: this times a weight is added to the weight's gradient.
    pub l2: f64,
    /// λ, the weight of the term that asks for sharing.
    pub lambda: f64,
    /// ε: a row is shared when its probability is above this value.
    pub threshold: f64,
    /// T, the temperature at the last step.
    pub final_temperature: f64,
    /// Dropout probability in the towers; star and hmoe have settings of their own.
    pub dropout: f32,
    /// How the losses of a batch's rows become one number.
    pub reduction: ReductionSetting,
    /// Form of the term that asks for sharing.
    pub kl: Kl,
    /// Losses in the gradient of a row's mask.
    pub gradient: MaskGradient,
    /// Steps over which the temperature rises.
    pub anneal: Anneal,
    /// Added to the initial bias of every head. The published code adds nothing, and then scenarios
    /// may start with all of their rows below the threshold, where rows get no gradient.
    pub head_bias: f64,
    /// Part of the pull towards sharing that rows below the threshold feel too. In the published
    /// code they get no gradient.
    pub leak: f64,
}

/// Form of the term that asks for sharing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kl {
    /// e·(1 − mean g) with the mask g, as in the published code.
    #[default]
    Linear,
    /// mean(−ln p) with the probability p, as in the paper.
    Log,
}

/// Losses in the gradient of a row's mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MaskGradient {
    /// The row's mean loss over all towers, as in the published code.
    #[default]
    Official,
    /// The same, less the loss that the row would have as a private row.
    Relaxed,
}

/// Steps over which the temperature rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Anneal {
    /// From 1 to T over all steps of the search.
    #[default]
    Total,
    /// From T^(e−1) to T^e over epoch e, as in the published code; it is never reset.
    Epoch,
}

/// Distil: the selection network learns the score that a teacher model gives to each row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DistilConfig {
    /// Passes over the training rows.
    pub epochs: u64,
    /// Learning rate of the selection network.
    pub lr: f64,
}

/// Select: the best-scored rows become the list of shared rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SelectConfig {
    /// Part of the rows that are shared, from 0 to 1.
    pub ratio: f64,
    /// Group of rows among which the best are chosen.
    pub by: Pool,
    /// Dropout probability in the selection network while it scores. Above 0, every epoch of
    /// retrain gets a new list. The published AliMama run does so with 0.3, by an oversight.
    pub dropout: f32,
}

/// Retrain: a model is trained on the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RetrainConfig {
    /// Largest number of passes over the training rows. With 0 the starting weights are evaluated
    /// and kept.
    pub max_epochs: u64,
    /// Metric of the validation rows by which epochs are compared: the best epoch is kept.
    pub stop: Stop,
    /// Training stops when more epochs than this have passed without a better value of this metric.
    pub patience: u64,
    /// Learning rate of embeddings and towers.
    pub lr: f64,
    /// Learning rate of a training that goes on from a fitted model, as `finetune`, `mt-from-st` and
    /// `mt-from-mt-s` do, in parts of `retrain.lr`.
    pub continued_lr: f64,
    /// Part of the average over the epochs before in the average after an epoch, from 0 to below 1. This
    /// average of the weights is judged and kept in place of the epoch's own weights. With 0, as in the
    /// published code, the weights are kept as they are.
    pub average: f32,
    /// Coupled L2 of embeddings and towers: this times a weight is added to the weight's gradient.
    pub l2: f64,
    /// Dropout probability in the towers; star and hmoe have settings of their own.
    pub dropout: f32,
    /// How the losses of a batch's rows become one number.
    pub reduction: ReductionSetting,
    /// Towers that a shared row trains in a step: its own, and others that are drawn anew for every
    /// step and count for those that are not, so that the objective stays the same in expectation
    /// (from 2 on; with 1 the other towers are left out). 0: all towers, as in the published code,
    /// which takes time in proportion to the scenarios.
    pub towers_per_row: usize,
}

/// Metric of the validation rows by which epochs are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Stop {
    /// The AUC of all rows together, in which a large scenario counts most.
    #[default]
    Pooled,
    /// The mean of the scenarios' AUCs, in which all scenarios count alike. Scenarios whose validation
    /// rows are all clicked, or all not, are left out.
    Mean,
    /// The mean of these AUCs, in which a scenario counts with its rows: GAUC by scenario.
    Gauc,
    /// The logloss of all rows together.
    Logloss,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self { dim: 16, mlp: vec![1024, 512, 256], cross: 3, members: 1 }
    }
}

impl Default for SelectorSection {
    fn default() -> Self {
        Self { mlp: vec![1024, 512, 256], heads: Heads::default() }
    }
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            batch: 4096,
            eval_batch: 40960,
            embedding_optimizer: EmbeddingOptimizer::default(),
            shuffle: true,
            scenario_power: 1.0,
            precision: Precision::default(),
            checkpoint_steps: 1000,
        }
    }
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self {
            epochs: 1,
            lr: 3e-4,
            selector_lr: 1e-4,
            l2: 3e-6,
            lambda: 1.0,
            threshold: 0.49,
            final_temperature: 1000.0,
            dropout: 0.0,
            reduction: ReductionSetting::default(),
            kl: Kl::default(),
            gradient: MaskGradient::default(),
            anneal: Anneal::default(),
            head_bias: 0.0,
            leak: 0.0,
        }
    }
}

impl Default for DistilConfig {
    fn default() -> Self {
        Self { epochs: 1, lr: 1e-3 }
    }
}

impl Default for SelectConfig {
    fn default() -> Self {
        Self { ratio: 0.3, by: Pool::default(), dropout: 0.0 }
    }
}

impl Default for RetrainConfig {
    fn default() -> Self {
        Self {
            max_epochs: 20,
            stop: Stop::default(),
            patience: 0,
            lr: 3e-4,
            continued_lr: 1.0,
            average: 0.0,
            l2: 3e-6,
            dropout: 0.3,
            reduction: ReductionSetting::default(),
            towers_per_row: 0,
        }
    }
}
