//! A real click log goes from its compressed CSV to scored rows. With 287 clicks in 60 000 rows the
//! test shows that real input is accepted, and nothing about quality.

use ssim_tests::{arg, run};
use std::path::{Path, PathBuf};

const VARIABLE: &str = "SSIM_OPEN_BANDIT";

fn log() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let beside = workspace.parent()?.join("shared/data/open-bandit");
    let folder = std::env::var_os(VARIABLE).map_or(beside, PathBuf::from);
    Some(folder.join("log.csv.gz")).filter(|log| log.is_file())
}

#[test]
fn open_bandit_goes_through() {
    let Some(log) = log() else {
        println!("skipped open_bandit_goes_through: {VARIABLE} names no folder with log.csv.gz");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let schema = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("native/examples/open-bandit.toml");
    let (data, fitted, list, again) = (at("data"), at("run"), at("list.parquet"), at("again"));
    let prepare = [
        "prepare",
        "table",
        "--raw",
        arg(&log),
        "--schema",
        arg(&schema),
        "--out",
        arg(&data),
        "--json",
    ];
    let prepared = run(&prepare, 0).json();
    assert_eq!(prepared["rows"]["train"], 48_000);
    assert_eq!(prepared["scenarios"].as_array().unwrap().len(), 3);

    let small = ["--preset", "demo", "--max-steps", "40", "--json"];
    let fit = ["fit", "--data", arg(&data), "--method", "ssim", "--out", arg(&fitted)];
    let fit = run(&[&fit[..], &small].concat(), 0).json();
    assert!(fit["test"]["logloss"].as_f64().unwrap() < 0.3);
    let select = [
        "select",
        "--run",
        arg(&fitted),
        "--data",
        arg(&data),
        "--ratio",
        "0.2",
        "--out",
        arg(&list),
    ];
    run(&select, 0);
    let retrain = ["retrain", "--data", arg(&data), "--shared", arg(&list), "--out", arg(&again)];
    run(&[&retrain[..], &small].concat(), 0);
    let evaluated =
        run(&["evaluate", "--run", arg(&fitted), "--data", arg(&data), "--json"], 0).json();
    assert_eq!(evaluated["test"], fit["test"]);

    let scores = at("scores.csv");
    run(&["score", "--model", arg(&fitted), "--input", arg(&log), "--output", arg(&scores)], 0);
    let scores = std::fs::read_to_string(scores).unwrap();
    assert_eq!(scores.lines().count(), 60_001);
    assert_eq!(scores.lines().next(), Some("row,scenario,ctr,share_score"));
}
