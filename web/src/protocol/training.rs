//! What is trained here, and what comes of it.

use serde::{Deserialize, Serialize};
use ssim_figure::Tested;

/// What is to be trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainWanted {
    /// On which rows.
    pub data: TrainData,
    /// Whose list.
    pub method: String,
    /// Share of rows on it.
    pub ratio: f64,
    /// Passes over the training rows.
    pub epochs: u64,
    /// Seed of everything random.
    pub seed: u64,
}

/// On which rows a model is trained here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrainData {
    /// The open file's sample, four fifths of it.
    Sample,
    /// Rows that are generated here.
    Synthetic {
        /// How many.
        rows: usize,
    },
    /// A CSV file whose text comes beside this message.
    Table {
        /// The file's name.
        name: String,
        /// Which column is the label; the others but the scenario are fields.
        label: String,
        /// Which column is the scenario.
        scenario: String,
    },
}

/// A model that was trained here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// Which rows, in words.
    pub data: String,
    /// What was asked for.
    pub wanted: TrainWanted,
    /// Rows that trained every tower, and all training rows.
    pub shared: [u64; 2],
    /// Quality on rows that training never saw.
    pub test: Tested,
    /// Of the list, the part that is planted as shared, and the part of the planted that is listed;
    /// generated rows only.
    pub truth: Option<[f64; 2]>,
    /// How long it took; a benchmark reads it at the end of the message.
    pub milliseconds: f64,
}
