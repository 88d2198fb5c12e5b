//! The curves of search and retrain, from the lines of `metrics.jsonl`.

use super::journal::JournalLine;
use ssim_core::artifact::record::Curve;
use ssim_train::checkpoint::header::{RETRAIN, SEARCH};
use ssim_train::event::Event;

/// Most points per curve: more than a chart has pixels would be read by nobody.
const POINTS: usize = 300;

/// One number of an event, if the event has it.
type Number = fn(&Event) -> Option<f64>;

/// The curves in the lines of `metrics.jsonl`. Curves without points are left out.
pub fn curves(lines: &[JournalLine]) -> Vec<Curve> {
    let numbers: [(&str, Number); 4] =
        [("loss", loss), ("shared", shared), ("temperature", temperature), ("val_auc", val_auc)];
    let mut curves = Vec::new();
    for phase in [SEARCH, RETRAIN] {
        for (what, number) in numbers {
            let lines = lines.iter().filter(|line| line.phase == phase);
            let points = lines.filter_map(|line| Some((line.steps, number(&line.event)?)));
            let points = thin(points.collect());
            if !points.is_empty() {
                curves.push(Curve { phase: phase.to_owned(), what: what.to_owned(), points });
            }
        }
    }
    curves
}

fn loss(event: &Event) -> Option<f64> {
    match event {
        Event::Step { loss, .. } => Some(*loss),
        _ => None,
    }
}

fn shared(event: &Event) -> Option<f64> {
    match event {
        Event::Step { shared, instances, .. } => Some(*shared as f64 / (*instances).max(1) as f64),
        _ => None,
    }
}

fn temperature(event: &Event) -> Option<f64> {
    match event {
        Event::Step { temperature, .. } => *temperature,
        _ => None,
    }
}

fn val_auc(event: &Event) -> Option<f64> {
    match event {
        Event::Epoch { val, .. } => val.as_ref()?.pooled.auc(),
        _ => None,
    }
}

/// Means over groups of neighbours, so that what happened between two points is not lost.
fn thin(points: Vec<(u64, f64)>) -> Vec<(u64, f64)> {
    let group = points.len().div_ceil(POINTS).max(1);
    let mean = |points: &[(u64, f64)]| {
        let sum: f64 = points.iter().map(|p| p.1).sum();
        (points[points.len() - 1].0, sum / points.len() as f64)
    };
    points.chunks(group).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_phases_are_thinned_by_means() {
        let line = |step: u64| {
            let (loss, instances, shared, temperature) = (step as f64, 0, 0, None);
            let event =
                Event::Step { epoch: 1, step, of: 600, instances, loss, shared, temperature };
            JournalLine { phase: SEARCH.to_owned(), steps: step, seconds: 0.5, event }
        };
        let curves = curves(&(1..=600).map(line).collect::<Vec<_>>());
        // A step has a loss and a shared part.
        assert_eq!(curves.len(), 2);
        assert_eq!(
            (curves[0].phase.as_str(), curves[0].what.as_str(), curves[0].points.len()),
            ("search", "loss", 300)
        );
        assert_eq!(curves[0].points[0], (2, 1.5));
    }
}
