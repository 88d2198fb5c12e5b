//! Recipes that begin with the same first model: a comparison fits it once, and every run has the bytes of a fit
//! that did all of its work itself.

use crate::same_bytes::assert_same;
use ssim_tests::{arg, run, synthetic};
use std::fs;

const PLAN: &str = r#"
preset = "demo"
[settings]
train.batch = 256
retrain = { max_epochs = 2, dropout = 0.2 }
[[system]]
name = "mt-from-st"
method = "mt-from-st"
set.retrain.continued_lr = 0.5
[[system]]
name = "st"
method = "st"
[[system]]
name = "finetune"
method = "finetune"
[[system]]
name = "ssim+"
method = "ssim+"
[[system]]
name = "ssim+-from-st"
method = "ssim+-from-st"
[[system]]
name = "mamdr"
method = "mamdr"
[[system]]
name = "dn"
method = "dn"
[[system]]
name = "mt-from-mt-s"
method = "mt-from-mt-s"
"#;

#[test]
fn is_fitted_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let data = synthetic(folder.path(), 6000);
    fs::write(at("plan.toml"), PLAN).unwrap();
    let compare = ["compare", "--data", arg(&data), "--seeds", "1", "--jobs", "1"];
    run(&[&compare[..], &["--out", arg(&at("all")), arg(&at("plan.toml"))]].concat(), 0);
    // With the results of a comparison, an artifact brings the other runs along.
    fs::remove_file(at("all").join("compare.json")).unwrap();
    for method in ["mt-from-st", "finetune", "ssim+", "ssim+-from-st", "mamdr", "mt-from-mt-s"] {
        let together = at("all").join("runs").join(method).join("1");
        let (alone, config) = (at(method), together.join("config.toml"));
        let fit = ["fit", "--method", method, "--data", arg(&data), "--threads", "1"];
        let from = ["--config", arg(&config), "--out", arg(&alone)];
        run(&[&fit[..], &from].concat(), 0);
        assert_same(&alone, &together);
    }
    // `mt-from-st` made the first model of five systems; `dn` came too late for `mamdr`.
    let shared = fs::read_dir(at("all/shared")).unwrap();
    let methods = shared.map(|run| {
        let run = fs::read_to_string(run.unwrap().path().join("run.json")).unwrap();
        let run: serde_json::Value = serde_json::from_str(&run).unwrap();
        run["method"].as_str().unwrap().to_owned()
    });
    let mut methods: Vec<_> = methods.collect();
    methods.sort();
    assert_eq!(methods, ["dn", "mt-s", "st"]);
}
