//! Counts of the rows that a model was fitted on.

use super::counter::share;
use crate::error::{Error, Result};
use crate::instances::Instances;
use crate::model::sigmoid;
use crate::schema::Schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Values of a field that are counted, each for itself: the most frequent ones.
const VALUES: usize = 32;
/// Groups of a scenario's predictions.
const GROUPS: usize = 10;

/// The most rows of a count in a file, so that sums of counts fit 64 bits.
const MOST: u64 = 1 << 40;

/// Counts of the rows that a model was fitted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The train rows' fields, `[F]`.
    pub fields: Vec<FieldBaseline>,
    /// The scenarios, `[K]`.
    pub scenarios: Vec<ScenarioBaseline>,
}

/// The train rows by the value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldBaseline {
    /// The field's name.
    pub field: String,
    /// Number of the values that have an id.
    pub known: u32,
    /// Ids within the field, and rows, of the most frequent values; frequent ones come first.
    pub values: Vec<(u32, u64)>,
    /// Rows with any other known value.
    pub others: u64,
    /// Rows with an unseen value, which in train rows is one that is too rare to have an id.
    pub unseen: u64,
}

/// The train rows of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioBaseline {
    /// The scenario's name.
    pub scenario: String,
    /// Number of rows.
    pub rows: u64,
    /// Number of clicks among them.
    pub clicks: u64,
    /// The predictions; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predictions: Option<PredictionBaseline>,
}

/// Predictions of a scenario's validation rows. Those of train rows would not do: a model knows the labels of the rows
/// that it has learnt, so its predictions of any other rows are less extreme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictionBaseline {
    /// Mean predicted CTR.
    pub mean: f64,
    /// The logits at which a group ends, ascending. A group has the logits up to and with its end, and the last one
    /// those above all ends.
    pub ends: Vec<f32>,
    /// Number of rows of each group.
    pub rows: Vec<u64>,
}

impl PredictionBaseline {
    /// Cuts logits into tenths. Equal ones stay together, so that there may be fewer groups. `None` without a logit, or
    /// if one is not a number.
    fn new(mut logits: Vec<f32>) -> Option<Self> {
        if logits.is_empty() || logits.iter().any(|z| z.is_nan()) {
            return None;
        }
        let n = logits.len();
        let mean = logits.iter().map(|z| f64::from(sigmoid(*z))).sum::<f64>() / n as f64;
        logits.sort_by(f32::total_cmp);
        let mut ends: Vec<f32> =
            (1..GROUPS).map(|g| logits[(n * g).div_ceil(GROUPS) - 1]).collect();
        ends.dedup();
        // JSON has no infinite numbers.
        ends.retain(|end| end.is_finite() && *end < logits[n - 1]);
        let mut baseline = Self { mean, rows: vec![0; ends.len() + 1], ends };
        for z in logits {
            let group = baseline.group(z);
            baseline.rows[group] += 1;
        }
        Some(baseline)
    }

    /// The group of a logit.
    pub(super) fn group(&self, z: f32) -> usize {
        self.ends.partition_point(|end| *end < z)
    }
}

impl Baseline {
    /// Counts train rows.
    pub fn new(schema: &Schema, train: &Instances) -> Self {
        let mut counter = BaselineCounter::new(schema);
        counter.add(train);
        counter.finish()
    }

    /// Adds predictions of validation rows, logits `[n]`.
    #[must_use]
    pub fn with_predictions(mut self, logits: &[f32], val: &Instances) -> Self {
        let mut own = vec![Vec::new(); self.scenarios.len()];
        for (z, k) in logits.iter().zip(&val.scenarios) {
            own.get_mut(usize::from(*k)).into_iter().for_each(|own| own.push(*z));
        }
        for (scenario, own) in self.scenarios.iter_mut().zip(own) {
            scenario.predictions = PredictionBaseline::new(own);
        }
        self
    }

