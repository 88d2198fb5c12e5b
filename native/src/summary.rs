//! The object that `fit --json` prints and `summary.json` holds.

use serde::{Deserialize, Serialize};
use ssim_core::instances::Instances;
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
}

impl Share {
    /// Counts a list, `[n]`.
    pub fn count(names: &[String], train: &Instances, shared: &[bool], ratio: Option<f64>) -> Self {
        let mut counts = vec![(0u64, 0u64); names.len()];
        for (scenario, bit) in train.scenarios.iter().zip(shared) {
            let (all, some) = &mut counts[usize::from(*scenario)];
            *all += 1;
            *some += u64::from(*bit);
        }
        let total: u64 = counts.iter().map(|c| c.1).sum();
        let by_scenario = names.iter().zip(counts).map(|(name, (instances, shared))| {
            ScenarioShare { scenario: name.clone(), instances, shared }
        });
        Self {
            ratio: ratio.unwrap_or(total as f64 / train.len().max(1) as f64),
            shared: total,
            by_scenario: by_scenario.collect(),
        }
    }
}
