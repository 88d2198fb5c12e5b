//! The prepared data set that training gets, and its summary for people and scripts.

use crate::error::Reject;
use serde::{Deserialize, Serialize};
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_core::split::Split;

/// A data set ready to train on.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// Fields with their vocabularies, and scenarios; both fitted on train.
    pub schema: Schema,
    /// The rows of every split.
    pub rows: Split<Instances>,
    /// Rows that were left out.
    pub rejects: Vec<Reject>,
    /// Number of records that were read; see [`DataSummary::records`].
    pub records: usize,
}

/// The JSON object that `prepare --json` prints. `schema.json` has the same numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSummary {
    /// Format version of this object.
    pub schema: u32,
    /// Name of the data set.
    pub dataset: String,
    /// Number of embedding rows of all fields together.
    pub features: usize,
    /// Number of embedding rows per field.
    pub fields: Vec<FieldSummary>,
    /// Number of rows per split.
    pub rows: Split<usize>,
    /// Number of rows and click rate per scenario.
    pub scenarios: Vec<ScenarioSummary>,
    /// Number of rows that were left out.
    pub rejected: usize,
    /// Number of records that were read from the log's files, not counting joined tables. For a
    /// table, it is the number of rows of all splits and of `rejected` together. A published
    /// preparation may leave out more records.
    #[serde(default)]
    pub records: usize,
}

/// One field of a [`DataSummary`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldSummary {
    /// Column name.
    pub name: String,
    /// Number of ids, including the one for unseen values.
    pub features: usize,
}

/// One scenario of a [`DataSummary`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioSummary {
    /// Its name.
    pub scenario: String,
    /// Number of train rows.
    pub train: usize,
    /// Number of validation rows.
    pub val: usize,
    /// Number of test rows.
    pub test: usize,
    /// Click rate: clicks per row over all splits, or 0 without rows.
    pub ctr: f64,
}

impl Prepared {
    /// Counts the rows per split and scenario, and the ids per field.
    pub fn summary(&self) -> DataSummary {
        let mut counts = RowCounts::new(&self.schema);
        for (part, (_, split)) in self.rows.named().into_iter().enumerate() {
            let rows = split.scenarios.iter().zip(&split.labels);
            rows.for_each(|(scenario, label)| counts.add(part, *scenario, *label));
        }
        counts.summary(&self.schema, self.rejects.len(), self.records)
    }
}

/// Counts rows per scenario and split, and clicks per scenario.
pub(crate) struct RowCounts {
    /// `[K][3]`
    rows: Vec<[usize; 3]>,
    /// `[K]`
    clicks: Vec<usize>,
}

impl RowCounts {
    pub fn new(schema: &Schema) -> Self {
        let k = schema.scenarios.len();
        Self { rows: vec![[0; 3]; k], clicks: vec![0; k] }
    }

    /// Counts one row.
    pub fn add(&mut self, part: usize, scenario: u16, label: u8) {
        self.rows[usize::from(scenario)][part] += 1;
        self.clicks[usize::from(scenario)] += usize::from(label);
    }

    pub fn summary(self, schema: &Schema, rejected: usize, records: usize) -> DataSummary {
        let total = |part: usize| self.rows.iter().map(|rows| rows[part]).sum();
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
            rows: Split { train: total(0), val: total(1), test: total(2) },
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
            records,
        }
    }
}
