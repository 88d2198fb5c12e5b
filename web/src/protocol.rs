//! What page and worker say to each other: JSON text, with a file's bytes or columns of
//! numbers beside it where there are any.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ssim_core::metric::Report;

/// Version of these messages. The worker's file can be older than the page's in a browser's
/// cache; then the page says so instead of misreading it.
pub const VERSION: u32 = 2;

/// A message with the number of the request it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message<T> {
    /// [`VERSION`] of the sender.
    pub version: u32,
    /// Number of the request; answers repeat it, so that the page can tell a late one.
    pub id: u32,
    /// What is said.
    pub body: T,
}

/// From the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// Read the artifact whose bytes come beside this message. Answer: [`Reply::Opened`].
    Open,
    /// How good a model is on the sample. Answer: [`Reply::Quality`].
    Quality {
        /// Its place in [`Overview::models`].
        model: usize,
    },
    /// Values of a field that contain a text. Answer: [`Reply::Values`].
    Values {
        /// The field's place.
        field: usize,
        /// What the reader typed.
        text: String,
    },
    /// A row of the sample with some fields changed. Answer: [`Reply::Answer`].
    WhatIf {
        /// The row's place in the sample.
        row: u32,
        /// Places of fields, and ids within them.
        edits: Vec<(usize, u32)>,
    },
    /// Train a model here. Answers: [`Reply::Step`], [`Reply::Epoch`], [`Reply::Trained`].
    Train(TrainWanted),
    /// Stop calling the phase's steps, or go on.
    Pause(bool),
    /// Give up the training. Answer: [`Reply::Stopped`].
    Stop,
}

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
#[serde(tag = "from", rename_all = "snake_case")]
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

/// From the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// It listens; what was sent before is lost.
    Ready,
    /// An artifact was read, predicted and compared. Beside it come the rows' numbers in the log
    /// (f64) and the columns (f32), an array each.
    Opened {
        /// What there is to show.
        overview: Box<Overview>,
        /// Names of the columns.
        columns: Vec<String>,
        /// How long that took.
        milliseconds: f64,
    },
    /// A model's quality.
    Quality(Quality),
    /// Values of a field.
    Values(Values),
    /// A changed row.
    Answer(Box<Answer>),
    /// Training has begun: how much there is to do.
    Began {
        /// Rows to learn from.
        train: usize,
        /// Rows to stop by, and to test on.
        held: [usize; 2],
        /// Steps of all phases.
        steps: u64,
    },
    /// Some batches were learnt.
    Step {
        /// "search" or "retrain".
        phase: String,
        /// Steps over all phases so far.
        steps: u64,
        /// Loss of the last batch.
        loss: f64,
        /// The search mask's temperature.
        temperature: Option<f64>,
        /// Share of the last batch that went to every tower.
        shared: f64,
        /// Milliseconds of learning so far.
        milliseconds: f64,
    },
    /// An epoch ended.
    Epoch {
        /// "search" or "retrain".
        phase: String,
        /// Its number, from 1.
        epoch: u64,
        /// Steps over all phases so far.
        steps: u64,
        /// AUC on the rows to stop by.
        val: Option<f64>,
    },
    /// A model is trained.
    Trained(Box<Trained>),
    /// The training was given up.
    Stopped,
    /// The request failed; the worker lives on with what it had before.
    Failed(Failure),
    /// The worker stopped for good.
    Crashed {
        /// The panic's message.
        message: String,
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
    pub test: Report,
    /// How long it took.
    pub milliseconds: f64,
    /// Of the list, the part that is planted as shared, and the part of the planted that is listed;
    /// generated rows only.
    pub truth: Option<[f64; 2]>,
}

/// How good a model is on the sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// The model's place in [`Overview::models`].
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// How long that took.
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

/// Something that went wrong, for a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What failed, in a sentence.
    pub what: String,
    /// What to do about it.
    pub todo: String,
    /// The exact message, for a report.
    pub detail: String,
}

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
    /// The fields of a row.
    pub fields: Vec<FieldLine>,
    /// The CTR model.
    pub model: ModelSize,
    /// The selection network, where there is one.
    pub selector: Option<SelectorSize>,
    /// The share of rows that the run shared; `None` without a selector.
    pub ratio: Option<f64>,
    /// The model and its variants, measured on the sample.
    pub models: Vec<ModelLine>,
    /// Ways to lay the rows out, with their trustworthiness.
    pub projections: Vec<(String, f64)>,
    /// The raw log's column that says the scenario, where it is a field too.
    pub scenario_field: Option<usize>,
    /// How far the numbers computed here are from the native program's.
    pub check: Check,
    /// What the run reported, as it reported it.
    pub report: Value,
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
    /// Its quality on the sample.
    pub report: Report,
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
