//! The JSON objects that commands print for scripts.

use serde_json::Value;
use ssim_tests::{SMALL, arg, run, synthetic};
use std::path::Path;

fn has(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value.get(key).is_some(), "{key} is missing in {value}");
    }
}

#[test]
fn of_every_command_that_reports() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let prepared =
        run(&["prepare", "synthetic", "--rows", "5000", "--out", arg(&at("p")), "--json"], 0)
            .json();
    has(&prepared, &["schema", "dataset", "features", "fields", "rows", "scenarios", "rejected"]);
    has(&prepared["scenarios"][0], &["scenario", "train", "val", "test", "ctr"]);

    let (data, ssim) = (at("p"), at("run"));
    let fit = [
        &["fit", "--data", arg(&data), "--method", "ssim", "--out", arg(&ssim), "--json"],
        &SMALL[..],
    ]
    .concat();
    let fit = run(&fit, 0).json();
    has(&fit, &["schema", "method", "backbone", "seed", "phases", "share", "val", "test"]);
    has(&fit["phases"][1], &["phase", "epochs", "instances", "seconds", "instances_per_second"]);
    has(&fit["share"], &["ratio", "shared", "by_scenario"]);
    has(&fit["share"]["by_scenario"][0], &["scenario", "instances", "shared"]);
    has(&fit["val"], &["auc", "logloss"]);
    has(&fit["test"]["scenarios"][0], &["scenario", "instances", "auc", "logloss"]);
    assert_eq!(fit["phases"][0]["instances"], 6 * 256);

    let evaluate = |split: &str| {
        run(&["evaluate", "--run", arg(&ssim), "--data", arg(&data), "--split", split, "--json"], 0)
            .json()
    };
    assert_eq!(evaluate("test")["test"], fit["test"]);
    assert_eq!(evaluate("val")["val"], fit["val"]);

    let list = at("list.parquet");
    let select = [
        "select",
        "--run",
        arg(&ssim),
        "--data",
        arg(&data),
        "--ratio",
        "0.25",
        "--by",
        "scenario",
    ];
    let select = run(&[&select[..], &["--out", arg(&list), "--json"]].concat(), 0).json();
    for s in select["share"]["by_scenario"].as_array().unwrap() {
        let (n, shared) = (s["instances"].as_u64().unwrap(), s["shared"].as_u64().unwrap());
        assert_eq!(shared, n / 4);
    }
    // A threshold shares every row with at least this score, in all scenarios.
    let scored = at("above.csv");
    let above = ["select", "--run", arg(&ssim), "--data", arg(&data), "--threshold", "-1e9"];
    let above = run(&[&above[..], &["--out", arg(&scored), "--json"]].concat(), 0).json();
    for s in above["share"]["by_scenario"].as_array().unwrap() {
        assert_eq!(s["shared"], s["instances"]);
    }
    let again = at("again");
    let retrain =
        ["retrain", "--data", arg(&data), "--shared", arg(&list), "--out", arg(&again), "--json"];
    let retrain = run(&[&retrain[..], &SMALL].concat(), 0).json();
    // A list in a file does not hold its rows' clicks, so only the counts are compared.
    let counts = |told: &serde_json::Value| -> Vec<_> {
        let scenarios = told["share"]["by_scenario"].as_array().unwrap().clone();
        let count = |s: serde_json::Value| {
            (s["scenario"].clone(), s["instances"].clone(), s["shared"].clone())
        };
        scenarios.into_iter().map(count).collect()
    };
    assert_eq!(counts(&retrain), counts(&select));

    let searched = at("searched");
    let search = ["search", "--data", arg(&data), "--out", arg(&searched), "--json"];
    has(&run(&[&search[..], &SMALL].concat(), 0).json(), &["phases"]);
    let doctor = run(&["doctor", arg(&data), "--run", arg(&ssim), "--json"], 0).json();
    has(&doctor, &["rows", "memory", "warnings", "fields_alone", "scenario_counts", "selector"]);
    // The run's report and the doctor look at the same scores.
    let explained = &fit["share"]["scenario_r2"];
    assert!((0.0..=1.0).contains(&explained.as_f64().unwrap()), "{explained}");
    assert_eq!(doctor["selector"]["scenario_r2"], *explained);
    let artifact = at("run.ssim");
    has(
        &run(&["export", "--run", arg(&ssim), "--out", arg(&artifact), "--json"], 0).json(),
        &["file", "bytes"],
    );
    moments_replay(&artifact);
}

