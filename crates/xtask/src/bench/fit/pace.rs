//! The pace of a phase: rows per second in each tenth of its steps.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// How a phase went.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    pub phase: String,
    pub steps: u64,
    /// Seconds in steps alone, without evaluations and checkpoints between epochs.
    pub seconds: f64,
    /// Rows per second in each tenth of the steps.
    pub tenths: Vec<f64>,
    /// How many times as many steps the whole phase has; above 1 if it was stopped.
    pub whole: f64,
}

impl Pace {
    /// The pace from pairs of a step and the seconds after it, in order.
    fn new(phase: &str, points: &[(u64, f64)], batch: f64, total: u64) -> Self {
        let (steps, seconds) = points.last().copied().unwrap_or_default();
        let tenth = |i: u64| at(points, steps as f64 * i as f64 / 10.0);
        let rows = steps as f64 * batch / 10.0;
        let tenths = (0..10).map(|i| rows / (tenth(i + 1) - tenth(i)).max(1e-9)).collect();
        let whole = total.max(steps) as f64 / steps.max(1) as f64;
        Self { phase: phase.to_owned(), steps, seconds, tenths, whole }
    }

    /// The speed of the last tenth in parts of the first.
    pub fn kept(tenths: &[f64]) -> f64 {
        tenths.last().copied().unwrap_or_default() / tenths.first().copied().unwrap_or(1.0)
    }

    /// Seconds that a phase which was stopped would have taken beyond its own.
    pub fn missing(&self) -> f64 {
        self.seconds * (self.whole - 1.0)
    }

    pub fn json(&self) -> Value {
        json!({
            "phase": self.phase, "steps": self.steps, "seconds": self.seconds,
            "rows_per_s_by_tenth": self.tenths, "last_over_first": Self::kept(&self.tenths),
        })
    }
}

/// Seconds after `step` steps, on the line between the points around it.
fn at(points: &[(u64, f64)], step: f64) -> f64 {
    let mut before = (0.0, 0.0);
    for (steps, seconds) in points {
        let here = (*steps as f64, *seconds);
        if here.0 >= step {
            let part = (step - before.0) / (here.0 - before.0).max(1e-9);
            return before.1 + part * (here.1 - before.1);
        }
        before = here;
    }
    before.1
}

/// The phases of a run of this program, from its journal. What happens between the last step of an
/// epoch and its end is left out: evaluation and checkpoint.
pub fn of_journal(path: &Path, batch: f64) -> Result<Vec<Pace>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut phases: Vec<(String, Vec<(u64, f64)>)> = Vec::new();
    let mut last = 0.0;
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).with_context(|| format!("in {line}"))?;
        let phase = line["phase"].as_str().unwrap_or_default();
        let (steps, seconds) = (line["steps"].as_u64(), line["seconds"].as_f64());
        let (Some(steps), Some(seconds)) = (steps, seconds) else { continue };
        if phases.last().is_none_or(|(name, _)| name != phase) {
            phases.push((phase.to_owned(), Vec::new()));
            last = 0.0;
        }
        let Some((_, points)) = phases.last_mut() else { continue };
        if line["event"] == "step" {
            let spent = points.last().map_or(0.0, |(_, spent)| *spent);
            points.push((steps, spent + seconds - last));
        }
        last = seconds;
    }
    Ok(phases.iter().map(|(phase, points)| Pace::new(phase, points, batch, 0)).collect())
}

/// The phases that an opponent has reported.
pub fn of_report(report: &Value) -> Vec<Pace> {
    let phases = report["phases"].as_array().into_iter().flatten();
    let paces = phases.map(|phase| {
        let seconds = phase["seconds"].as_array().into_iter().flatten().filter_map(Value::as_f64);
        let points: Vec<(u64, f64)> = (1..).zip(seconds).collect();
        let name = phase["phase"].as_str().unwrap_or_default();
        let batch = phase["batch"].as_f64().unwrap_or_default();
        Pace::new(name, &points, batch, phase["total"].as_u64().unwrap_or_default())
    });
    paces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_that_slows_down_shows_it_in_its_tenths() {
        // Twenty steps of a second, of which the last two take two.
        let points: Vec<(u64, f64)> =
            (1..=20).map(|i: u64| (i, i as f64 + i.saturating_sub(18) as f64)).collect();
        let pace = Pace::new("retrain", &points, 100.0, 40);
        assert_eq!(pace.tenths[..9], [100.0; 9]);
        assert_eq!(pace.tenths[9], 50.0);
        assert_eq!((Pace::kept(&pace.tenths), pace.missing()), (0.5, 22.0));
    }

    #[test]
    fn evaluations_are_no_part_of_a_pace() {
        let folder = std::env::temp_dir().join(format!("ssim-pace-{}", std::process::id()));
        let line = |steps: u64, seconds: f64, event: &str| {
            format!(
                "{}\n",
                json!({ "phase": "retrain", "steps": steps, "seconds": seconds, "event": event })
            )
        };
        let lines = [
            line(1, 1.0, "step"),
            line(2, 2.0, "step"),
            line(2, 9.0, "epoch"),
            line(3, 10.0, "step"),
            line(4, 11.0, "step"),
            line(4, 20.0, "epoch"),
        ];
        fs::write(&folder, lines.concat()).expect("a temporary file");
        let paces = of_journal(&folder, 10.0).expect("a temporary file");
        fs::remove_file(&folder).expect("a temporary file");
        assert_eq!(paces.len(), 1);
        assert_eq!((paces[0].steps, paces[0].seconds), (4, 4.0));
        assert!(paces[0].tenths.iter().all(|rate| (rate - 10.0).abs() < 1e-6));
    }
}
