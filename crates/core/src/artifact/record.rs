//! The record of a run: the numbers that `summary.json` holds and that an artifact carries along.

use super::lenient;
use crate::borrowers::Borrowers;
use crate::calibrator::Calibrator;
use crate::instances::Instances;
use crate::look::list_statistics::{Agreement, Tally};
use crate::mask::Pool;
use crate::metric::{Report, auc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The share ratio that is taken where a record does not name the one of its run.
pub const RATIO_IF_UNKNOWN: f64 = 0.3;

/// A run's results. `summary.json` has the parts up to `test`; an artifact has more. Apart from
/// the times, the same run gives the same record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of this object.
    pub schema: u32,
    /// Name of the data set.
    pub dataset: String,
    /// Name of the method.
    pub method: String,
    /// Name of the backbone.
    pub backbone: String,
    /// Seed of everything random.
    pub seed: u64,
    /// The phases of training, in order.
    pub phases: Vec<Timing>,
    /// Which rows were shared.
    pub share: Share,
    /// Quality on the validation rows, by which training stops.
    pub val: Report,
    /// Quality on the test rows, which training never sees.
    pub test: Report,
    /// The calibration that was fitted on the validation rows, and how well it does on the test rows. Runs of older
    /// versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibrator>,
    /// The selector's list against the planted truth. Only the demo compares the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<ListTruth>,
    /// The runs that the demo compares, one per method.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<Record>,
    /// The sample in the artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleRecord>,
    /// The raw log's column that holds the scenario. An artifact always has this key, with null if
    /// the column is unknown (`Some(None)`); `summary.json` never has it (`None`).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub scenario_column: Option<Option<String>>,
    /// The rules by which the cells of the raw log were read, as `ssim-data` writes them: the same keys as
    /// in a schema. Only an artifact has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cells: Option<Value>,
    /// Counts of the rows that the model was fitted on, as the run's `baseline.json` has them
    /// ([`Baseline`](crate::drift::Baseline)). `summary.json` does not have this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Value>,
    /// The course of training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curves: Option<Vec<Curve>>,
    /// The runs of a sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Vec<SweepPoint>>,
    /// The identity of the run, as its `run.json` has it: rows, method, seed, list, program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Value>,
}

/// The work of one phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// "teach", "distil", "search", "start", "retrain", or "retrain-k" of the copy for scenario k.
    pub phase: String,
    /// Number of passes over the training rows; a pass that was only begun counts.
    pub epochs: u64,
    /// Number of batches.
    pub steps: u64,
    /// Number of rows, over all epochs.
    pub instances: u64,
    /// Time over all sessions, with evaluation and checkpoints; artifacts leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Rows per second; artifacts leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances_per_second: Option<f64>,
}

/// Which rows were shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The share of rows that was asked for.
    pub ratio: f64,
    /// The rows among which the best were taken; `None` where the list was not cut here, or the record
    /// is from a version that did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Pool>,
    /// Number of rows that train every tower.
    pub shared: u64,
    /// The scenarios whose towers the shared rows of every scenario train, if not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrowers: Option<Borrowers>,
    /// The part of the variance of the selector's scores that the scenario of a row alone explains
    /// ([`explained`](crate::look::explained::explained)); `None` where no selector scored the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario_r2: Option<f64>,
    /// Click rates, where they were asked for and clicks are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctr: Option<ClickRates>,
    /// The shared rows of every scenario.
    pub by_scenario: Vec<ScenarioShare>,
}

/// Shared rows of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioShare {
    /// The scenario's name.
    pub scenario: String,
    /// Number of its training rows.
    pub instances: u64,
    /// Number of those that train every tower.
    pub shared: u64,
    /// Click rates, where they were asked for and clicks are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctr: Option<ClickRates>,
}

/// Click rates of the shared and of the private rows; `None` where there are no such rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClickRates {
    /// The click rate of the rows that train every tower.
    pub shared: Option<f64>,
    /// The click rate of the rows that train only the tower of their scenario.
    pub private: Option<f64>,
}

/// Agreement of a list with the planted truth, on training rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListTruth {
    /// Part of the listed rows that is planted as shared.
    pub precision: f64,
    /// Part of the rows planted as shared that is on the list.
    pub recall: f64,
    /// Part of all rows that is planted as shared; a random list has this precision.
    pub base_rate: f64,
    /// Part of all rows that is on the list; a random list has this recall.
    pub list_rate: f64,
    /// AUC of the raw scores, which should rank planted rows above others; 0.5 is chance.
    pub score_auc: Option<f64>,
}

