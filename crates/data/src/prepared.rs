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
pub struct Summary {
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
    pub fn summary(&self) -> Summary {
        let k = self.schema.scenarios.len();
        let mut rows = vec![[0usize; 3]; k];
        let mut clicks = vec![0usize; k];
        for (part, (_, split)) in self.splits().into_iter().enumerate() {
            for (s, y) in split.scenarios.iter().zip(&split.labels) {
                rows[usize::from(*s)][part] += 1;
                clicks[usize::from(*s)] += usize::from(*y);
            }
        }
        let scenarios = self.schema.scenarios.iter().zip(rows).zip(clicks);
        Summary {
            schema: 1,
            dataset: self.schema.dataset.clone(),
            features: self.schema.features(),
            fields: self
                .schema
                .fields
                .iter()
                .map(|f| FieldSummary { name: f.name.clone(), features: f.size() })
                .collect(),
            rows: SplitRows { train: self.train.len(), val: self.val.len(), test: self.test.len() },
            scenarios: scenarios
                .map(|((name, [train, val, test]), clicks)| ScenarioSummary {
                    scenario: name.clone(),
                    train,
                    val,
                    test,
                    ctr: clicks as f64 / (train + val + test).max(1) as f64,
                })
                .collect(),
            rejected: self.rejects.len(),
        }
    }
}

/// Names of the splits, in the order of a [`Prepared`].
pub const SPLITS: [&str; 3] = ["train", "val", "test"];
