//! What the worker answers about models, fields and changed rows.

use serde::{Deserialize, Serialize};

/// How good a model is on the sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// The model's place in [`Overview::models`](super::Overview::models).
    pub model: usize,
    /// One per scenario.
    pub scenarios: Vec<Ranked>,
}

/// How predictions rank and how well they mean what they say, on one scenario's rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The scenario's name.
    pub name: String,
    /// Area under the curve.
    pub auc: Option<f64>,
    /// False and true positive rate.
    pub roc: Vec<(f64, f64)>,
    /// Mean prediction, click rate and rows of ten equally large bins.
    pub bins: Vec<(f64, f64, u64)>,
}

/// Values of a field that contain a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values {
    /// The field's place.
    pub field: usize,
    /// The text.
    pub text: String,
    /// Ids and values, at most [`Values::MOST`].
    pub values: Vec<(u32, String)>,
    /// How many more there are.
    pub more: usize,
}

impl Values {
    /// A list longer than this is not read.
    pub const MOST: usize = 50;
}

/// What the networks say about a changed row, and about every row that differs from it in one field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The row's place in the sample.
    pub row: u32,
    /// What was changed.
    pub edits: Vec<(usize, u32)>,
    /// Its scenario after the changes.
    pub scenario: u16,
    /// Ids within the fields, after and before.
    pub ids: Vec<(u32, u32)>,
    /// The fields' values, after and before.
    pub values: Vec<(String, String)>,
    /// After the changes.
    pub now: Said,
    /// Before.
    pub before: Said,
    /// For every field the change that moves the share score most.
    pub effects: Vec<Effect>,
    /// How many single-field changes were tried, and of how many.
    pub tried: [usize; 2],
    /// How long that took; a benchmark reads it at the end of the message.
    pub milliseconds: f64,
}

/// What the networks say about one row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Share score; `None` without a selector.
    pub score: Option<f32>,
    /// Click probability by every tower.
    pub ctr: Vec<f32>,
}

/// One field changed to one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The field's place.
    pub field: usize,
    /// The id within it.
    pub id: u32,
    /// The value.
    pub value: String,
    /// Share score with it.
    pub score: f32,
    /// Click probability by the row's own tower.
    pub ctr: f32,
}
