//! A small comparison from end to end.

use serde_json::Value;
use ssim_tests::{arg, run, synthetic};
use std::fs;
use std::path::Path;

const PLAN: &str = r#"
title = "Small"
preset = "demo"
[settings]
model.mlp = [8]
selector.mlp = [8]
train.batch = 256
retrain.max_epochs = 2
[[system]]
name = "mt"
method = "mt"
baseline = true
[[system]]
name = "mt-s"
method = "mt-s"
baseline = true
grid.retrain = { lr = [1e-7, 8e-3] }
[[system]]
name = "taken"
list = "ssim"
with.demo.model = { mlp = [4] }
with.paper-ali-mama.model = { mlp = [2] }
[[system]]
name = "ssim"
method = "ssim"
[[system]]
name = "searched"
method = "ssim-searched"
"#;

fn compare(folder: &Path, out: &str, more: &[&str]) -> Value {
    let (plan, data, out) = (folder.join("plan.toml"), folder.join("data"), folder.join(out));
    let args = ["compare", arg(&plan), "--data", arg(&data), "--out", arg(&out), "--json"];
    run(&[&args[..], &["--seeds", "2"], more].concat(), 0).json()
}

#[test]
fn from_plan_to_tables() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    synthetic(folder.path(), 6000);
    fs::write(at("plan.toml"), PLAN).unwrap();
    let found = compare(folder.path(), "a", &["--jobs", "2"]);

    let names: Vec<_> = found["systems"].as_array().unwrap().iter().map(|s| &s["name"]).collect();
    assert_eq!(names, ["mt", "mt-s", "taken", "ssim", "searched"]);
    assert_eq!(found["columns"], serde_json::json!(["1", "2", "3", "4", "mean"]));
    let metrics: Vec<_> =
        found["metrics"].as_array().unwrap().iter().map(|m| &m["metric"]).collect();
    assert_eq!(metrics, ["auc", "logloss", "true_auc"]);
    for (m, metric) in found["metrics"].as_array().unwrap().iter().enumerate() {
        let less = metric["less_is_better"] == true;
        for c in 0..5 {
            let mean = |s: usize| metric["cells"][s][c]["mean"].as_f64().unwrap();
            let first = if less { mean(0) <= mean(1) } else { mean(0) >= mean(1) };
            let best = usize::from(!first);
            assert_eq!(metric["best_baseline"][c], found["systems"][best]["name"]);
            for s in 0..5 {
                let cell = &metric["cells"][s][c];
                let values = [0, 1].map(|i| cell["values"][i].as_f64().unwrap());
                assert!(((values[0] + values[1]) / 2.0 - mean(s)).abs() < 1e-12);
                assert_eq!(cell["test"].is_null(), s < 2, "baselines are not tested");
                let gain = cell["test"]["difference"].as_f64().map(|d| if less { -d } else { d });
                assert!(
                    gain.is_none_or(|d| ((mean(s) - mean(best)).abs() - d.abs()).abs() < 1e-12)
                );
                let p = cell["test"]["p"].as_f64();
                assert_eq!(cell["star"], gain > Some(0.0) && p.is_some_and(|p| p < 0.05), "{m}");
                // The cell is the run's own number.
                if c < 4 {
                    let name = metric["metric"].as_str().unwrap();
                    let run = &found["systems"][s]["runs"][0];
                    assert_eq!(cell["values"][0], run["test"]["scenarios"][c][name]);
                }
            }
        }
    }
    let [mt, mts, taken, ssim] = [0, 1, 2, 3].map(|s| &found["systems"][s]);
    assert_eq!(mts["chosen"], serde_json::json!({ "retrain.lr": 0.008 }));
    let aucs = [0, 1].map(|c| mts["grid"][c]["val_auc"].as_f64().unwrap());
    assert!(aucs[1] > aucs[0]);
    let of = |run: usize| mts["runs"][run]["val"]["mean_auc"].as_f64().unwrap();
    assert!((aucs[1] - (of(0) + of(1)) / 2.0).abs() < 1e-12, "the mean over both seeds");
    assert!(mt["lists"].is_null() && mts["lists"].is_null());
    // The system `taken` uses the list of `ssim`, and one search serves all three systems.
    assert_eq!(taken["list"], "ssim");
    assert_eq!(taken["lists"]["jaccard"], ssim["lists"]["jaccard"]);
    assert_eq!(taken["shares"], ssim["shares"]);
    assert_eq!(ssim["lists"]["truth"].as_array().unwrap().len(), 2);
    assert_eq!(fs::read_dir(at("a/shared")).unwrap().count(), 2);
    let config = fs::read_to_string(at("a/runs/taken/1/config.toml")).unwrap();
    assert!(config.contains("mlp = [4]"), "{config}");
    let interval = &ssim["runs"][0]["test"]["scenarios"][0];
    let [low, high] = [0, 1].map(|i| interval["auc_interval"][i].as_f64().unwrap());
    let auc = interval["auc"].as_f64().unwrap();
    assert!(low < auc && auc < high);

    let files = ["compare.json", "compare.md", "compare.tex", "compare.svg"];
    let read = |folder: &str| files.map(|name| fs::read(at(folder).join(name)).unwrap());
    let tex = String::from_utf8(read("a")[2].clone()).unwrap();
    assert_eq!(tex.lines().filter(|l| l.ends_with("\\\\")).count(), 7, "{tex}");

    // A second comparison with another number of jobs gives the same bytes.
    compare(folder.path(), "b", &["--jobs", "1"]);
    assert_eq!(read("a"), read("b"));
    // Finished runs are not repeated, and missing ones are made again.
    let before = read("a");
    let model = at("a/runs/mt/1/model.safetensors");
    let modified = || fs::metadata(&model).unwrap().modified().unwrap();
    let old = modified();
    fs::remove_dir_all(at("a/runs/ssim/2")).unwrap();
    fs::remove_file(at("a/runs/taken/1/summary.json")).unwrap();
    compare(folder.path(), "a", &[]);
    assert_eq!(before, read("a"));
    assert_eq!(old, modified());

    // A folder that holds something else is not written into.
    let (plan, data) = (at("plan.toml"), at("data"));
    let args = ["compare", arg(&plan), "--data", arg(&data), "--out", arg(&data)];
    let error = run(&args, 2);
    assert!(error.error().contains("not empty"), "{}", error.err);
}
