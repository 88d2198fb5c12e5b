//! `model.members`: a run whose model is the mean of models from several seeds.

use ssim_tests::{SMALL, arg, run, synthetic};
use std::fs;
use std::path::Path;

/// The logits of the first test rows, by a run's model. The log has the columns of the data.
fn logits(fitted: &Path, log: &Path) -> Vec<f64> {
    let score = ["score", "--run", arg(fitted), "--input", arg(log), "--out", "-"];
    let scored = run(&score, 0).out;
    let mut lines = scored.lines();
    let place = lines.next().unwrap().split(',').position(|name| name == "ctr").unwrap();
    lines
        .map(|line| {
            let ctr: f64 = line.split(',').nth(place).unwrap().parse().unwrap();
            (ctr / (1.0 - ctr)).ln()
        })
        .collect()
}

/// One model, and a copy per scenario.
#[test]
fn a_run_predicts_the_mean_of_its_members() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let log = folder.path().join("rows.csv");
    let schema = ssim_tests::schema(&data);
    let names: Vec<&str> = schema.fields.iter().map(|field| field.name.as_str()).collect();
    let row = |i: usize| {
        let values = schema.fields.iter().map(|field| field.vocabulary.values());
        values.map(|all| all[i % all.len()].as_str()).collect::<Vec<_>>().join(",")
    };
    let rows: Vec<String> = (0..50).map(row).collect();
    fs::write(&log, format!("{}\n{}\n", names.join(","), rows.join("\n"))).unwrap();
    for method in ["mt", "finetune"] {
        let out = folder.path().join(method);
        let fit = ["fit", "--data", arg(&data), "--method", method, "--out", arg(&out)];
        run(&[&fit[..], &SMALL, &["--set", "model.members=3"]].concat(), 0);
        let members = ["1", "2", "3"].map(|seed| logits(&out.join("members").join(seed), &log));
        for (i, got) in logits(&out, &log).into_iter().enumerate() {
            let mean = members.iter().map(|z| z[i]).sum::<f64>() / 3.0;
            assert!((got - mean).abs() < 1e-4, "{method}, row {i}: {got}, and the mean is {mean}");
        }
        assert!(members[0].iter().zip(&members[1]).any(|(a, b)| (a - b).abs() > 1e-3));
    }
}
