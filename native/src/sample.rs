//! Test rows that stay with a run and go with its artifact: some of every scenario, by seed.

use serde_json::{Value, json};
use ssim_core::instances::Instances;
use ssim_core::metric::Report;
use ssim_core::rng::Stream;

/// Rows that a page can show at once.
pub const ROWS: usize = 10_000;
/// No scenario is shown with fewer rows, as far as it has them.
const LEAST: usize = 1000;

/// About `most` rows in their order: every scenario by its size, small ones with a floor.
pub fn stratified(rows: &Instances, scenarios: usize, most: usize, seed: u64) -> Instances {
    rows.pick(&places(rows, scenarios, most, seed))
}

/// Which rows these are.
pub fn places(rows: &Instances, scenarios: usize, most: usize, seed: u64) -> Vec<u32> {
    let mut members = vec![Vec::new(); scenarios];
    for (i, s) in (0u32..).zip(&rows.scenarios) {
        members[usize::from(*s)].push(i);
    }
    // Half of the sample at most is given to floors.
    let floor = LEAST.min(most / (2 * scenarios.max(1)));
    let least: usize = members.iter().map(|m| floor.min(m.len())).sum();
    let rest = most.saturating_sub(least) as f64 / (rows.len() - least).max(1) as f64;
    let mut chosen = Vec::new();
    for (k, members) in (0u64..).zip(&members) {
        let first = floor.min(members.len());
        let n = first + ((members.len() - first) as f64 * rest.min(1.0)) as usize;
        let order = Stream::new(seed, "artifact sample", &[k]).permutation(members.len());
        chosen.extend(order.iter().take(n).map(|i| members[*i as usize]));
    }
    chosen.sort_unstable();
    chosen
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
