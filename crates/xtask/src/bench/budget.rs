//! The page's budgets, and what a measured value says about them.

use std::fmt::Write;

use serde_json::{Map, Value, json};

/// A number that is measured. `key` is its name in the report and in `docs/bench-web.json`.
struct Budget {
    key: &'static str,
    what: &'static str,
    unit: &'static str,
    digits: usize,
    /// At most; `None` for what only explains the line above or below it.
    limit: Option<f64>,
    /// Where less is wished for.
    goal: Option<f64>,
}

/// How much above the landed value a value may be: what two runs of one build differ by stays below that.
const SLACK: f64 = 1.2;

const fn budget(
    key: &'static str,
    what: &'static str,
    (limit, unit): (f64, &'static str),
    digits: usize,
) -> Budget {
    Budget { key, what, unit, digits, limit: Some(limit), goal: None }
}

const fn detail(key: &'static str, what: &'static str, unit: &'static str) -> Budget {
    Budget { key, what, unit, digits: 1, limit: None, goal: None }
}

/// In the order of the table. Two numbers are a median and a 95th percentile; the latter counts.
const BUDGETS: [Budget; 17] = [
    budget("page_kb", "page, wasm and JS, gzipped", (380.0, "kB"), 1),
    budget("worker_kb", "worker, wasm, gzipped", (500.0, "kB"), 1),
    budget("demo_mb", "shipped demo", (3.0, "MB"), 2),
    budget("first_paint_ms", "first paint, 4x slower, 10 Mbit/s", (800.0, "ms"), 0),
    budget("largest_paint_ms", "largest paint, likewise", (2500.0, "ms"), 0),
    budget("interaction_ms", "slowest interaction, 4x slower", (200.0, "ms"), 0),
    budget("shift", "layout shift", (0.1, ""), 3),
    budget("drag_ms", "ratio to painted, 100k points", (50.0, "ms"), 1),
    detail("drawn_ms", "  of it drawing, as the page says", "ms"),
    budget("pick_ms", "pick of 100k", (2.0, "ms"), 1),
    detail("hover_ms", "  hover to painted", "ms"),
    budget("lasso_ms", "lasso of 100k", (30.0, "ms"), 1),
    budget("what_if_ms", "what-if answer", (50.0, "ms"), 1),
    detail("ours_ms", "1024 rows, one thread: ours", "ms"),
    detail("theirs_ms", "  onnxruntime-web", "ms"),
    Budget {
        goal: Some(1.0 / 1.5),
        ..budget("inference_ratio", "  ours / onnxruntime-web", (1.0, ""), 2)
    },
    budget("epoch_s", "epoch of 20k rows, demo's network", (1.0, "s"), 2),
];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Ok,
    /// Within the budget, yet not what is wished for.
    BelowGoal,
    AboveLimit,
    AboveLanded,
    /// There is no budget for it.
    None,
}

impl Verdict {
    pub fn fails(self) -> bool {
        matches!(self, Self::AboveLimit | Self::AboveLanded)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::BelowGoal => "ok, goal",
            Self::AboveLimit => "LIMIT",
            Self::AboveLanded => "LANDED",
            Self::None => "",
        }
    }
}

/// A measured number beside its budget.
pub struct Line {
    budget: &'static Budget,
    value: f64,
    median: Option<f64>,
    landed: Option<f64>,
    pub verdict: Verdict,
}

/// Lines for all that was measured. A value that is no number exceeds its limit.
pub fn compare(measured: &Value, landed: &Value) -> Vec<Line> {
    let line = |budget: &'static Budget| {
        let found = measured.get(budget.key)?;
        let value = found["value"].as_f64().unwrap_or(f64::INFINITY);
        let landed = landed[budget.key].as_f64();
        let verdict = verdict(budget, value, landed);
        Some(Line { budget, value, median: found["median"].as_f64(), landed, verdict })
    };
    BUDGETS.iter().filter_map(line).collect()
}

fn verdict(budget: &Budget, value: f64, landed: Option<f64>) -> Verdict {
    let Some(limit) = budget.limit else { return Verdict::None };
    // Values that round to the same are the same: 0.8 ms after 0.6 ms is the clock, not a loss.
    let unit = 10f64.powi(-(budget.digits as i32));
    if value > limit {
        Verdict::AboveLimit
    } else if landed.is_some_and(|landed| value > SLACK * landed + unit) {
        Verdict::AboveLanded
    } else if budget.goal.is_some_and(|goal| value > goal) {
        Verdict::BelowGoal
    } else {
        Verdict::Ok
    }
}

