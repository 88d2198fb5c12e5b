//! Medians over the turns, and the ratios of the sides.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::PhaseLine;

const WHO: [&str; 3] = ["ours", "torch", "plain"];
/// The phase that measures the processor, and no training.
const PEAK: &str = "peak";

/// One entry per phase: the medians of each side, their ratios, and our share of the processor's
/// peak.
pub fn report(lines: &[PhaseLine], backbone: &str, ids: Value) -> Value {
    let mut phases: Vec<&str> = Vec::new();
    for line in lines.iter().filter(|line| line.phase != PEAK) {
        if !phases.contains(&line.phase.as_str()) {
            phases.push(&line.phase);
        }
    }
    let peak = median(numbers(lines, "ours", PEAK, "gflops"));
    let rows = phases.into_iter().map(|phase| row(lines, phase, peak)).collect();
    json!({ "backbone": backbone, "ids": ids, "peak_gflops": peak, "phases": Value::Array(rows) })
}

fn row(lines: &[PhaseLine], phase: &str, peak: Option<f64>) -> Value {
    let mut row = Map::new();
    row.insert("phase".to_owned(), json!(phase));
    row.insert("ours".to_owned(), medians(lines, "ours", phase));
    let speed = |side: &Value| side["inst_per_s"].as_f64().unwrap_or(0.0);
    let modes = lines.iter().map(|line| line.who).filter(|who| !["ours", "plain"].contains(who));
    let modes = modes.map(|mode| medians(lines, mode, phase));
    let torch = modes.max_by(|a, b| speed(a).total_cmp(&speed(b)));
    row.insert("torch".to_owned(), torch.unwrap_or_default());
    row.insert("plain".to_owned(), medians(lines, "plain", phase));
    for (name, other, key) in [
        ("ours_over_torch", "torch", "inst_per_s"),
        ("ours_over_plain", "plain", "inst_per_s"),
        ("cpu_torch_over_ours", "torch", "cpu_ms_med"),
    ] {
        let ours = number(&row, "ours", key);
        let theirs = number(&row, other, key);
        let ratio = ours
            .zip(theirs)
            .map(|(ours, theirs)| if key == "cpu_ms_med" { theirs / ours } else { ours / theirs });
        row.insert(name.to_owned(), json!(ratio));
    }
    let reached = number(&row, "ours", "gflops").zip(peak).map(|(done, peak)| done / peak);
    row.insert("share_of_peak".to_owned(), json!(reached));
    Value::Object(row)
}

/// The numbers of one side in a phase, one for each turn.
fn numbers(lines: &[PhaseLine], who: &str, phase: &str, key: &str) -> Vec<f64> {
    // Plain PyTorch computes every tower on every row in search, so one number stands beside both
    // shares.
    let kind = |phase: &str| match phase.split_once(',') {
        Some((kind, _)) if who == "plain" => kind.to_owned(),
        _ => phase.to_owned(),
    };
    let lines = lines.iter().filter(|line| line.who == who && kind(&line.phase) == kind(phase));
    lines.filter_map(|line| line.numbers.get(key)?.as_f64()).collect()
}

/// The medians of one side in a phase.
fn medians(lines: &[PhaseLine], who: &str, phase: &str) -> Value {
    let mut side = Map::from_iter([("who".to_owned(), json!(who))]);
    for key in ["inst_per_s", "ms_med", "cpu_ms_med", "peak_rss_mb", "gflops", "load"] {
        side.insert(key.to_owned(), json!(median(numbers(lines, who, phase, key))));
    }
    Value::Object(side)
}

/// Notes that are printed below the tables.
pub const NOTES: &str = "\
instances/s, medians over the turns; MB: peak memory of ours/torch/plain
where the load is above the threads, compare the CPU times of --json
";

/// The report for people, at most 80 columns wide.
pub fn text(report: &Value) -> String {
    let backbone = report["backbone"].as_str().unwrap_or_default();
    let mut out = format!("{backbone}, {} ids", report["ids"]);
    if let Some(peak) = report["peak_gflops"].as_f64() {
        let _ = write!(out, ", multiply-adds at most {peak:.0} GFLOP/s");
    }
    let _ = writeln!(
        out,
        "\n{:<18}{:>7}{:>13}{:>7}{:>7}{:>7}{:>6}{:>15}",
        "", "ours", "torch", "plain", "/torch", "/plain", "peak", "MB"
    );
    for row in report["phases"].as_array().into_iter().flatten().filter_map(Value::as_object) {
        let show = |value: Option<f64>, digits: usize| {
            value.map_or("-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let value = |name: &str| row.get(name).and_then(Value::as_f64);
        let [speed, memory] =
            ["inst_per_s", "peak_rss_mb"].map(|key| WHO.map(|who| show(number(row, who, key), 0)));
        let _ = writeln!(
            out,
            "{:<18}{:>7}{:>13}{:>7}{:>7}{:>7}{:>6}{:>15}",
            row.get("phase").and_then(Value::as_str).unwrap_or_default(),
            speed[0],
            format!("{} {}", row["torch"]["who"].as_str().unwrap_or("-"), speed[1]),
            speed[2],
            show(value("ours_over_torch"), 2),
            show(value("ours_over_plain"), 2),
            value("share_of_peak")
                .map_or("-".to_owned(), |share| format!("{:.0} %", 100.0 * share)),
            memory.join("/"),
        );
    }
    let loads = report["phases"].as_array().into_iter().flatten();
    let loads = loads.filter_map(|row| row["ours"]["load"].as_f64());
    let _ = writeln!(out, "load {:.1}", loads.fold(0.0, f64::max));
    out
}

fn number(row: &Map<String, Value>, who: &str, key: &str) -> Option<f64> {
    row.get(who)?.get(key)?.as_f64()
}

/// The median, or `None` if there are no values.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    (n > 0).then(|| (values[(n - 1) / 2] + values[n / 2]) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(who: &'static str, phase: &str, speed: f64) -> PhaseLine {
        PhaseLine {
            who,
            phase: phase.to_owned(),
            numbers: json!({ "inst_per_s": speed, "cpu_ms_med": 1e6 / speed, "gflops": speed / 10.0 }),
        }
    }

    #[test]
    fn ratios_are_of_medians_and_plain_stands_beside_both_shares() {
        let lines = [
            line("ours", "search, share 1.0", 10.0),
            line("ours", "search, share 1.0", 30.0),
            line("ours", "search, share 1.0", 20.0),
            line("mkl", "search, share 1.0", 10.0),
            line("onednn", "search, share 1.0", 8.0),
            line("ours", "search, share 0.3", 40.0),
            line("plain", "search, share 1.0", 5.0),
            PhaseLine { who: "ours", phase: PEAK.to_owned(), numbers: json!({ "gflops": 4.0 }) },
        ];
        let report = report(&lines, "dnn", json!(1000));
        let phases = report["phases"].as_array().expect("phases");
        assert_eq!(phases[0]["ours_over_torch"], 2.0);
        assert_eq!(phases[0]["cpu_torch_over_ours"], 2.0);
        assert_eq!(phases[0]["torch"]["who"], "mkl");
        assert_eq!(phases[1]["ours_over_plain"], 8.0);
        assert_eq!(phases[1]["ours_over_torch"], Value::Null);
        assert_eq!(phases[0]["share_of_peak"], 0.5);
        assert_eq!(phases.len(), 2);
        let text = text(&report);
        assert!(text.contains("search, share 0.3"));
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }
}