/// The sample of test rows in an artifact, and the rows for which it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleRecord {
    /// The split from which the rows are drawn: "test".
    pub split: String,
    /// Number of rows in the sample.
    pub rows: u64,
    /// Number of rows in the split.
    pub of: u64,
    /// The same two numbers for every scenario.
    pub by_scenario: Vec<ScenarioSample>,
}

/// The sample's rows of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioSample {
    /// The scenario's name.
    pub scenario: String,
    /// Number of its rows in the sample.
    pub rows: u64,
    /// Number of its rows in the split.
    pub of: u64,
}

/// One number over the steps of a phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// "search" or "retrain".
    pub phase: String,
    /// "loss" of a batch, "shared" part of a batch, "temperature", or "val_auc" of an epoch.
    pub what: String,
    /// `(step, value)`.
    pub points: Vec<(u64, f64)>,
}

/// One run of a sweep: its list, and its quality on test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Name of the method that made the list.
    pub method: String,
    /// The share of rows that was asked for.
    pub ratio: f64,
    /// Seed of everything random.
    pub seed: u64,
    /// Number of rows on the list.
    pub shared: u64,
    /// Quality on the test rows.
    pub test: Report,
}

impl Record {
    /// Takes the times out, so that the same run gives the same artifact.
    #[must_use]
    pub fn without_times(mut self) -> Self {
        for phase in &mut self.phases {
            phase.seconds = None;
            phase.instances_per_second = None;
        }
        self.methods = self.methods.into_iter().map(Self::without_times).collect();
        self
    }

    /// The raw log's column that holds the scenario, if the record names it.
    pub fn scenario_column(&self) -> Option<&str> {
        self.scenario_column.as_ref()?.as_deref()
    }

    /// Reads the record of an artifact. A part that is missing or of another shape stays blank, an item of
    /// another shape is left out of its list, and a report that is no object gives a blank record: such a
    /// file can still be shown.
    pub(super) fn lenient<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(lenient::record(&Value::deserialize(from)?))
    }
}

/// Reads a key that is there, so that null is told apart from a missing key.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl Default for Share {
    fn default() -> Self {
        Self {
            ratio: RATIO_IF_UNKNOWN,
            by: None,
            shared: 0,
            scenario_r2: None,
            borrowers: None,
            ctr: None,
            by_scenario: Vec::new(),
        }
    }
}

impl Share {
    /// Counts a list, `[n]`.
    pub fn count(names: &[String], train: &Instances, shared: &[bool], ratio: Option<f64>) -> Self {
        let mut tallies = vec![Tally::default(); names.len()];
        for (scenario, bit) in train.scenarios.iter().zip(shared) {
            let [all, some] = &mut tallies[usize::from(*scenario)].rows;
            *all += 1;
            *some += u64::from(*bit);
        }
        Self::of(names, &tallies, ratio, false)
    }

    /// Reports on counts per scenario, `[K]`, with click rates where clicks were counted.
    pub fn of(names: &[String], tallies: &[Tally], ratio: Option<f64>, clicks: bool) -> Self {
        let rates = |tally: &Tally| clicks.then(|| ClickRates::from(tally));
        let by_scenario = names.iter().zip(tallies).map(|(name, tally)| ScenarioShare {
            scenario: name.clone(),
            instances: tally.rows[0],
            shared: tally.rows[1],
            ctr: rates(tally),
        });
        let mut all = Tally::default();
        for tally in tallies {
            for g in 0..2 {
                all.rows[g] += tally.rows[g];
                all.clicks[g] += tally.clicks[g];
            }
        }
        Self {
            ratio: ratio.unwrap_or(all.rows[1] as f64 / all.rows[0].max(1) as f64),
            by: None,
            shared: all.rows[1],
            scenario_r2: None,
            borrowers: None,
            ctr: rates(&all),
            by_scenario: by_scenario.collect(),
        }
    }
}

impl From<&Tally> for ClickRates {
    fn from(tally: &Tally) -> Self {
        let [shared, private] = tally.rates();
        Self { shared, private }
    }
}

impl ListTruth {
    /// Compares a list with the planted rows: marks, scores and planted marks are `[n]`.
    pub fn new(planted: &[bool], shared: &[bool], scores: &[f32]) -> Self {
        let n = planted.len().max(1) as f64;
        let agreement = Agreement::new(shared, planted);
        let labels: Vec<u8> = planted.iter().map(|p| u8::from(*p)).collect();
        Self {
            precision: agreement.precision(),
            recall: agreement.recall(),
            base_rate: agreement.planted as f64 / n,
            list_rate: agreement.listed as f64 / n,
            score_auc: auc(scores, &labels),
        }
    }
}
