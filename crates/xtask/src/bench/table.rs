//! Medians over the turns, and the ratios that matter.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::Line;

const WHO: [&str; 3] = ["ours", "torch", "plain"];

/// One entry per phase: each side's medians, and ours over theirs.
pub fn report(lines: &[Line]) -> Value {
    let mut phases: Vec<&str> = Vec::new();
    for line in lines {
        if !phases.contains(&line.phase.as_str()) {
            phases.push(&line.phase);
        }
    }
    let rows = phases.into_iter().map(|phase| row(lines, phase)).collect();
    json!({ "schema": 1, "phases": Value::Array(rows) })
}

fn row(lines: &[Line], phase: &str) -> Value {
    let mut row = Map::new();
    row.insert("phase".to_owned(), json!(phase));
    for who in WHO {
        // Plain PyTorch searches every tower on every row: one figure stands beside both shares.
        let same = |line: &&Line| {
            line.who == who
                && (line.phase == phase
                    || who == "plain"
                        && phase.starts_with("search")
                        && line.phase.starts_with("search"))
        };
        let of = |key: &str| {
            median(
                lines
                    .iter()
                    .filter(same)
                    .filter_map(|line| line.numbers.get(key)?.as_f64())
                    .collect(),
            )
        };
        let keys = ["inst_per_s", "ms_med", "cpu_ms_med", "peak_rss_mb", "load"];
        row.insert(
            who.to_owned(),
            keys.into_iter().map(|key| (key.to_owned(), json!(of(key)))).collect(),
        );
    }
    for (name, other, key) in [
        ("ours_over_torch", "torch", "inst_per_s"),
        ("ours_over_plain", "plain", "inst_per_s"),
        ("cpu_torch_over_ours", "torch", "cpu_ms_med"),
    ] {
        let (ours, theirs) = (number(&row, "ours", key), number(&row, other, key));
        let ratio = ours
            .zip(theirs)
            .map(|(ours, theirs)| if key == "cpu_ms_med" { theirs / ours } else { ours / theirs });
        row.insert(name.to_owned(), json!(ratio));
    }
    Value::Object(row)
}

/// The same for people.
pub fn text(report: &Value) -> String {
    let mut out = String::from(
        "phase               ours inst/s   torch  plain   ours/torch  ours/plain  cpu torch/ours   peak MB ours/torch/plain   load\n",
    );
    for row in report["phases"].as_array().into_iter().flatten().filter_map(Value::as_object) {
        let show = |value: Option<f64>, digits: usize| {
            value.map_or("-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let ratio = |name: &str| show(row.get(name).and_then(Value::as_f64), 2);
        let [speed, peak] =
            ["inst_per_s", "peak_rss_mb"].map(|key| WHO.map(|who| show(number(row, who, key), 0)));
        let _ = writeln!(
            out,
            "{:<20}{:>11}{:>8}{:>7}{:>13}{:>12}{:>16}{:>27}{:>7}",
            row.get("phase").and_then(Value::as_str).unwrap_or_default(),
            speed[0],
            speed[1],
            speed[2],
            ratio("ours_over_torch"),
            ratio("ours_over_plain"),
            ratio("cpu_torch_over_ours"),
            peak.join(" / "),
            show(number(row, "ours", "load"), 1),
        );
    }
    out.push_str("medians over the turns; compare the cpu column where the load is above the threads measured\n");
    out
}

fn number(row: &Map<String, Value>, who: &str, key: &str) -> Option<f64> {
    row.get(who)?.get(key)?.as_f64()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    (n > 0).then(|| (values[(n - 1) / 2] + values[n / 2]) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(who: &'static str, phase: &str, speed: f64) -> Line {
        Line {
            who,
            phase: phase.to_owned(),
            numbers: json!({ "inst_per_s": speed, "cpu_ms_med": 1e6 / speed }),
        }
    }

    #[test]
    fn ratios_are_of_medians_and_plain_stands_beside_both_shares() {
        let lines = [
            line("ours", "search, share 1.0", 10.0),
            line("ours", "search, share 1.0", 30.0),
            line("ours", "search, share 1.0", 20.0),
            line("torch", "search, share 1.0", 10.0),
            line("ours", "search, share 0.3", 40.0),
            line("plain", "search, share 1.0", 5.0),
        ];
        let report = report(&lines);
        let phases = report["phases"].as_array().expect("phases");
        assert_eq!(phases[0]["ours_over_torch"], 2.0);
        assert_eq!(phases[0]["cpu_torch_over_ours"], 2.0);
        assert_eq!(phases[1]["ours_over_plain"], 8.0);
        assert_eq!(phases[1]["ours_over_torch"], Value::Null);
        assert!(text(&report).contains("search, share 0.3"));
    }
}
