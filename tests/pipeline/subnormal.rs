//! No number in a checkpoint, model or selector is subnormal, however long a run was.
//!
//! The runs are small, and long enough for units to die: without flush-to-zero each of them ended with
//! hundreds of subnormal numbers.

use ssim_tests::subnormal::subnormals;
use ssim_tests::{arg, finish, ssim, start, synthetic};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Settings of a small network.
const SMALL: [&str; 5] = [
    "model.dim=4",
    "model.mlp=[16]",
    "selector.mlp=[16]",
    "star.mlp=[16]",
    "retrain.patience=1000",
];

/// Some thousand steps in many short epochs, and in a few long ones, in which rare ids wait for
/// their next row for hundreds of steps.
const SHORT: [&str; 3] = ["train.batch=64", "retrain.max_epochs=40", "search.epochs=20"];
const LONG: [&str; 3] = ["train.batch=8", "retrain.max_epochs=6", "search.epochs=2"];

fn fit(data: &Path, out: &Path, method: &str, backbone: &str, settings: &[&str]) -> Command {
    let mut fit = ssim(&["fit", "--data", arg(data), "--preset", "demo", "--out", arg(out)]);
    fit.args(["--method", method, "--backbone", backbone]);
    for setting in SMALL.iter().chain(settings) {
        fit.args(["--set", setting]);
    }
    fit
}

#[test]
fn in_finished_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let lazy = [&LONG[..], &["train.embedding_optimizer=lazy-adam"]].concat();
    let adagrad = [&LONG[..], &["train.embedding_optimizer=rowwise-adagrad"]].concat();
    for (name, method, backbone, settings) in [
        ("a", "st", "dnn", &LONG[..]),
        ("b", "mt", "dnn", &LONG),
        ("c", "mt-s", "dnn", &lazy),
        ("d", "mt-s", "deepfm", &adagrad),
        ("e", "ssim", "dcn", &SHORT),
        ("f", "ssim", "star", &SHORT),
        ("g", "ssim+", "dnn", &SHORT),
        ("h", "mt", "hmoe", &SHORT),
    ] {
        let out = folder.path().join(name);
        finish(&mut fit(&data, &out, method, backbone, settings), 0);
        assert_eq!(subnormals(&out), [], "{method} {backbone} {settings:?}");
    }
}

#[cfg(unix)]
#[test]
fn in_an_interrupted_run_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let out = folder.path().join("run");
    let settings = ["train.batch=8", "retrain.max_epochs=1000000", "search.epochs=2"];
    let mut wanted = 2000;
    for _ in 0..2 {
        let mut fit = fit(&data, &out, "ssim", "dnn", &settings);
        fit.args(["--resume", "--threads", "1"]).stderr(Stdio::null());
        let mut child = start(&mut fit, &out.join("checkpoints/retrain.safetensors"));
        wait_for_step(&out, wanted);
        let signal = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(signal.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(subnormals(&out), []);
        wanted += 2000;
    }
}

/// Waits until the retraining has taken so many steps.
fn wait_for_step(run: &Path, wanted: u64) {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(run.join("metrics.jsonl")).unwrap_or_default();
        let last = text.lines().rev().find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            line["steps"].as_u64().filter(|_| line["phase"] == "retrain")
        });
        if last.is_some_and(|steps| steps >= wanted) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "the run has come to step {last:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