/// The artifact holds the trail of the search, and the last mask of it is that of the finished
/// selector.
fn moments_replay(artifact: &Path) {
    let column = |args: &[&str], name: &str| -> Vec<f64> {
        let rows = run(&[&["rows", arg(artifact), "--json"], args].concat(), 0).json();
        let rows = rows["rows"].as_array().unwrap();
        rows.iter().map(|row| row[name].as_f64().unwrap()).collect()
    };
    let scores = column(&[], "moment.1");
    assert!(scores.len() > 100 && scores != column(&[], "score"));
    let first = column(&["--moment", "1"], "shared");
    assert!(first.contains(&1.0), "the mask begins open");
    let t = "0.001";
    let expected: Vec<f64> =
        column(&[], "score").iter().map(|z| f64::from(u8::from(*z >= 0.001))).collect();
    assert_eq!(column(&["--threshold", t], "shared"), expected);
    let told = run(&["rows", arg(artifact), "--moment", "99"], 2);
    assert!(told.err.contains("--moment: expected at most "), "{}", told.err);
}

#[test]
fn every_method_fits() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    // The methods that cut a list share 70 % of every batch, rounded down.
    for (method, shared) in [
        ("st", 0),
        ("finetune", 0),
        ("dn", 0),
        ("mamdr", 0),
        ("mt", 0),
        ("mt-s", 4000),
        ("mt-from-st", 0),
        ("mt-from-mt-s", 0),
        ("ssim-r", 2799),
        ("ssim-searched", 2799),
        ("ssim-p", 2799),
        ("ssim-nk", 2799),
        ("ssim-nd", 2799),
        ("ssim+", 2799),
        ("ssim+-from-st", 2799),
        ("ssim-r-from-st", 2799),
    ] {
        let out = folder.path().join(method);
        let fit = ["fit", "--data", arg(&data), "--method", method, "--out", arg(&out), "--json"];
        let fit = run(&[&fit[..], &SMALL].concat(), 0).json();
        assert_eq!(fit["method"], method);
        let has_selector = method.starts_with("ssim") && !method.starts_with("ssim-r");
        assert_eq!(fit["share"].get("scenario_r2").is_some(), has_selector, "{method}");
        let got = fit["share"]["shared"].as_u64().unwrap();
        assert!(got.abs_diff(shared) < 20, "{method}: {got}");
        // The run folder gives the numbers again, one model or many.
        let evaluate = ["evaluate", "--run", arg(&out), "--data", arg(&data), "--json"];
        assert_eq!(run(&evaluate, 0).json()["test"], fit["test"], "{method}");
    }
    let setting = |method: &str, name: &str| {
        let path = folder.path().join(method).join("config.toml");
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().find(|l| l.starts_with(name)).unwrap().to_owned()
    };
    assert_eq!(setting("ssim-nk", "lambda"), "lambda = 0.0");
    assert_eq!(setting("ssim-nd", "heads"), "heads = \"one\"");
    assert_eq!(setting("ssim-p", "lambda"), "lambda = 1.0");
}

#[test]
fn copies_say_what_they_cannot_do() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (synthetic(folder.path(), 5000), folder.path().join("run"));
    let fit = ["fit", "--data", arg(&data), "--method", "finetune", "--out", arg(&out), "--json"];
    let fit = run(&[&fit[..], &SMALL].concat(), 0).json();
    let phases: Vec<_> = fit["phases"].as_array().unwrap().iter().map(|p| &p["phase"]).collect();
    assert_eq!(phases, ["start", "retrain-0", "retrain-1", "retrain-2", "retrain-3"]);
    let artifact = folder.path().join("a.ssim");
    let error = run(&["export", "--run", arg(&out), "--out", arg(&artifact)], 2);
    assert!(error.error().contains("a copy per scenario"), "{}", error.err);
    // A scenario's copy starts from the model of all scenarios, and is at least as good as it on
    // the scenario's validation rows.
    let st = folder.path().join("st");
    let args = ["fit", "--data", arg(&data), "--method", "st", "--out", arg(&st), "--json"];
    let st = run(&[&args[..], &SMALL].concat(), 0).json();
    for k in 0..4 {
        let auc = |of: &Value| of["val"]["scenarios"][k]["auc"].as_f64();
        assert!(auc(&fit) >= auc(&st), "{k}");
    }
    let list = out.join("shared.parquet");
    let other = folder.path().join("other");
    for method in ["finetune", "mamdr", "ssim-p", "ssim-soft", "ssim-searched"] {
        let fit = ["fit", "--data", arg(&data), "--method", method, "--shared", arg(&list)];
        let printed = run(&[&fit[..], &["--out", arg(&other)]].concat(), 2);
        assert!(printed.error().contains(&format!("got {method}")), "{}", printed.err);
        assert!(!other.exists());
    }
}
