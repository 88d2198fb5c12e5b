//! Settings of a run: what people write, and the check that it makes sense.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
pub use ssim_core::backbone::Reduction;
use ssim_core::backbone::{DffmConfig, HmoeConfig, StarConfig};
pub use ssim_core::layer::Precision;
use ssim_core::mask::Pool;
use ssim_core::model::Model;

/// All settings, one section per part of the method; the defaults are the published AliMama ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The CTR model.
    pub model: ModelConfig,
    /// What else the backbone star needs.
    pub star: StarConfig,
    /// What else the backbone hmoe needs.
    pub hmoe: HmoeConfig,
    /// What else the backbone dffm needs.
    pub dffm: DffmConfig,
    /// The selection network.
    pub selector: SelectorSection,
    /// What both training phases have in common.
    pub train: TrainConfig,
    /// Phase 1.
    pub search: SearchConfig,
    /// In place of phase 1 where there is a teacher.
    pub distil: DistilConfig,
    /// Between the phases: the cut.
    pub select: SelectConfig,
    /// Phase 2.
    pub retrain: RetrainConfig,
}

/// Sizes of the CTR model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    /// Embedding width `D`.
    pub dim: usize,
    /// Hidden widths of every tower.
    pub mlp: Vec<usize>,
    /// Cross layers (dcn).
    pub cross: usize,
}

/// Sizes of the selection network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SelectorSection {
    /// Hidden widths.
    pub mlp: Vec<usize>,
    /// Whether every scenario has a head of its own.
    pub heads: Heads,
}

/// Which rows of the selector's output layer score a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Heads {
    /// Those of the row's scenario.
    #[default]
    Scenario,
    /// One head for all scenarios.
    One,
}

/// What both training phases have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Rows per step.
    pub batch: usize,
    /// Rows per evaluation block.
    pub eval_batch: usize,
    /// How embedding rows are updated.
    pub embedding_optimizer: EmbeddingOptimizer,
    /// A new order of the rows in every epoch; off: the order of the first epoch again, as the
    /// published code does.
    pub shuffle: bool,
    /// Number format of the products in hidden layers while training and validating. What is kept
    /// (scores, lists, metrics of the test) is computed in f32 all the same.
    pub precision: Precision,
    /// Steps between checkpoints (one is written after every epoch in any case).
    pub checkpoint_steps: u64,
}

/// How embedding rows are updated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EmbeddingOptimizer {
    /// Dense Adam with coupled L2, exactly; steps a row has missed are replayed at its next visit.
    #[default]
    Adam,
    /// Adam on visited rows only: another regulariser, see the method's notes.
    LazyAdam,
    /// One accumulated squared gradient per row.
    RowwiseAdagrad,
}

/// Phase 1: backbone and selector learn together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SearchConfig {
    /// Passes over train.
    pub epochs: u64,
    /// Learning rate of embeddings and towers.
    pub lr: f64,
    /// Learning rate of the selection network.
    pub selector_lr: f64,
    /// Coupled L2 on embeddings and towers.
    pub l2: f64,
    /// λ, weight of the term that asks for sharing.
    pub lambda: f64,
    /// ε, the probability above which a row is shared.
    pub threshold: f64,
    /// T, the last step's temperature.
    pub final_temperature: f64,
    /// Dropout in the towers; star and hmoe have their own.
    pub dropout: f32,
    /// How row losses become one number.
    pub reduction: ReductionSetting,
    /// Form of the term that asks for sharing.
    pub kl: Kl,
    /// Whether a row's own loss counts for its mask.
    pub gradient: MaskGradient,
    /// Over what the temperature rises.
    pub anneal: Anneal,
    /// Added to the heads' initial biases; the published form starts some scenarios asleep.
    pub head_bias: f64,
    /// Part of the gradient that passes below the threshold (published: none).
    pub leak: f64,
}

/// How row losses become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReductionSetting {
    /// As the backbone's published code does.
    #[default]
    Auto,
    /// One mean over the batch; a shared row counts 1/K for each tower (published for DNN, DeepFM, DCN).
    Batch,
    /// A mean per tower, summed (published for STAR, HMoE; DFFM goes with them).
    Scenario,
}

impl ReductionSetting {
    /// What the setting means for a model.
    pub fn of(self, model: &Model) -> Reduction {
        match self {
            Self::Auto => model.reduction(),
            Self::Batch => Reduction::Batch,
            Self::Scenario => Reduction::Scenario,
        }
    }
}

/// Form of the term that asks for sharing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kl {
    /// e·(1 − mean g): what the published code computes.
    #[default]
    Linear,
    /// mean(−ln p): what the paper writes.
    Log,
}

