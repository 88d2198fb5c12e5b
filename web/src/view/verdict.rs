//! The finding about the open file in one or two sentences, computed from its numbers.

use super::text::scenario;
use crate::address::Metric;
use crate::protocol::Overview;
use crate::sample::Sample;
use ssim_core::look::explained::{BY_SCENARIO, explained};
use ssim_core::method::Method;
use ssim_viz::fixed;

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
    let part = explained(sample.column("score")?, &sample.scenarios)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

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
