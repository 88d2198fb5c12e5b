//! The share scores of every scenario as strips, which the page draws of the shown list and the worker of the
//! run's.

use crate::sample::Sample;
use crate::text::scenario;
use ssim_core::look::list_statistics::Tally;
use ssim_viz::{Picks, ScenarioCounts, Strips, seen};

/// The scenarios `names` `[K]` with their rows, their shared rows and their classes.
pub fn counts(names: &[String], tallies: &[Tally], classes: &[u8]) -> Vec<ScenarioCounts> {
    let scenarios = names.iter().zip(tallies).zip(classes);
    let counts = scenarios.map(|((name, tally), class)| ScenarioCounts {
        scenario: scenario(name),
        instances: tally.rows[0],
        shared: tally.rows[1],
        class: *class,
    });
    counts.collect()
}

/// The strips of the picked scenarios and of the largest others, at most `most` in all. `scores` names the
/// column, and `shared` is `[n]`.
pub fn strips<'a>(
    sample: &'a Sample,
    scores: &str,
    shared: &'a [bool],
    scenarios: Vec<ScenarioCounts>,
    picks: Picks,
    most: usize,
) -> Strips<'a> {
    let sizes: Vec<u64> = scenarios.iter().map(|s| s.instances).collect();
    let order = seen(&sizes, picks, most);
    let hidden = scenarios.len() - order.len();
    let some = if hidden > 0 {
        format!(" {hidden} smaller scenarios are not drawn.")
    } else {
        String::new()
    };
    Strips {
        title: "Share scores by scenario".into(),
        note: format!(
            "Filled: shared. The dashed line is the lowest shared score of the scenario.{some}"
        ),
        x: "share score".into(),
        order,
        scenarios,
        scores: sample.column(scores).unwrap_or_default(),
        of: &sample.scenarios,
        shared,
    }
}
