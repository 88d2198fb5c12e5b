//! Everything about an artifact except its rows.

use serde::{Deserialize, Serialize};
use ssim_core::mask::Pool;
use ssim_figure::measured::Measured;
use ssim_figure::report::{ListLine, RunLine};

/// Everything about an artifact except its rows, for `K` scenarios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Name of the data set.
    pub dataset: String,
    /// Program and version that wrote the file.
    pub writer: String,
    /// Hash of the schema: fields, vocabularies and scenarios, which give ids their meaning.
    pub fingerprint: String,
    /// The beginning of the SHA-256 of the file's bytes, in hexadecimal digits.
    pub digest: String,
    /// Whether the data is generated, so that the rows which follow the common preference are
    /// known.
    pub synthetic: bool,
    /// Names of the scenarios, `[K]`.
    pub scenarios: Vec<String>,
    /// Number of rows in the sample.
    pub rows: usize,
    /// Number of test rows that one sample row of each scenario represents, `[K]`.
    pub weights: Vec<f64>,
    /// The fields of a row.
    pub fields: Vec<FieldLine>,
    /// The CTR model.
    pub model: ModelSize,
    /// The selection network; `None` where the run had none.
    pub selector: Option<SelectorSize>,
    /// The run's share ratio, 0 to 1.
    pub ratio: f64,
    /// The rows among which the run's list and those of the sweep take the best; `None` where the file
    /// does not say it.
    pub by: Option<Pool>,
    /// The run's model, then its variants.
    pub models: Vec<ModelLine>,
    /// Names of the projections to the plane, with their trustworthiness.
    pub projections: Vec<(String, f64)>,
    /// The comparison of the numbers computed here with the native program's.
    pub check: Check,
    /// Number of rows that the sample was drawn from, where the run reported it.
    pub of: Option<u64>,
    /// Number of test rows of every scenario, `[K]`; of sample rows where the run reported no test.
    pub tested: Vec<u64>,
    /// The list that the run was trained on, by scenario; empty where the run reported none.
    pub lists: Vec<ListLine>,
    /// For every search that was reported: step, and part of the batch that was shared.
    pub search: Vec<Vec<(f64, f64)>>,
    /// Moments of the search at which the sample was scored: step, temperature, and the score above
    /// which the mask shared a row.
    pub moments: Vec<(u64, f64, f64)>,
    /// The run, and the runs it was compared with.
    pub runs: Vec<RunLine>,
    /// The metrics that a sweep measured.
    pub measured: Measured,
}

/// A model in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelLine {
    /// The name: "ssim@0.3" (method and ratio) or "mt".
    pub name: String,
    /// The method whose list the model was trained on.
    pub method: String,
    /// Part of the training rows on the list, 0 to 1.
    pub ratio: f64,
}

/// One field of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldLine {
    /// The field's name.
    pub name: String,
    /// Number of values with an id of their own; one more id represents all unseen values.
    pub values: usize,
    /// The way numbers become values: "", "log²" or "12 quantiles".
    pub buckets: String,
}

/// Sizes of a CTR model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSize {
    /// Name of the backbone.
    pub backbone: String,
    /// Number of rows in the embedding table.
    pub features: usize,
    /// Width of the embedding table.
    pub dim: usize,
    /// Width of an embedded row: all fields together.
    pub width: usize,
    /// Hidden widths of every tower.
    pub mlp: Vec<usize>,
    /// Number of towers.
    pub towers: usize,
    /// Number of parameters without the embedding table.
    pub parameters: usize,
}

/// Sizes of a selection network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectorSize {
    /// Hidden widths.
    pub mlp: Vec<usize>,
    /// Number of heads.
    pub heads: usize,
    /// Number of parameters without the embedding table.
    pub parameters: usize,
}

/// Largest absolute differences from the values that the native program wrote into the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Largest difference of a logit.
    pub logits: f32,
    /// Largest difference of a share score; `None` without a selector.
    pub scores: Option<f32>,
    /// Whether both programs share the same rows.
    pub same_shared: bool,
    /// Number of values that were compared.
    pub compared: usize,
    /// Whether the file has checksums, and so every byte of it is as it was written.
    pub whole: bool,
}

impl Check {
    /// Allowed difference: correct programs differ too, since they add floats in another order.
    pub const TOLERANCE: f32 = 1e-5;

    /// The largest difference of all logits and share scores.
    pub fn largest(&self) -> f32 {
        self.logits.max(self.scores.unwrap_or(0.0))
    }

    /// Whether the difference is within [`Self::TOLERANCE`] and the same rows are shared.
    pub fn passed(&self) -> bool {
        self.largest() <= Self::TOLERANCE && self.same_shared
    }
}
