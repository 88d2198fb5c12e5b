//! A comparison that is killed and started again ends with the same tables as one that was not
//! killed.

use ssim_tests::{arg, finish, ssim, start, synthetic};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const PLAN: &str = r#"
preset = "demo"
[settings]
train = { batch = 128, checkpoint_steps = 7 }
retrain.max_epochs = 3
[[system]]
name = "finetune"
method = "finetune"
baseline = true
[[system]]
name = "ssim"
method = "ssim"
[[system]]
name = "ssim-p"
method = "ssim-p"
"#;

fn compare(folder: &Path, out: &Path) -> Command {
    let (plan, data) = (folder.join("plan.toml"), folder.join("data"));
    let args = ["compare", arg(&plan), "--data", arg(&data), "--out", arg(out), "--seeds", "2"];
    ssim(&[&args[..], &["--jobs", "2"]].concat())
}

#[test]
fn after_kills() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    synthetic(folder, 6000);
    fs::write(folder.join("plan.toml"), PLAN).unwrap();
    let (whole, killed) = (folder.join("whole"), folder.join("killed"));
    finish(&mut compare(folder, &whole), 0);
    // It is killed at the beginning, while a copy is trained, during a search, and after some runs.
    for file in [
        "finetune",
        "finetune/1/checkpoints/retrain-0.safetensors",
        "ssim/1/run.json",
        "ssim/2/shared.parquet",
    ] {
        let until = killed.join("runs").join(file);
        let mut child = start(compare(folder, &killed).stderr(Stdio::null()), &until);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!killed.join("compare.json").exists(), "the kill came too late to test {file}");
    }
    finish(&mut compare(folder, &killed), 0);
    for name in ["compare.json", "compare.md", "compare.tex", "compare.svg"] {
        let read = |out: &Path| fs::read(out.join(name)).unwrap();
        assert!(read(&whole) == read(&killed), "{name} differs");
    }
}
