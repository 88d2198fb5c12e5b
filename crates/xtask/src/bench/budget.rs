//! The page's budgets, and the verdicts on measured values.

use std::fmt::Write;

use serde_json::{Map, Value, json};

/// A measured number. `key` is its name in the report and in `docs/bench-web.json`.
struct Budget {
    key: &'static str,
    what: &'static str,
    unit: &'static str,
    digits: usize,
    /// The largest value that passes; `None` for a number that only explains another line.
    limit: Option<f64>,
    /// A smaller value that we aim at.
    goal: Option<f64>,
}

/// A value may be so many times the landed one. Two runs of the same build differ by less.
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

/// All budgets, in the order of the table. Where two numbers are measured, they are the median and
/// the 95th percentile, and the budget is for the second.
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
    /// The value is within the budget, and misses the goal.
    BelowGoal,
    AboveLimit,
    AboveLanded,
    /// The number has no budget.
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
pub struct BudgetLine {
    budget: &'static Budget,
    value: f64,
    median: Option<f64>,
    landed: Option<f64>,
    pub verdict: Verdict,
}

/// A line for every number that was measured. A value that is no number exceeds its limit.
pub fn compare(measured: &Value, landed: &Value) -> Vec<BudgetLine> {
    let mut lines = Vec::new();
    for budget in &BUDGETS {
        let Some(found) = measured.get(budget.key) else { continue };
        let value = found["value"].as_f64().unwrap_or(f64::INFINITY);
        let landed = landed[budget.key].as_f64();
        let verdict = verdict(budget, value, landed);
        lines.push(BudgetLine { budget, value, median: found["median"].as_f64(), landed, verdict });
    }
    lines
}

fn verdict(budget: &Budget, value: f64, landed: Option<f64>) -> Verdict {
    let Some(limit) = budget.limit else { return Verdict::None };
    // One more unit of the last digit is allowed: 0.8 ms after 0.6 ms is the error of the clock,
    // not a loss.
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

/// The table for people, at most 80 columns wide.
pub fn table(report: &Value, landed: &Value, lines: &[BudgetLine]) -> String {
    let mut out =
        format!("{:<35}{:>17}{:>10}{:>9} {}\n", "", "measured", "limit", "landed", "verdict");
    for BudgetLine { budget, value, median, landed, verdict } in lines {
        let show = |value: &f64| format!("{value:.*}", budget.digits);
        let both = [median.as_ref(), Some(value)].into_iter().flatten().map(show);
        let measured = format!("{} {}", both.collect::<Vec<_>>().join(" / "), budget.unit);
        let limit = budget.limit.map_or(String::new(), |limit| format!("{limit} {}", budget.unit));
        let landed = landed.as_ref().map_or(String::new(), show);
        let measured = measured.trim_end();
        let limit = limit.trim_end();
        let line =
            format!("{:<35}{measured:>17}{limit:>10}{landed:>9} {}", budget.what, verdict.word());
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let machine = |report: &Value| report["machine"].as_str().unwrap_or_default().to_owned();
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

/// The table as JSON, for programs.
pub fn json(report: &Value, lines: &[BudgetLine]) -> Value {
    let mut rows = Vec::new();
    for line in lines {
        rows.push(json!({
            "budget": line.budget.key, "value": line.value, "median": line.median,
            "limit": line.budget.limit, "landed": line.landed, "fails": line.verdict.fails(),
        }));
    }
    json!({ "schema": 1, "machine": report["machine"], "load": report["load"], "lines": rows })
}

/// The new text of `docs/bench-web.json`: the measured values, and the old values of numbers that
/// were not measured.
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
