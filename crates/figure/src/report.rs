//! The parts of a run's record in the form in which pictures and the page show them.

use crate::measured::{Measured, Point};
use crate::tested::Tested;
use serde::{Deserialize, Serialize};
use ssim_core::artifact::record::Record;
use ssim_core::metric::Report;

/// One scenario's training rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListLine {
    /// The scenario's name.
    pub scenario: String,
    /// All of its rows.
    pub instances: u64,
    /// Those on the list.
    pub shared: u64,
}

/// A run with one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunLine {
    /// Its method.
    pub method: String,
    /// Whether it shares instances.
    pub shares: bool,
    /// Quality on all test rows.
    pub test: Tested,
}

/// The number of rows from which the file's sample was drawn.
pub fn of(record: &Record) -> Option<u64> {
    record.sample.as_ref().map(|sample| sample.of)
}

/// The list that the run was trained on.
pub fn lists(record: &Record) -> Vec<ListLine> {
    let scenarios = record.share.by_scenario.iter();
    let lines = scenarios.map(|s| ListLine {
        scenario: s.scenario.clone(),
        instances: s.instances,
        shared: s.shared,
    });
    lines.collect()
}

/// The curves of one number, at most one per phase ("search" and "retrain").
pub fn curves(record: &Record, what: &str) -> Vec<(String, Vec<(f64, f64)>)> {
    let curves = record.curves.iter().flatten().filter(|curve| curve.what == what);
    let lines = curves.map(|curve| {
        let points = curve.points.iter().map(|(step, value)| (*step as f64, *value));
        (curve.phase.clone(), points.collect())
    });
    lines.collect()
}

/// The part of each batch that was shared during the search, by step.
pub fn search(record: &Record) -> Vec<Vec<(f64, f64)>> {
    let shared = curves(record, "shared").into_iter().filter(|c| c.0 == "search");
    shared.map(|c| c.1).collect()
}

/// The runs that were compared; if there were none, the run itself.
pub fn runs(record: &Record) -> Vec<RunLine> {
    let runs: Vec<RunLine> = record.methods.iter().filter_map(run).collect();
    if runs.is_empty() { run(record).into_iter().collect() } else { runs }
}

fn run(record: &Record) -> Option<RunLine> {
    let test = tested(record).filter(|_| !record.method.is_empty())?;
    Some(RunLine { method: record.method.clone(), shares: record.share.shared > 0, test })
}

/// The results of a sweep.
pub fn sweep(record: &Record) -> Measured {
    let points = record.sweep.iter().flatten().map(|point| Point {
        method: point.method.clone(),
        ratio: point.ratio,
        seed: point.seed,
        test: Tested::from(&point.test),
    });
    Measured(points.collect())
}

/// Quality on all test rows, if the record has it.
pub fn tested(record: &Record) -> Option<Tested> {
    // A part that an artifact lacks is blank in its record.
    (record.test != Report::default()).then(|| Tested::from(&record.test))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_core::artifact::record::{Curve, Share, SweepPoint};
    use ssim_core::metric::{Metric, Metrics};

    #[test]
    fn a_record_becomes_lines() {
        let pooled = Metrics::new(&[1.0, 2.0], &[0, 1]);
        let test = Report { pooled, ..Report::default() };
        let curve = |phase: &str, what: &str| Curve {
            phase: phase.into(),
            what: what.into(),
            points: vec![(1, 0.5), (2, 0.4)],
        };
        let point =
            SweepPoint { method: "mt".into(), ratio: 0.0, seed: 1, shared: 0, test: test.clone() };
        let record = Record {
            method: "ssim".into(),
            test,
            share: Share { shared: 3, ..Share::default() },
            curves: Some(vec![
                curve("search", "loss"),
                curve("search", "shared"),
                curve("retrain", "shared"),
            ]),
            sweep: Some(vec![point]),
            ..Record::default()
        };
        assert_eq!(search(&record), [[(1.0, 0.5), (2.0, 0.4)]]);
        assert_eq!(curves(&record, "shared").len(), 2);
        assert_eq!(sweep(&record).len(), 1);
        let own = runs(&record);
        assert!(own.len() == 1 && own[0].shares && own[0].test.all.get(Metric::AUC) == Some(1.0));
    }

    #[test]
    fn a_blank_record_shows_nothing() {
        let blank = Record::default();
        assert!(runs(&blank).is_empty() && tested(&blank).is_none() && of(&blank).is_none());
        assert!(lists(&blank).is_empty() && sweep(&blank).is_empty() && search(&blank).is_empty());
    }
}
