//! Everything about an artifact but its rows.

use serde::{Deserialize, Serialize};
use ssim_figure::measured::Measured;
use ssim_figure::report::{ListLine, RunLine};

/// Everything about an artifact but its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Name of the data set.
    pub dataset: String,
    /// Program and version that wrote the file.
    pub writer: String,
    /// Hash of what gives ids their meaning.
    pub fingerprint: String,
    /// Whether a generator made the data, and told which rows follow the common preference.
    pub synthetic: bool,
    /// Names of the scenarios.
    pub scenarios: Vec<String>,
    /// Rows of the sample.
    pub rows: usize,
    /// For how many rows of the whole a row of each scenario stands.
    pub weights: Vec<f64>,
    /// The fields of a row.
    pub fields: Vec<FieldLine>,
    /// The CTR model.
    pub model: ModelSize,
    /// The selection network, where there is one.
    pub selector: Option<SelectorSize>,
    /// The share of rows that the run shared; `None` without a selector.
    pub ratio: Option<f64>,
    /// The model and its variants.
    pub models: Vec<ModelLine>,
    /// Ways to lay the rows out, with their trustworthiness.
    pub projections: Vec<(String, f64)>,
    /// How far the numbers computed here are from the native program's.
    pub check: Check,
    /// Rows that the sample was drawn from, where the run reported that.
    pub of: Option<u64>,
    /// Test rows of every scenario; rows of the sample where the run reported none.
    pub tested: Vec<u64>,
    /// The list that the run was trained on; nothing where it reported none.
    pub lists: Vec<ListLine>,
    /// Part of the batch that was shared, by step, in every search reported.
    pub search: Vec<Vec<(f64, f64)>>,
    /// Moments of the search with scores of their own: steps, temperature, and the raw score above
    /// which the mask shared a row.
    pub moments: Vec<(u64, f64, f64)>,
    /// The run, and those it was compared with.
    pub runs: Vec<RunLine>,
    /// What a sweep measured.
    pub measured: Measured,
}

/// A model of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelLine {
    /// "ssim@0.3", "mt".
    pub name: String,
    /// Whose list it was trained on.
    pub method: String,
    /// Share of the training rows on it.
    pub ratio: f64,
}

/// One field of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldLine {
    /// Its name.
    pub name: String,
    /// Values with an id of their own; one more id stands for all others.
    pub values: usize,
    /// How numbers become values: "", "log²" or "12 quantiles".
    pub buckets: String,
}

/// Sizes of a CTR model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSize {
    /// Name of the backbone.
    pub backbone: String,
    /// Rows of the embedding table.
    pub features: usize,
    /// Its width.
    pub dim: usize,
    /// Width of an embedded row.
    pub width: usize,
    /// Hidden widths of every tower.
    pub mlp: Vec<usize>,
    /// Number of towers.
    pub towers: usize,
    /// Parameters without the embedding table.
    pub parameters: usize,
}

/// Sizes of a selection network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectorSize {
    /// Hidden widths.
    pub mlp: Vec<usize>,
    /// Number of heads.
    pub heads: usize,
    /// Parameters without the embedding table.
    pub parameters: usize,
}

/// Largest differences to the values that the native program wrote into the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Over all logits.
    pub logits: f32,
    /// Over all share scores; `None` without a selector.
    pub scores: Option<f32>,
    /// Whether both choose the same rows to share.
    pub same_shared: bool,
    /// How many numbers were compared.
    pub compared: usize,
}

impl Check {
    /// How far two right programs may be apart: sums of floats in another order.
    pub const TOLERANCE: f32 = 1e-5;

    /// The largest difference of all.
    pub fn largest(&self) -> f32 {
        self.logits.max(self.scores.unwrap_or(0.0))
    }

    /// Whether the two programs agree.
    pub fn passed(&self) -> bool {
        self.largest() <= Self::TOLERANCE && self.same_shared
    }
}
