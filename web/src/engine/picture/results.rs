//! The test metrics of a file: those of a sweep, and those of single runs.

use ssim_core::artifact::record::Record;
use ssim_core::metric::Metric;
use ssim_figure::measured::Measured;
use ssim_figure::report::{self, RunLine};

/// The test metrics of a file.
pub struct Results {
    /// Those that a sweep measured.
    pub measured: Measured,
    /// Those of the run, and of the runs that it was compared with.
    pub runs: Vec<RunLine>,
}

impl Results {
    /// The metrics in the record of a run.
    pub fn new(record: &Record) -> Self {
        Self { measured: report::sweep(record), runs: report::runs(record) }
    }

    /// Whether the method was measured.
    pub fn has(&self, method: &str) -> bool {
        self.measured.0.iter().any(|p| p.method == method)
            || self.runs.iter().any(|r| r.method == method)
    }

    /// The AUC of a method at a ratio: of the sweep, otherwise of the single run. `place` is a scenario, or all
    /// rows.
    pub fn auc(&self, (method, ratio): (&str, f64), place: Option<usize>) -> Option<f64> {
        let swept = self.measured.at(method, ratio, Metric::AUC, place).map(|at| at.value);
        swept.or_else(|| {
            let test = &self.runs.iter().find(|run| run.method == method)?.test;
            let metrics = match place {
                None => &test.all,
                Some(k) => &test.scenarios.get(k)?.1,
            };
            metrics.get(Metric::AUC)
        })
    }

    /// Among `k` scenarios, the number of those in which `a` has a higher AUC than `b`, and of those in which both are
    /// measured.
    pub fn better(&self, k: usize, a: (&str, f64), b: (&str, f64)) -> (usize, usize) {
        let both = (0..k).filter_map(|k| Some((self.auc(a, Some(k))?, self.auc(b, Some(k))?)));
        both.fold((0, 0), |(better, known), (a, b)| (better + usize::from(a > b), known + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_figure::measured::Point;
    use ssim_figure::{Measures, Tested};

    fn tested(aucs: &[f64]) -> Tested {
        let measures = |auc: f64| Measures { instances: 1, values: vec![Some(auc)] };
        let scenarios = aucs.iter().map(|auc| (String::new(), measures(*auc)));
        Tested { all: measures(aucs[0]), mean_auc: None, scenarios: scenarios.collect() }
    }

    #[test]
    fn scenarios_with_both_are_counted_and_single_runs_stand_in() {
        let point = |method: &str, ratio, aucs: &[f64]| Point {
            method: method.into(),
            ratio,
            seed: 1,
            test: tested(aucs),
        };
        let mut results = Results {
            measured: Measured(vec![point("mt", 0.0, &[0.5, 0.6, 0.7])]),
            runs: vec![RunLine { method: "ssim".into(), shares: true, test: tested(&[0.6, 0.6]) }],
        };
        assert_eq!(results.better(3, ("ssim", 0.5), ("mt", 0.0)), (1, 2));
        assert_eq!(results.better(3, ("mt-s", 1.0), ("mt", 0.0)), (0, 0));
        // The sweep comes before the single run.
        results.measured.0.push(point("ssim", 0.5, &[0.4, 0.5, 0.6]));
        assert_eq!(results.better(3, ("ssim", 0.5), ("mt", 0.0)), (0, 3));
        assert!(results.has("ssim") && !results.has("st"));
    }
}