/// The table, in 80 columns.
pub fn table(report: &Value, landed: &Value, lines: &[Line]) -> String {
    let mut out =
        format!("{:<35}{:>17}{:>10}{:>9} {}\n", "", "measured", "limit", "landed", "verdict");
    for Line { budget, value, median, landed, verdict } in lines {
        let show = |value: &f64| format!("{value:.*}", budget.digits);
        let both = [median.as_ref(), Some(value)].into_iter().flatten().map(show);
        let measured = format!("{} {}", both.collect::<Vec<_>>().join(" / "), budget.unit);
        let limit = budget.limit.map_or(String::new(), |limit| format!("{limit} {}", budget.unit));
        let landed = landed.as_ref().map_or(String::new(), show);
        let (measured, limit) = (measured.trim_end(), limit.trim_end());
        let line =
            format!("{:<35}{measured:>17}{limit:>10}{landed:>9} {}", budget.what, verdict.word());
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let machine = |of: &Value| of["machine"].as_str().unwrap_or_default().to_owned();
    let load = report["load"].as_f64().unwrap_or_default();
    let _ = writeln!(out, "median / 95th percentile where there are two; load {load:.1}");
    let browser = report["browser"].as_str().unwrap_or_default();
    let _ = writeln!(out, "{}, {browser}", machine(report));
    if !landed.is_null() && machine(landed) != machine(report) {
        let _ = writeln!(out, "landed on another machine: {}", machine(landed));
    }
    if lines.iter().any(|line| line.verdict == Verdict::BelowGoal) {
        out.push_str("goal: within the budget, but the goal is 1.5 times as fast as the other\n");
    }
    out
}

/// The same for programs.
pub fn json(report: &Value, lines: &[Line]) -> Value {
    let line = |line: &Line| {
        json!({
            "budget": line.budget.key, "value": line.value, "median": line.median,
            "limit": line.budget.limit, "landed": line.landed, "fails": line.verdict.fails(),
        })
    };
    let lines: Vec<_> = lines.iter().map(line).collect();
    json!({ "schema": 1, "machine": report["machine"], "load": report["load"], "lines": lines })
}

/// What `docs/bench-web.json` is to say: new values, and old ones of what was not measured.
pub fn landed(report: &Value, before: Value) -> Value {
    let mut values = match &before["values"] {
        Value::Object(values) => values.clone(),
        _ => Map::new(),
    };
    for budget in BUDGETS.iter().filter(|budget| budget.limit.is_some()) {
        if let Some(value) = report["measured"][budget.key]["value"].as_f64() {
            let unit = 10f64.powi(budget.digits as i32 + 1);
            values.insert(budget.key.to_owned(), json!((value * unit).round() / unit));
        }
    }
    json!({ "schema": 1, "machine": report["machine"], "values": values })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Value {
        json!({ "machine": "a", "load": 0.5, "measured": {
            "page_kb": { "value": 390.0 },
            "drag_ms": { "value": 48.0, "median": 30.0 },
            "drawn_ms": { "value": 5.0 },
            "pick_ms": { "value": 0.8, "median": 0.6 },
            "inference_ratio": { "value": 0.9 },
            "epoch_s": { "value": null },
        }})
    }

    #[test]
    fn a_value_fails_above_its_limit_and_above_the_landed_one() {
        let landed = json!({ "drag_ms": 35.0, "pick_ms": 0.6, "drawn_ms": 1.0 });
        let verdicts: Vec<_> = compare(&report()["measured"], &landed)
            .into_iter()
            .map(|line| (line.budget.key, line.verdict))
            .collect();
        let expected = [
            ("page_kb", Verdict::AboveLimit),
            ("drag_ms", Verdict::AboveLanded),
            ("drawn_ms", Verdict::None),
            ("pick_ms", Verdict::Ok),
            ("inference_ratio", Verdict::BelowGoal),
            ("epoch_s", Verdict::AboveLimit),
        ];
        assert_eq!(verdicts, expected);
    }

    #[test]
    fn the_table_fits_a_terminal() {
        let wide = BUDGETS
            .iter()
            .map(|budget| (budget.key.to_owned(), json!({ "value": 1999.96, "median": 999.96 })));
        let measured = Value::Object(wide.collect());
        let lines = compare(&measured, &Value::Null);
        assert_eq!(lines.len(), BUDGETS.len());
        let text = table(&report(), &json!({ "machine": "b" }), &lines);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("landed on another machine: b"));
    }

    #[test]
    fn landing_keeps_what_was_not_measured() {
        let before = json!({ "values": { "shift": 0.05, "page_kb": 300.0 } });
        let values = landed(&report(), before)["values"].clone();
        assert_eq!(values["shift"], 0.05);
        assert_eq!(values["page_kb"], 390.0);
        assert_eq!(values.get("drawn_ms"), None);
    }
}
