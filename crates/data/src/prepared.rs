//! What preparation hands to training, and its summary for people and scripts.

use crate::error::Reject;
use serde::{Deserialize, Serialize};
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;

/// A data set ready to train on.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// Fields with vocabularies, and scenarios; both fitted on train.
    pub schema: Schema,
    /// Rows to fit.
    pub train: Instances,
    /// Rows to stop by.
    pub val: Instances,
    /// Rows to report.
    pub test: Instances,
    /// Rows left out.
    pub rejects: Vec<Reject>,
}

/// The object `prepare --json` prints; `schema.json` carries the same numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSummary {
    /// Version of this object.
    pub schema: u32,
    /// Name of the data set.
    pub dataset: String,
    /// Embedding rows of all fields.
    pub features: usize,
    /// Embedding rows per field.
    pub fields: Vec<FieldSummary>,
    /// Rows per split.
    pub rows: SplitRows,
    /// Rows and click rate per scenario.
    pub scenarios: Vec<ScenarioSummary>,
    /// Rows left out.
    pub rejected: usize,
}

/// One field of a [`Summary`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldSummary {
    /// Column name.
    pub name: String,
    /// Ids, with the one for unseen values.
    pub features: usize,
}

/// Rows per split.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitRows {
    /// Rows to fit.
    pub train: usize,
    /// Rows to stop by.
    pub val: usize,
    /// Rows to report.
    pub test: usize,
}

/// One scenario of a [`Summary`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioSummary {
    /// Its name.
    pub scenario: String,
    /// Rows to fit.
    pub train: usize,
    /// Rows to stop by.
    pub val: usize,
    /// Rows to report.
    pub test: usize,
    /// Clicks per row, over all splits; 0 without rows.
    pub ctr: f64,
}

impl Prepared {
    /// The splits by name, in the order of [`SPLITS`].
    pub fn splits(&self) -> [(&'static str, &Instances); 3] {
        let [train, val, test] = SPLITS;
        [(train, &self.train), (val, &self.val), (test, &self.test)]
    }

    /// Counts per field, split and scenario.
    pub fn summary(&self) -> DataSummary {
        let mut counts = RowCounts::new(&self.schema);
        for (part, (_, split)) in self.splits().into_iter().enumerate() {
            let rows = split.scenarios.iter().zip(&split.labels);
            rows.for_each(|(scenario, label)| counts.add(part, *scenario, *label));
        }
        counts.summary(&self.schema, self.rejects.len())
    }
}

/// Rows per scenario and split, and clicks per scenario.
pub(crate) struct RowCounts {
    rows: Vec<[usize; 3]>,
    clicks: Vec<usize>,
}

impl RowCounts {
    pub fn new(schema: &Schema) -> Self {
        let k = schema.scenarios.len();
        Self { rows: vec![[0; 3]; k], clicks: vec![0; k] }
    }

    /// Counts a row.
    pub fn add(&mut self, part: usize, scenario: u16, label: u8) {
        self.rows[usize::from(scenario)][part] += 1;
        self.clicks[usize::from(scenario)] += usize::from(label);
    }

    pub fn summary(self, schema: &Schema, rejected: usize) -> DataSummary {
        let all = |part: usize| self.rows.iter().map(|rows| rows[part]).sum();
        let scenarios = schema.scenarios.iter().zip(&self.rows).zip(self.clicks);
        DataSummary {
            schema: 1,
            dataset: schema.dataset.clone(),
            features: schema.features(),
            fields: schema
                .fields
                .iter()
                .map(|f| FieldSummary { name: f.name.clone(), features: f.size() })
                .collect(),
            rows: SplitRows { train: all(0), val: all(1), test: all(2) },
            scenarios: scenarios
                .map(|((name, [train, val, test]), clicks)| ScenarioSummary {
                    scenario: name.clone(),
                    train: *train,
                    val: *val,
                    test: *test,
                    ctr: clicks as f64 / (train + val + test).max(1) as f64,
                })
                .collect(),
            rejected,
        }
    }
}

/// Names of the splits, in the order of a [`Prepared`].
pub const SPLITS: [&str; 3] = ["train", "val", "test"];
