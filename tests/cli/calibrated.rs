//! `--calibrated`: the CTRs of a scenario move along a line that its validation rows gave, and nothing else changes.

use serde_json::Value;
use ssim_tests::{arg, log, run};
use std::fs;
use std::path::{Path, PathBuf};

const TABS: [&str; 3] = ["home", "shop", "cart"];

/// Rows of three scenarios, of which cart has few.
fn row(i: usize) -> String {
    let tab = if i.is_multiple_of(40) { 2 } else { i % 2 };
    let (user, item) = (i * 7 % 23, i * 13 % 17);
    let click = (user * 3 + item + i * i % 7) % 10 < [4, 2, 3][tab];
    format!("u{user},{item},{},{}", TABS[tab], u8::from(click))
}

/// Fits a model for some steps, so that its CTRs are not those of the clicks.
fn fitted(folder: &Path, method: &str) -> PathBuf {
    let text = log::csv("user,item,tab,click", 12_000, row);
    let schema =
        log::schema(&log::USER_AND_ITEM, "random = { train = 0.6, val = 0.2, test = 0.2 }");
    let data = log::prepared(folder, &text, &schema);
    let out = folder.join("run");
    let fit = ["fit", "--method", method, "--data", arg(&data), "--out", arg(&out)];
    run(&[&fit[..], &["--preset", "demo", "--max-steps", "120"]].concat(), 0);
    out
}

/// Scenario and CTR of every row of the log.
fn scored(model: &Path, log: &Path, more: &[&str]) -> Vec<(String, f64)> {
    let score = ["score", "--run", arg(model), "--input", arg(log), "--out", "-"];
    let printed = run(&[&score[..], more].concat(), 0).out;
    let cells = |line: &str| {
        let cells: Vec<_> = line.split(',').collect();
        (cells[1].to_owned(), cells[2].parse().unwrap())
    };
    printed.lines().skip(1).map(cells).collect()
}

/// Slope and intercept of a scenario's line in a summary.
fn line<'a>(summary: &'a Value, tab: &str) -> (&'a Value, f64, f64) {
    let lines = summary["calibration"]["scenarios"].as_array().unwrap();
    let line = lines.iter().find(|line| line["scenario"] == tab).unwrap();
    (line, line["slope"].as_f64().unwrap(), line["intercept"].as_f64().unwrap())
}

#[test]
fn ctrs_move_along_the_lines_of_the_summary() {
    let folder = tempfile::tempdir().unwrap();
    let fitted = fitted(folder.path(), "mt");
    let [log, artifact] = ["log.csv", "run.ssim"].map(|name| folder.path().join(name));
    let summary: Value =
        serde_json::from_slice(&fs::read(fitted.join("summary.json")).unwrap()).unwrap();
    let from = TABS.map(|tab| line(&summary, tab).0["from"].as_str().unwrap());
    assert_eq!(from, ["scenario", "scenario", "pooled"]);
    let (plain, moved) = (scored(&fitted, &log, &[]), scored(&fitted, &log, &["--calibrated"]));
    let logit = |p: f64| (p / (1.0 - p)).ln();
    for ((tab, before), (_, after)) in plain.iter().zip(&moved) {
        let (_, slope, intercept) = line(&summary, tab);
        let expected = 1.0 / (1.0 + (-(slope * logit(*before) + intercept)).exp());
        // The printed CTRs have 32 bits.
        assert!((after - expected).abs() < 1e-6, "{tab}: {before} became {after}, not {expected}");
    }
    assert_ne!(plain, moved);
    // An artifact has the same lines.
    run(&["export", "--run", arg(&fitted), "--out", arg(&artifact), "--single"], 0);
    assert_eq!(scored(&artifact, &log, &["--calibrated"]), moved);
    assert_eq!(scored(&artifact, &log, &[]), plain);
}

#[test]
fn the_report_says_what_evaluate_measures() {
    let folder = tempfile::tempdir().unwrap();
    let fitted = fitted(folder.path(), "finetune");
    let data = folder.path().join("data");
    let summary: Value =
        serde_json::from_slice(&fs::read(fitted.join("summary.json")).unwrap()).unwrap();
    let evaluate = ["evaluate", "--run", arg(&fitted), "--data", arg(&data), "--json"];
    let plain = run(&evaluate, 0).json();
    let moved = run(&[&evaluate[..], &["--calibrated"]].concat(), 0).json();
    assert_eq!((&plain["calibrated"], &moved["calibrated"]), (&false.into(), &true.into()));
    assert_eq!(plain["test"], summary["test"]);
    for (k, tab) in TABS.iter().enumerate() {
        let k = plain["test"]["scenarios"]
            .as_array()
            .unwrap()
            .iter()
            .position(|s| s["scenario"] == *tab)
            .unwrap_or(k);
        let [before, after] = [&plain, &moved].map(|of| &of["test"]["scenarios"][k]);
        // Rows keep their order within a scenario.
        assert_eq!(before["auc"], after["auc"], "{tab}");
        let (of, ..) = line(&summary, tab);
        assert_eq!(of["before"]["logloss"], before["logloss"], "{tab}");
        assert_eq!(of["after"]["logloss"], after["logloss"], "{tab}");
    }
    let all = &summary["calibration"];
    assert_eq!(all["after"]["logloss"], moved["test"]["logloss"]);
    let number = |of: &Value| of.as_f64().unwrap();
    assert!(number(&all["after"]["logloss"]) < number(&all["before"]["logloss"]), "{all}");
    assert!(number(&all["after"]["error"]) < number(&all["before"]["error"]), "{all}");

    // A run of an earlier version has no lines, and can be measured without them.
    let path = fitted.join("summary.json");
    let mut old = summary.clone();
    old.as_object_mut().unwrap().remove("calibration");
    old.as_object_mut().unwrap().remove("checksum");
    fs::write(&path, old.to_string()).unwrap();
    run(&evaluate, 0);
    let error = run(&[&evaluate[..], &["--calibrated"]].concat(), 4);
    assert!(error.error().contains("expected a model with a calibration"), "{}", error.err);
    // Lines of another model are refused.
    let mut other = summary;
    other.as_object_mut().unwrap().remove("checksum");
    other["calibration"]["scenarios"][0]["slope"] = (-1.0).into();
    fs::write(&path, other.to_string()).unwrap();
    let error = run(&[&evaluate[..], &["--calibrated"]].concat(), 4);
    assert!(error.error().contains("expected a rising line"), "{}", error.err);
}
