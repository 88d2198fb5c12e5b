//! The report: medians over the turns, as JSON and as Markdown for the book.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Case;
use super::pace::Pace;
use super::side::{Side, WholeFit};
use crate::bench::table::median;

/// The medians of a case by side.
pub fn report(case: &Case, sides: &[&'static Side], runs: &[WholeFit]) -> Value {
    let sides: Vec<Value> = sides
        .iter()
        .map(|side| {
            let runs: Vec<&WholeFit> = runs.iter().filter(|run| run.side == side.name).collect();
            let middle = |number: &dyn Fn(&WholeFit) -> Option<f64>| {
                median(runs.iter().filter_map(|run| number(run)).collect())
            };
            let projected = runs.iter().any(|run| run.phases.iter().any(|p| p.missing() > 0.0));
            json!({
                "side": side.name, "projected": projected,
                "seconds": middle(&|run| Some(run.seconds)),
                "cpu_s": middle(&|run| Some(run.cpu_seconds)),
                "peak_mb": middle(&|run| Some(run.peak / 1e6)), "test_auc": middle(&|run| run.auc),
                "phases": phases(&runs),
            })
        })
        .collect();
    json!({
        "case": case.name(), "method": case.method, "backbone": case.backbone,
        "scenarios": case.scenarios, "ids": case.ids, "sides": sides,
    })
}

/// The phases of a side, with the median of each tenth.
fn phases(runs: &[&WholeFit]) -> Vec<Value> {
    let first = runs.first().map(|run| &run.phases[..]).unwrap_or_default();
    let phases = first.iter().enumerate().map(|(i, pace)| {
        let of_turns = || runs.iter().filter_map(|run| run.phases.get(i));
        let tenths = (0..10).filter_map(|tenth| {
            median(of_turns().filter_map(|pace| pace.tenths.get(tenth)).copied().collect())
        });
        let tenths = tenths.collect();
        let seconds = median(of_turns().map(|pace| pace.seconds).collect()).unwrap_or_default();
        Pace { tenths, seconds, ..pace.clone() }.json()
    });
    phases.collect()
}

/// The Markdown tables of the book.
pub fn text(report: &Value) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut whole = String::from(
        "| fit | side | seconds | ours is faster by | processor s | peak MB | test AUC |\n\
         |---|---|--:|--:|--:|--:|--:|\n",
    );
    let mut pace = String::from(
        "| fit, phase | side | steps | thousand rows/s in each tenth of the steps | last / first |\n\
         |---|---|--:|---|--:|\n",
    );
    for case in list(&report["cases"]) {
        let name = case["case"].as_str().unwrap_or_default();
        let sides = list(&case["sides"]);
        let ours = sides.first().and_then(|side| side["seconds"].as_f64());
        for side in &sides {
            let who = side["side"].as_str().unwrap_or_default();
            let about = if side["projected"] == true { "~" } else { "" };
            let times = side["seconds"].as_f64().zip(ours).map(|(it, ours)| it / ours);
            let _ = writeln!(
                whole,
                "| {name} | {who} | {about}{} | {} | {} | {} | {} |",
                show(side["seconds"].as_f64(), 1),
                show(times, 2),
                show(side["cpu_s"].as_f64(), 1),
                show(side["peak_mb"].as_f64(), 0),
                show(side["test_auc"].as_f64(), 4),
            );
            for phase in list(&side["phases"]) {
                let tenths = list(&phase["rows_per_s_by_tenth"]);
                let tenths = tenths.iter().map(|rate| show(rate.as_f64().map(|r| r / 1e3), 1));
                let _ = writeln!(
                    pace,
                    "| {name}, {} | {who} | {} | {} | {} |",
                    phase["phase"].as_str().unwrap_or_default(),
                    phase["steps"],
                    tenths.collect::<Vec<_>>().join(" "),
                    show(phase["last_over_first"].as_f64().map(|kept| 100.0 * kept), 0) + " %",
                );
            }
        }
    }
    format!(
        "{whole}\n{pace}\nBatches of {}, epochs: {}, medians of {} turns, {} threads, {}, load up to {:.1}, {}\n",
        report["batch"],
        report["epochs"],
        report["turns"],
        report["threads"].as_str().unwrap_or_default(),
        report["machine"].as_str().unwrap_or_default(),
        report["load"].as_f64().unwrap_or_default(),
        report["date"].as_str().unwrap_or_default(),
    )
}

fn show(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::fit::side::find;

    fn run(side: &'static str, seconds: f64, whole: f64) -> WholeFit {
        let tenths = (1..=10).map(|i| 1e6 / f64::from(i)).collect();
        let pace = Pace { phase: "retrain".into(), steps: 50, seconds: 4.0, tenths, whole };
        let auc = (whole == 1.0).then_some(0.75);
        WholeFit { side, seconds, cpu_seconds: 2.0, peak: 3e6, auc, phases: vec![pace] }
    }

    #[test]
    fn sides_are_compared_with_the_first_one() {
        let case = Case { method: "mt".into(), backbone: "dnn".into(), scenarios: 4, ids: 300_000 };
        let sides = ["ours", "default"].map(|name| find(name).expect("a side"));
        let runs = [run("ours", 2.0, 1.0), run("ours", 4.0, 1.0), run("default", 9.0, 2.0)];
        let report = json!({
            "batch": 64, "epochs": 1, "turns": 2, "threads": "2", "machine": "m", "load": 0.5,
            "date": "d", "cases": [report(&case, &sides, &runs)],
        });
        let text = text(&report);
        let name = "mt dnn, K = 4, 300 k ids";
        for line in [
            format!("| {name} | ours | 3.0 | 1.00 | 2.0 | 3 | 0.7500 |"),
            format!("| {name} | default | ~9.0 | 3.00 | 2.0 | 3 | – |"),
        ] {
            assert!(text.contains(&line), "{text}");
        }
        assert!(text.contains(&format!("| {name}, retrain | ours | 50 | 1000.0 500.0")), "{text}");
        assert!(text.contains("100.0 | 10 % |"), "{text}");
    }
}
