//! What page and worker say to each other: JSON text, with a file's bytes beside it where there
//! are any.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of these messages. The worker's file can be older than the page's in a browser's
/// cache; then the page says so instead of misreading it.
pub const VERSION: u32 = 1;

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
    /// Rows of the sample. Answer: [`Reply::Rows`].
    Rows(RowsWanted),
}

/// Which rows of the sample.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsWanted {
    /// Only those of this scenario.
    pub scenario: Option<u16>,
    /// In which order.
    pub order: Order,
    /// How many to skip.
    pub from: usize,
    /// How many to send at most.
    pub count: usize,
}

/// An order of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As they stand in the file.
    #[default]
    File,
    /// Highest share score first.
    Score,
}

/// From the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// It listens; what was sent before is lost.
    Ready,
    /// An artifact was read, predicted and compared.
    Opened {
        /// What there is to show.
        overview: Box<Overview>,
        /// How long that took.
        milliseconds: f64,
    },
    /// Rows that were asked for.
    Rows(RowPage),
    /// The request failed; the worker lives on with what it had before.
    Failed(Failure),
    /// The worker stopped for good.
    Crashed {
        /// The panic's message.
        message: String,
    },
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
    /// Every scenario, measured on the sample's rows.
    pub scenarios: Vec<ScenarioLine>,
    /// All of them together.
    pub pooled: ScenarioLine,
    /// The fields of a row.
    pub fields: Vec<FieldLine>,
    /// The CTR model.
    pub model: ModelSize,
    /// The selection network, where there is one.
    pub selector: Option<SelectorSize>,
    /// The share of rows that are shared here; `None` without a selector.
    pub ratio: Option<f64>,
    /// How far the numbers computed here are from the native program's.
    pub check: Check,
    /// What the run reported, as it reported it.
    pub report: Value,
}

/// Numbers of one scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScenarioLine {
    /// Its name.
    pub name: String,
    /// Rows of the sample.
    pub rows: u64,
    /// Those of them that every tower would see; `None` without a selector.
    pub shared: Option<u64>,
    /// Share of clicks.
    pub ctr: Option<f64>,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Mean binary cross entropy.
    pub logloss: Option<f64>,
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

/// Some rows of the sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowPage {
    /// What was asked for.
    pub wanted: RowsWanted,
    /// How many rows there are in that scenario and order.
    pub total: usize,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row of the sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its line in the raw log.
    pub row: u64,
    /// Index of its scenario.
    pub scenario: u16,
    /// Whether it was clicked.
    pub click: bool,
    /// Share score; `None` without a selector.
    pub score: Option<f32>,
    /// Whether every tower would see it.
    pub shared: bool,
    /// Click probability by every tower, `[K]`.
    pub ctr: Vec<f32>,
}
