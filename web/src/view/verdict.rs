//! The finding about the open file in one or two sentences, computed from its numbers.

use super::text::scenario;
use crate::address::Metric;
use crate::protocol::Overview;
use crate::sample::Sample;
use ssim_core::method::Method;
use ssim_viz::fixed;

/// From this part of the score's variance on, the scenario decides.
const BY_SCENARIO: f64 = 0.8;

/// Whether sharing helps, and what the selector decides by. A question where the file measures neither.
pub fn verdict(overview: &Overview, sample: &Sample) -> String {
    let told = [helps(overview), decides(overview, sample)];
    let told: Vec<String> = told.into_iter().flatten().collect();
    match told.is_empty() {
        true => "Which rows would every scenario learn from?".to_owned(),
        false => told.join(" "),
    }
}

/// In how many scenarios the list of the run has a higher AUC than no sharing.
fn helps(overview: &Overview) -> Option<String> {
    let own = &overview.models.first()?.method;
    let reference = Method::Mt.name();
    let (measured, runs) = (&overview.measured, &overview.runs);
    let of_run = |method: &str, k: usize| {
        let run = runs.iter().find(|run| run.method == method)?;
        run.test.scenarios.get(k)?.1.get(Metric::AUC)
    };
    let value = |method: &str, ratio: f64, k: usize| {
        let at = measured.at(method, ratio, Metric::AUC, Some(k)).map(|at| at.value);
        at.or_else(|| of_run(method, k))
    };
    let both = (0..overview.scenarios.len()).filter_map(|k| {
        (own != reference).then_some(())?;
        Some(value(own, overview.ratio, k)? > value(reference, 0.0, k)?)
    });
    let both: Vec<bool> = both.collect();
    let better = both.iter().filter(|b| **b).count();
    let seeds = if measured.seeds() > 1 { "" } else { " (one seed)" };
    (!both.is_empty())
        .then(|| format!("Sharing helps {better} of {} scenarios{seeds}.", both.len()))
}

/// Whether the selector decides by scenario or by row, and how many scenarios share nothing.
fn decides(overview: &Overview, sample: &Sample) -> Option<String> {
    overview.selector.as_ref()?;
    let scores = sample.column("score")?;
    let part = between(scores, &sample.scenarios, overview.scenarios.len())?;
    let percent = match part {
        0.995.. => "over 99".to_owned(),
        part => fixed(100.0 * part, 0),
    };
    let mut told = match part >= BY_SCENARIO {
        true => format!(
            "The selector decides by scenario, not by row: {percent}\u{a0}% of its score's variance"
        ),
        false => format!(
            "The selector decides by row: the scenario is {percent}\u{a0}% of its score's variance"
        ),
    };
    let none: Vec<_> = overview.lists.iter().filter(|l| l.shared == 0).collect();
    match &none[..] {
        [] => {}
        [one] => told += &format!("; {} shares nothing", scenario(&one.scenario)),
        many => told += &format!("; {} of {} share nothing", many.len(), overview.lists.len()),
    }
    Some(told + ".")
}

/// The part of the variance of `scores` `[n]` that lies between the `k` scenarios; `None` where the scores
/// do not vary.
fn between(scores: &[f32], scenarios: &[u16], k: usize) -> Option<f64> {
    let mut sums = vec![(0.0, 0.0); k];
    let (mut all, mut squares) = (0.0, 0.0);
    for (score, scenario) in scores.iter().zip(scenarios) {
        let score = f64::from(*score);
        let sum = sums.get_mut(usize::from(*scenario))?;
        (sum.0, sum.1) = (sum.0 + 1.0, sum.1 + score);
        (all, squares) = (all + score, squares + score * score);
    }
    let n = scores.len() as f64;
    let whole = squares - all * all / n;
    let groups: f64 = sums.iter().filter(|s| s.0 > 0.0).map(|(n, sum)| sum * sum / n).sum();
    (whole > 1e-9 * squares).then(|| ((groups - all * all / n) / whole).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    #[test]
    fn the_part_between_scenarios() {
        let scenarios = [0, 0, 1, 1];
        assert_eq!(between(&[1.0, 1.0, 3.0, 3.0], &scenarios, 2), Some(1.0));
        assert_eq!(between(&[1.0, 3.0, 1.0, 3.0], &scenarios, 2), Some(0.0));
        assert_eq!(between(&[2.0; 4], &scenarios, 2), None);
        assert_eq!(between(&[0.0, 2.0, 2.0, 4.0], &scenarios, 2), Some(0.5));
    }

    #[test]
    fn the_demo_says_what_it_measured_and_a_run_without_both_asks() {
        let bytes = include_bytes!("../../../static/demo.ssim");
        let mut overview = Engine::open(bytes).expect("an artifact").overview().clone();
        let better = helps(&overview).expect("a sweep");
        assert!(
            better.starts_with("Sharing helps ") && better.ends_with(" of 4 scenarios."),
            "{better}"
        );
        overview.measured.0.clear();
        overview.runs.clear();
        overview.selector = None;
        assert!(verdict(&overview, &Sample::default()).ends_with('?'));
    }
}
