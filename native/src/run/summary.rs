//! The object that `fit --json` prints and `summary.json` holds.

use serde::{Deserialize, Serialize};
use ssim_core::instances::Instances;
use ssim_core::look::list_statistics::Tally;
use ssim_core::metric::Report;

/// A fitted model's story in numbers; apart from the times it is the same for the same run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
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
    /// What was trained, in order.
    pub phases: Vec<Timing>,
    /// Which rows were shared.
    pub share: Share,
    /// Quality on the rows that training stopped by.
    pub val: Report,
    /// Quality on rows that training never saw.
    pub test: Report,
}

/// One phase's work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// "search", "start", "retrain", or "retrain-k" of the copy for scenario k.
    pub phase: String,
    /// Passes over train, begun ones included.
    pub epochs: u64,
    /// Batches.
    pub steps: u64,
    /// Rows, over all epochs.
    pub instances: u64,
    /// Time over all sessions, evaluation and checkpoints included.
    pub seconds: f64,
    /// The quotient of the two.
    pub instances_per_second: f64,
}

/// Which rows were shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The share that was asked for.
    pub ratio: f64,
    /// Rows that train every tower.
    pub shared: u64,
    /// Click rates, where they were asked for and clicks are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctr: Option<Rates>,
    /// Per scenario.
    pub by_scenario: Vec<ScenarioShare>,
}

/// Shared rows of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioShare {
    /// Its name.
    pub scenario: String,
    /// Its train rows.
    pub instances: u64,
    /// Those that train every tower.
    pub shared: u64,
    /// Click rates, where they were asked for and clicks are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctr: Option<Rates>,
}

/// Click rates of rows that are shared, and of those that are not; nothing where there are none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Of rows that train every tower.
    pub shared: Option<f64>,
    /// Of rows that train their own tower alone.
    pub private: Option<f64>,
}

impl From<&Tally> for Rates {
    fn from(tally: &Tally) -> Self {
        let [shared, private] = tally.rates();
        Self { shared, private }
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

    /// The same of counts per scenario, with click rates where clicks were counted.
    pub fn of(names: &[String], tallies: &[Tally], ratio: Option<f64>, clicks: bool) -> Self {
        let rates = |tally: &Tally| clicks.then(|| Rates::from(tally));
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
            shared: all.rows[1],
            ctr: rates(&all),
            by_scenario: by_scenario.collect(),
        }
    }
}
