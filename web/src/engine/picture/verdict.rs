//! The finding about the open file in one or two sentences, computed from its numbers.

use super::story::ENDS;
use crate::engine::Engine;
use crate::sample::Sample;
use crate::text::scenario;
use ssim_core::look::explained::{BY_SCENARIO, explained};
use ssim_figure::report::{self, ListLine};
use ssim_viz::fixed;

impl Engine {
    /// Whether sharing helps, and what the selector decides by.
    pub(super) fn verdict(&self) -> String {
        let lists = report::lists(&self.artifact.header.report);
        let decides = self.overview.selected.then(|| decides(&self.sample, &lists)).flatten();
        let told: Vec<String> = [self.helps(), decides].into_iter().flatten().collect();
        match told.is_empty() {
            true => "This file does not measure whether sharing helps.".to_owned(),
            false => told.join(" "),
        }
    }

    /// In how many scenarios the list of the run has a higher AUC than no sharing.
    fn helps(&self) -> Option<String> {
        let overview = &self.overview;
        let (own, none) = ((overview.method.as_str(), overview.ratio), (ENDS[0], 0.0));
        let (better, known) = self.results.better(overview.scenarios.len(), own, none);
        let seeds = if self.results.measured.seeds() > 1 { "" } else { " (one seed)" };
        (own.0 != none.0 && known > 0)
            .then(|| format!("Sharing helps {better} of {known} scenarios{seeds}."))
    }
}

/// Whether the selector decides by scenario or by row, and how many scenarios share nothing.
fn decides(sample: &Sample, lists: &[ListLine]) -> Option<String> {
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
    let none: Vec<_> = lists.iter().filter(|l| l.shared == 0).collect();
    match &none[..] {
        [] => {}
        [one] => told += &format!("; {} shares nothing", scenario(&one.scenario)),
        many => told += &format!("; {} of {} share nothing", many.len(), lists.len()),
    }
    Some(told + ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_says_what_it_measured_and_a_run_without_both_says_so() {
        let bytes = include_bytes!("../../../../static/demo.ssim");
        let mut engine = Engine::open(bytes).expect("an artifact");
        let better = engine.helps().expect("a sweep");
        assert!(
            better.starts_with("Sharing helps ") && better.ends_with(" of 4 scenarios."),
            "{better}"
        );
        engine.results.measured.0.clear();
        engine.results.runs.clear();
        engine.overview.selected = false;
        assert!(engine.verdict().contains("does not measure"));
    }
}