/// Whether a row's own loss counts for its mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MaskGradient {
    /// Only the mean loss over all towers counts: what the published code computes.
    #[default]
    Official,
    /// The loss that sharing takes away is credited too.
    Relaxed,
}

/// Over what the temperature rises from 1 to T.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Anneal {
    /// Over all steps of the search.
    #[default]
    Total,
    /// Over each epoch, never reset, as published: epoch e runs from T^(e−1) to T^e.
    Epoch,
}

/// The selection network learns what a teacher says of each row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DistilConfig {
    /// Passes over train.
    pub epochs: u64,
    /// Learning rate of the selection network.
    pub lr: f64,
}

/// Between the phases: which rows are shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SelectConfig {
    /// Share of rows that go to every tower.
    pub ratio: f64,
    /// Over which rows the best are chosen.
    pub by: Pool,
    /// Dropout in the selection network while it scores. Above 0 the list is cut anew for every
    /// epoch of retrain, as in the published AliMama run, where its 0.3 is an oversight.
    pub dropout: f32,
}

/// Phase 2: a model is trained on the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RetrainConfig {
    /// Most passes over train; 0: the starting point is measured and kept.
    pub max_epochs: u64,
    /// Epochs without a better validation AUC that are waited for.
    pub patience: u64,
    /// Learning rate.
    pub lr: f64,
    /// Coupled L2.
    pub l2: f64,
    /// Dropout in the towers; star and hmoe have their own.
    pub dropout: f32,
    /// How row losses become one number.
    pub reduction: ReductionSetting,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self { dim: 16, mlp: vec![1024, 512, 256], cross: 3 }
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
            patience: 0,
            lr: 3e-4,
            l2: 3e-6,
            dropout: 0.3,
            reduction: ReductionSetting::default(),
        }
    }
}

impl Config {
    /// Checks every value, so that nobody has to look again.
    ///
    /// # Errors
    /// Names the setting, what was expected and what was found.
    pub fn check(&self) -> Result<()> {
        let Config { model, star, hmoe, dffm, selector, train, search, distil, select, retrain } =
            self;
        star.check()?;
        hmoe.check()?;
        dffm.check()?;
        let at_least_one = [
            ("model.dim", model.dim),
            ("train.batch", train.batch),
            ("train.eval_batch", train.eval_batch),
        ];
        for (key, n) in at_least_one {
            expect(n >= 1, key, "a positive number", n)?;
        }
        for (key, dims) in [("model.mlp", &model.mlp), ("selector.mlp", &selector.mlp)] {
            let positive = !dims.is_empty() && dims.iter().all(|n| *n > 0);
            expect(positive, key, "a list of positive widths", format!("{dims:?}"))?;
        }
        for (key, epochs) in [
            ("search.epochs", search.epochs),
            ("distil.epochs", distil.epochs),
            ("train.checkpoint_steps", train.checkpoint_steps),
        ] {
            expect(epochs >= 1, key, "at least 1", epochs)?;
        }
        for (key, lr) in [
            ("search.lr", search.lr),
            ("search.selector_lr", search.selector_lr),
            ("distil.lr", distil.lr),
            ("retrain.lr", retrain.lr),
            ("search.final_temperature", search.final_temperature),
        ] {
            expect(lr > 0.0 && lr.is_finite(), key, "a positive number", lr)?;
        }
        for (key, x) in [
            ("search.l2", search.l2),
            ("search.lambda", search.lambda),
            ("search.leak", search.leak),
            ("retrain.l2", retrain.l2),
        ] {
            expect(x >= 0.0 && x.is_finite(), key, "0 or more", x)?;
        }
        expect(search.head_bias.is_finite(), "search.head_bias", "a number", search.head_bias)?;
        for (key, p) in [
            ("search.dropout", search.dropout),
            ("select.dropout", select.dropout),
            ("retrain.dropout", retrain.dropout),
        ] {
            expect((0.0..1.0).contains(&p), key, "0 or more and below 1", p)?;
        }
        let e = search.threshold;
        expect(e > 0.0 && e < 1.0, "search.threshold", "between 0 and 1", e)?;
        expect((0.0..=1.0).contains(&select.ratio), "select.ratio", "0 to 1", select.ratio)
    }
}

fn expect(ok: bool, key: &str, expected: &str, got: impl std::fmt::Display) -> Result<()> {
    if ok {
        return Ok(());
    }
    Err(Error::Config(format!("{key}: expected {expected}, got {got}")))
}
