//! Repeated runs are compared byte by byte, except for times.

use serde_json::Value;
use ssim_tests::{arg, run, synthetic};
use std::fs;
use std::path::Path;

/// The files that a repeated run must reproduce, with their names. An artifact is exported here and
/// compared too, if the run has one model and not a copy per scenario.
pub fn products(run_folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut summary: Value =
        serde_json::from_slice(&fs::read(run_folder.join("summary.json")).unwrap()).unwrap();
    // It is that of a text with times.
    assert!(summary.as_object_mut().unwrap().remove("checksum").is_some());
    for phase in summary["phases"].as_array_mut().unwrap() {
        let phase = phase.as_object_mut().unwrap();
        assert!(
            phase.remove("seconds").is_some() && phase.remove("instances_per_second").is_some()
        );
    }
    let read = |name: &str| fs::read(run_folder.join(name)).unwrap();
    let mut products = vec![
        ("summary.json apart from times".to_owned(), summary.to_string().into_bytes()),
        ("shared.parquet".to_owned(), read("shared.parquet")),
        ("metrics.jsonl apart from times".to_owned(), timeless(&read("metrics.jsonl"))),
    ];
    let names = fs::read_dir(run_folder).unwrap().map(|e| e.unwrap().file_name());
    let mut names: Vec<_> = names.map(|n| n.to_string_lossy().into_owned()).collect();
    names.retain(|n| n.ends_with(".safetensors"));
    names.sort();
    assert!(names.iter().any(|n| n.starts_with("model")), "{names:?}");
    if names.contains(&"model.safetensors".to_owned()) {
        let artifact = run_folder.join("product.ssim");
        run(&["export", "--run", arg(run_folder), "--out", arg(&artifact)], 0);
        products.push(("artifact".into(), fs::read(&artifact).unwrap()));
    }
    products.extend(names.into_iter().map(|name| (name.clone(), read(&name))));
    products
}

fn timeless(lines: &[u8]) -> Vec<u8> {
    let mut text = String::new();
    for line in std::str::from_utf8(lines).unwrap().lines() {
        let mut value: Value = serde_json::from_str(line).unwrap();
        value.as_object_mut().unwrap().remove("seconds");
        value.as_object_mut().unwrap().remove("checksum");
        text.push_str(&format!("{value}\n"));
    }
    text.into_bytes()
}

/// Compares two runs' products, and names the first that differs.
pub fn assert_same(a: &Path, b: &Path) {
    let (a, b) = (products(a), products(b));
    let names = |of: &[(String, Vec<u8>)]| of.iter().map(|p| p.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&a), names(&b));
    for ((name, a), (_, b)) in a.into_iter().zip(b) {
        assert!(a == b, "{name} differs ({} and {} bytes)", a.len(), b.len());
    }
}

#[test]
fn in_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 6000);
    let again = folder.path().join("again");
    run(&["prepare", "synthetic", "--rows", "6000", "--out", arg(&again)], 0);
    for file in [
        "schema.json",
        "vocabulary.parquet",
        "train/part-0.parquet",
        "val/part-0.parquet",
        "test/part-0.parquet",
    ] {
        assert_eq!(
            fs::read(data.join(file)).unwrap(),
            fs::read(again.join(file)).unwrap(),
            "{file}"
        );
    }
    let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
    for (data, out) in [(&data, &a), (&again, &b)] {
        let args = [
            "fit",
            "--method",
            "ssim",
            "--data",
            arg(data),
            "--preset",
            "demo",
            "--set",
            "retrain.max_epochs=2",
        ];
        run(&[&args[..], &["--set", "retrain.dropout=0.2", "--out", arg(out)]].concat(), 0);
    }
    assert_same(&a, &b);
}
