//! How both phases went, from the lines of `metrics.jsonl`.

use serde_json::Value;
use ssim_core::artifact::record::Curve;

/// Most points per curve: more than a chart has pixels would be read by nobody.
const POINTS: usize = 300;

/// The curves that the lines tell of; empty ones are left out.
pub fn curves(lines: &str) -> Vec<Curve> {
    let values: Vec<Value> = lines.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    let shared = |v: &Value| Some(v["shared"].as_f64()? / v["instances"].as_f64()?.max(1.0));
    type Of<'a> = &'a dyn Fn(&Value) -> Option<f64>;
    let what: [(&str, &str, Of); 4] = [
        ("loss", "step", &|v| v["loss"].as_f64()),
        ("shared", "step", &shared),
        ("temperature", "step", &|v| v["temperature"].as_f64()),
        ("val_auc", "epoch", &|v| v["val"]["auc"].as_f64()),
    ];
    let mut curves = Vec::new();
    for phase in ["search", "retrain"] {
        for (what, event, of) in what {
            let lines = values.iter().filter(|v| v["phase"] == phase && v["event"] == event);
            let points = lines.filter_map(|v| Some((v["steps"].as_u64()?, of(v)?))).collect();
            let points = thin(points);
            if !points.is_empty() {
                curves.push(Curve { phase: phase.to_owned(), what: what.to_owned(), points });
            }
        }
    }
    curves
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
        let line = |step: usize| {
            format!(
                "{{\"phase\":\"search\",\"event\":\"step\",\"steps\":{step},\"loss\":{step}}}\n"
            )
        };
        let text: String = (1..=600).map(line).collect();
        let curves = curves(&(text + "no json\n"));
        assert_eq!(curves.len(), 1);
        assert_eq!(
            (curves[0].phase.as_str(), curves[0].what.as_str(), curves[0].points.len()),
            ("search", "loss", 300)
        );
        assert_eq!(curves[0].points[0], (2, 1.5));
    }
}