    /// Checks that the counts fit a schema and one another.
    ///
    /// # Errors
    /// They do not.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let fields = self.fields.len() == schema.fields.len()
            && self.fields.iter().zip(&schema.fields).all(|(counts, field)| {
                let ids = counts.values.iter().map(|(id, _)| id).collect::<BTreeSet<_>>();
                counts.field == field.name
                    && counts.known == field.oov()
                    && ids.len() == counts.values.len()
                    && ids.into_iter().all(|id| *id < counts.known)
                    && counts.groups().into_iter().all(|rows| rows <= MOST)
            });
        let scenarios = self.scenarios.len() == schema.scenarios.len()
            && self.scenarios.iter().zip(&schema.scenarios).all(|(counts, name)| {
                let fits = |of: &PredictionBaseline| {
                    of.mean.is_finite()
                        && of.ends.is_sorted()
                        && of.rows.len() == of.ends.len() + 1
                        && of.rows.iter().all(|rows| *rows <= MOST)
                };
                counts.scenario == *name
                    && counts.clicks <= counts.rows
                    && counts.rows <= MOST
                    && counts.predictions.as_ref().is_none_or(fits)
            });
        match fields && scenarios {
            true => Ok(()),
            false => {
                let text = "counts of the fitted rows: expected those of this model, got others";
                Err(Error::File(text.into()))
            }
        }
    }

    /// Number of train rows.
    pub fn rows(&self) -> u64 {
        self.scenarios.iter().map(|scenario| scenario.rows).sum()
    }
}

/// Counts train rows a piece at a time.
pub struct BaselineCounter<'a> {
    schema: &'a Schema,
    /// Rows by id, `[N]`.
    ids: Vec<u64>,
    /// Rows and clicks by scenario, `[K]`.
    scenarios: Vec<[u64; 2]>,
}

impl<'a> BaselineCounter<'a> {
    /// Begins to count.
    pub fn new(schema: &'a Schema) -> Self {
        let (ids, scenarios) = (vec![0; schema.features()], vec![[0; 2]; schema.scenarios.len()]);
        Self { schema, ids, scenarios }
    }

    /// Counts rows, which must be those of the schema.
    pub fn add(&mut self, rows: &Instances) {
        rows.ids.iter().for_each(|id| self.ids[*id as usize] += 1);
        for (k, label) in rows.scenarios.iter().zip(&rows.labels) {
            let [all, clicks] = &mut self.scenarios[usize::from(*k)];
            *all += 1;
            *clicks += u64::from(*label);
        }
    }

    /// The counts, without predictions.
    pub fn finish(self) -> Baseline {
        let field = |(field, offset): (&crate::vocabulary::Field, u32)| {
            let known = field.oov();
            let counts = &self.ids[offset as usize..];
            let mut values: Vec<(u32, u64)> =
                (0..known).zip(counts).map(|(id, rows)| (id, *rows)).collect();
            let all: u64 = values.iter().map(|(_, rows)| rows).sum();
            values.sort_by_key(|(id, rows)| (std::cmp::Reverse(*rows), *id));
            values.truncate(VALUES);
            values.retain(|(_, rows)| *rows > 0);
            let others = all - values.iter().map(|(_, rows)| rows).sum::<u64>();
            let unseen = counts[known as usize];
            FieldBaseline { field: field.name.clone(), known, values, others, unseen }
        };
        let fields = self.schema.fields.iter().zip(self.schema.offsets()).map(field).collect();
        let names = self.schema.scenarios.iter().zip(&self.scenarios);
        let scenario = |(name, [rows, clicks]): (&String, &[u64; 2])| ScenarioBaseline {
            scenario: name.clone(),
            rows: *rows,
            clicks: *clicks,
            predictions: None,
        };
        Baseline { fields, scenarios: names.map(scenario).collect() }
    }
}

impl FieldBaseline {
    /// Number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.values.iter().map(|(_, rows)| rows).sum::<u64>() + self.others + self.unseen
    }

    /// The share of the rows with an unseen value.
    pub(super) fn unseen_share(&self) -> Option<f64> {
        share(self.unseen, self.rows())
    }

    /// Rows by group: each frequent value, all other known ones, unseen ones.
    pub(super) fn groups(&self) -> Vec<u64> {
        let values = self.values.iter().map(|(_, rows)| *rows);
        values.chain([self.others, self.unseen]).collect()
    }
}
