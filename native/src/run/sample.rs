//! Test rows that stay with a run and go with its artifact: some of every scenario, by seed.

use ssim_core::artifact::record::{SampleRecord, ScenarioSample};
use ssim_core::instances::Instances;
pub use ssim_core::look::stratified_sample::places;
use ssim_core::metric::Report;

/// Rows that a page can show at once.
pub const ROWS: usize = 10_000;

/// About `most` rows in their order: every scenario by its size, small ones with a floor.
pub fn stratified(rows: &Instances, scenarios: usize, most: usize, seed: u64) -> Instances {
    rows.pick(&places(&rows.scenarios, scenarios, most, seed))
}

/// Counts the rows of the sample and of the whole split, so that nobody takes one for the other.
pub fn describe(sample: &Instances, test: &Report) -> SampleRecord {
    let count = |k: usize| sample.scenarios.iter().filter(|s| usize::from(**s) == k).count();
    let by_scenario = test.scenarios.iter().enumerate().map(|(k, s)| ScenarioSample {
        scenario: s.scenario.clone(),
        rows: count(k) as u64,
        of: s.metrics.instances,
    });
    SampleRecord {
        split: "test".to_owned(),
        rows: sample.len() as u64,
        of: test.pooled.instances,
        by_scenario: by_scenario.collect(),
    }
}
