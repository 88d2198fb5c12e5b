//! Counts later rows, and compares them with those that a model was fitted on.

use super::{Baseline, StabilityIndex, stability};
use crate::error::{Error, Result};
use crate::instances::Instances;
use crate::model::sigmoid;
use crate::schema::Schema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A number of the rows before, and of the rows now; `None` where there is no such row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct BeforeNow {
    /// Of the rows that the model was fitted on.
    pub before: Option<f64>,
    /// Of the later rows.
    pub now: Option<f64>,
}

/// The change of a field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldDrift {
    /// The field's name.
    pub field: String,
    /// The share of the rows with a value that has no id.
    pub unseen: BeforeNow,
    /// The change of the values' shares: of each of the most frequent ones, of all other known ones together, and of
    /// unseen ones.
    pub values: Option<StabilityIndex>,
}

/// The change of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioDrift {
    /// The scenario's name.
    pub scenario: String,
    /// Its share of the rows.
    pub rows: BeforeNow,
    /// The click rate, where labels are known.
    pub ctr: BeforeNow,
    /// The mean predicted CTR.
    pub predicted: BeforeNow,
    /// The change of the shares of ten groups of predictions.
    pub predictions: Option<StabilityIndex>,
}

/// The change from the rows that a model was fitted on to later rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// Number of rows, before and now.
    pub rows: [u64; 2],
    /// The fields, `[F]`.
    pub fields: Vec<FieldDrift>,
    /// The scenarios, `[K]`.
    pub scenarios: Vec<ScenarioDrift>,
}

/// Counts later rows a piece at a time.
pub struct DriftCounter<'a> {
    baseline: &'a Baseline,
    fields: Vec<FieldCounter>,
    scenarios: Vec<ScenarioCounter>,
    rows: u64,
}

/// The later rows of a field by the baseline's groups.
struct FieldCounter {
    /// The field's first id.
    offset: u32,
    /// Number of the values that had an id before.
    known: u32,
    /// The group of each frequent value.
    groups: BTreeMap<u32, usize>,
    rows: Vec<u64>,
}

/// The later rows of a scenario.
#[derive(Default)]
struct ScenarioCounter {
    rows: u64,
    labelled: u64,
    clicks: u64,
    scored: u64,
    predicted: f64,
    groups: Vec<u64>,
}

/// A share, where there is a row.
pub(super) fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

impl<'a> DriftCounter<'a> {
    /// Begins to count rows of a schema, which may have more values than that of the baseline.
    ///
    /// # Errors
    /// The fields or scenarios are others than those of the baseline.
    pub fn new(baseline: &'a Baseline, schema: &Schema) -> Result<Self> {
        let fields = baseline.fields.iter().map(|field| &field.field);
        let scenarios = baseline.scenarios.iter().map(|scenario| &scenario.scenario);
        let same = fields.eq(schema.fields.iter().map(|field| &field.name))
            && scenarios.eq(&schema.scenarios)
            && baseline.fields.iter().zip(&schema.fields).all(|(was, is)| was.known <= is.oov());
        if !same {
            let text = "drift: expected rows with the fields and scenarios of the fitted ones";
            return Err(Error::Data(text.into()));
        }
        let field = |(field, offset): (&super::FieldBaseline, u32)| FieldCounter {
            offset,
            known: field.known,
            groups: field.values.iter().enumerate().map(|(group, (id, _))| (*id, group)).collect(),
            rows: vec![0; field.values.len() + 2],
        };
        let scenario = |scenario: &super::ScenarioBaseline| ScenarioCounter {
            groups: vec![0; scenario.predictions.as_ref().map_or(0, |all| all.rows.len())],
            ..ScenarioCounter::default()
        };
        Ok(Self {
            baseline,
            fields: baseline.fields.iter().zip(schema.offsets()).map(field).collect(),
            scenarios: baseline.scenarios.iter().map(scenario).collect(),
            rows: 0,
        })
    }

    /// Counts rows. `labelled` says whether their labels are known, and `logits`, `[n]`, are the predictions. A row of
    /// an unknown scenario counts for the fields alone.
    pub fn add(&mut self, rows: &Instances, labelled: bool, logits: Option<&[f32]>) {
        self.rows += rows.len() as u64;
        for ids in rows.ids.chunks_exact(self.fields.len().max(1)) {
            self.fields.iter_mut().zip(ids).for_each(|(field, id)| field.add(*id));
        }
        for (i, k) in rows.scenarios.iter().map(|k| usize::from(*k)).enumerate() {
            let Some(of) = self.scenarios.get_mut(k) else { continue };
            of.rows += 1;
            of.labelled += u64::from(labelled);
            of.clicks += u64::from(labelled && rows.labels[i] > 0);
            if let (Some(logits), Some(groups)) = (logits, &self.baseline.scenarios[k].predictions)
            {
                of.scored += 1;
                of.predicted += f64::from(sigmoid(logits[i]));
                of.groups[groups.group(logits[i])] += 1;
            }
        }
    }

    /// Compares the rows so far with the baseline.
    pub fn finish(self) -> Drift {
        let all = self.baseline.rows();
        let fields = self.baseline.fields.iter().zip(&self.fields);
        let fields = fields.map(|(was, is)| FieldDrift {
            field: was.field.clone(),
            unseen: BeforeNow {
                before: was.unseen_share(),
                now: is.rows.last().and_then(|unseen| share(*unseen, self.rows)),
            },
            values: stability(&was.groups(), &is.rows),
        });
        let scenarios = self.baseline.scenarios.iter().zip(&self.scenarios);
        let scenarios = scenarios.map(|(was, is)| ScenarioDrift {
            scenario: was.scenario.clone(),
            rows: BeforeNow { before: share(was.rows, all), now: share(is.rows, self.rows) },
            ctr: BeforeNow {
                before: share(was.clicks, was.rows),
                now: share(is.clicks, is.labelled),
            },
            predicted: BeforeNow {
                before: was.predictions.as_ref().map(|all| all.mean),
                now: (is.scored > 0).then(|| is.predicted / is.scored as f64),
            },
            predictions: was.predictions.as_ref().and_then(|all| stability(&all.rows, &is.groups)),
        });
        Drift { rows: [all, self.rows], fields: fields.collect(), scenarios: scenarios.collect() }
    }
}

impl FieldCounter {
    fn add(&mut self, id: u32) {
        let id = id - self.offset;
        // After the frequent values come all other known ones, and then unseen ones.
        let group = match self.groups.get(&id) {
            Some(group) => *group,
            None => self.groups.len() + usize::from(id >= self.known),
        };
        self.rows[group] += 1;
    }
}
