//! Test rows that stay with a run and go with its artifact: some of every scenario, by seed.

use serde_json::{Value, json};
use ssim_core::instances::Instances;
pub use ssim_core::look::stratified_sample::places;
use ssim_core::metric::Report;

/// Rows that a page can show at once.
pub const ROWS: usize = 10_000;

/// About `most` rows in their order: every scenario by its size, small ones with a floor.
pub fn stratified(rows: &Instances, scenarios: usize, most: usize, seed: u64) -> Instances {
    rows.pick(&places(&rows.scenarios, scenarios, most, seed))
}

/// How many rows of how many there were, so that nobody takes the sample for the whole.
pub fn describe(sample: &Instances, test: &Report) -> Value {
    let count = |k: usize| sample.scenarios.iter().filter(|s| usize::from(**s) == k).count();
    let by_scenario = test.scenarios.iter().enumerate().map(
        |(k, s)| json!({ "scenario": s.scenario, "rows": count(k), "of": s.metrics.instances }),
    );
    json!({
        "split": "test",
        "rows": sample.len(),
        "of": test.pooled.instances,
        "by_scenario": by_scenario.collect::<Vec<_>>(),
    })
}
