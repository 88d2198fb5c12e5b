//! The worker's answers about fields and changed rows.

use serde::{Deserialize, Serialize};

/// The values of a field that contain a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldValues {
    /// The field's index.
    pub field: usize,
    /// The text that was searched for.
    pub text: String,
    /// Ids and values: at most [`FieldValues::MOST`], and last the id of unseen values.
    pub values: Vec<(u32, String)>,
    /// Number of further values that contain the text.
    pub more: usize,
}

impl FieldValues {
    /// Most values that are sent: nobody reads a longer list.
    pub const MOST: usize = 50;
}

/// The predictions for a changed row, and for rows that differ from it in one field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The row's index in the sample.
    pub row: u32,
    /// The changes: a field's index, and the new id within the field.
    pub edits: Vec<(usize, u32)>,
    /// The row's scenario after the changes.
    pub scenario: u16,
    /// The id within every field, after and before the changes.
    pub ids: Vec<(u32, u32)>,
    /// The value of every field, after and before the changes.
    pub values: Vec<(String, String)>,
    /// The predictions after the changes.
    pub now: Said,
    /// The predictions before the changes.
    pub before: Said,
    /// For every field the change of value that moves the share score most.
    pub effects: Vec<FieldEffect>,
    /// Number of single-field changes that were tried, and of all that exist.
    pub tried: [usize; 2],
    // A benchmark reads the time as the last bytes of the message, so it must stay last.
    /// Time that the answer took, in milliseconds.
    pub milliseconds: f64,
}

/// The predictions for one row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The share score; `None` without a selector.
    pub score: Option<f32>,
    /// The click probability that each tower predicts, `[K]`.
    pub ctr: Vec<f32>,
}

/// A row with one field changed to one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldEffect {
    /// The field's index.
    pub field: usize,
    /// The new id within the field.
    pub id: u32,
    /// The new value.
    pub value: String,
    /// The row's scenario with the new value.
    pub scenario: u16,
    /// The share score with the new value; 0 without a selector.
    pub score: f32,
    /// The click probability that the tower of the row's own scenario predicts.
    pub ctr: f32,
}
