//! Everything about an artifact except its rows.

use super::StoryPicture;
use serde::{Deserialize, Serialize};
use ssim_core::mask::Pool;
use ssim_figure::measured::Measured;

/// Everything about an artifact except its rows, for `K` scenarios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Name of the data set.
    pub dataset: String,
    /// The file in a sentence: data, rows, and the program that wrote it.
    pub facts: String,
    /// The finding, in one or two sentences.
    pub verdict: String,
    /// The steps of the start page.
    pub story: Vec<StepLine>,
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
    /// Number of towers of the CTR model.
    pub towers: usize,
    /// Whether the run had a selector.
    pub selected: bool,
    /// The run's share ratio, 0 to 1.
    pub ratio: f64,
    /// The rows among which the run's list and those of the sweep take the best; `None` where the file
    /// does not say it.
    pub by: Option<Pool>,
    /// The method of the run.
    pub method: String,
    /// Names of the run's model and of its variants: "ssim@0.3" (method and ratio) or "mt".
    pub models: Vec<String>,
    /// Names of the projections to the plane, with their trustworthiness.
    pub projections: Vec<(String, f64)>,
    /// The comparison of the numbers computed here with the native program's.
    pub check: Check,
    /// Number of test rows of every scenario, `[K]`; of sample rows where the run reported no test.
    pub tested: Vec<u64>,
    /// Moments of the search at which the sample was scored: step, temperature, and the score above
    /// which the mask shared a row.
    pub moments: Vec<(u64, f64, f64)>,
    /// Whether the file measures both no sharing and the list of the selector.
    pub compared: bool,
    /// The metrics that a sweep measured.
    pub measured: Measured,
}

/// A step of the start page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// The heading.
    pub title: String,
    /// The words for the numbers of the file.
    pub text: String,
    /// The picture; `None` where the file has no numbers for it.
    pub picture: Option<StoryPicture>,
}

/// One field of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldLine {
    /// The field's name.
    pub name: String,
    /// Number of values with an id of their own; one more id represents all unseen values.
    pub values: usize,
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
