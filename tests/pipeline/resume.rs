//! Killed or stopped in either phase, a run that goes on ends with the bytes of one that was
//! never interrupted.

use crate::same_bytes::assert_same;
use ssim_tests::{arg, finish, ssim, synthetic};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Scene {
    folder: tempfile::TempDir,
    data: PathBuf,
    whole: PathBuf,
}

fn fit(data: &Path, out: &Path) -> Command {
    ssim(&[
        "fit",
        "--data",
        arg(data),
        "--preset",
        "demo",
        "--out",
        arg(out),
        "--resume",
        "--set",
        "train.batch=128",
        "--set",
        "train.checkpoint_steps=7",
        "--set",
        "search.epochs=4",
        "--set",
        "retrain.max_epochs=4",
        "--set",
        "retrain.patience=4",
        "--set",
        "retrain.dropout=0.2",
    ])
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = synthetic(folder.path(), 8000);
        let whole = folder.path().join("whole");
        finish(&mut fit(&data, &whole), 0);
        Self { folder, data, whole }
    }

    /// Starts the same run and waits until a phase has written a checkpoint.
    fn start(&self, name: &str, phase: &str) -> (PathBuf, Child) {
        let out = self.folder.path().join(name);
        let child =
            fit(&self.data, &out).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let checkpoint = out.join(format!("checkpoints/{phase}.safetensors"));
        let started = Instant::now();
        while !checkpoint.exists() {
            assert!(started.elapsed() < Duration::from_secs(120), "no checkpoint of {phase}");
            std::thread::sleep(Duration::from_millis(1));
        }
        (out, child)
    }

    fn resumes(&self, out: &Path) {
        finish(&mut fit(&self.data, out), 0);
        assert_same(&self.whole, out);
    }
}

#[test]
fn after_a_kill() {
    let scene = Scene::new();
    for (phase, product) in [("search", "selector.safetensors"), ("retrain", "model.safetensors")] {
        let (out, mut child) = scene.start(phase, phase);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!out.join(product).exists(), "the kill came too late to test {phase}");
        scene.resumes(&out);
    }
}

#[cfg(unix)]
#[test]
fn after_a_signal() {
    let scene = Scene::new();
    for (phase, product, signal) in
        [("search", "selector.safetensors", "-TERM"), ("retrain", "model.safetensors", "-INT")]
    {
        let (out, mut child) = scene.start(phase, phase);
        let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(!out.join(product).exists(), "the signal came too late to test {phase}");
        scene.resumes(&out);
    }
}

#[test]
fn a_finished_run_is_not_repeated() {
    let scene = Scene::new();
    let modified =
        || std::fs::metadata(scene.whole.join("model.safetensors")).unwrap().modified().unwrap();
    let before = modified();
    finish(&mut fit(&scene.data, &scene.whole), 0);
    assert_eq!(before, modified());
}
