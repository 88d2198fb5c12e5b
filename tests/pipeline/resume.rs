//! A run that was killed or stopped in any phase is resumed, and ends with the same bytes as one
//! that was never interrupted.

use crate::same_bytes::assert_same;
use ssim_tests::{arg, finish, ssim, start, synthetic};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

struct Scene {
    method: &'static str,
    /// A setting of its own.
    set: &'static str,
    folder: tempfile::TempDir,
    data: PathBuf,
    whole: PathBuf,
}

fn fit((method, set): (&str, &str), data: &Path, out: &Path) -> Command {
    ssim(&[
        "fit",
        "--method",
        method,
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
        "--set",
        set,
    ])
}

impl Scene {
    fn new(method: &'static str) -> Self {
        Self::with(method, "retrain.average=0")
    }

    fn with(method: &'static str, set: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = synthetic(folder.path(), 8000);
        let whole = folder.path().join("whole");
        finish(&mut fit((method, set), &data, &whole), 0);
        Self { method, set, folder, data, whole }
    }

    /// Starts the same run and waits until a phase has written a checkpoint.
    fn start(&self, name: &str, phase: &str) -> (PathBuf, Child) {
        let out = self.folder.path().join(name);
        let checkpoint = out.join(format!("checkpoints/{phase}.safetensors"));
        let child = start(
            fit((self.method, self.set), &self.data, &out).stderr(Stdio::null()),
            &checkpoint,
        );
        (out, child)
    }

    fn resumes(&self, out: &Path) {
        finish(&mut fit((self.method, self.set), &self.data, out), 0);
        assert_same(&self.whole, out);
    }
}

/// Kills a run of the method in each phase, before the phase has written its product.
fn killed(method: &'static str, phases: &[(&str, &str)]) {
    killed_in(&Scene::new(method), phases);
}

fn killed_in(scene: &Scene, phases: &[(&str, &str)]) {
    for (phase, product) in phases {
        let (out, mut child) = scene.start(phase, phase);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(
            !out.join(product).exists(),
            "the kill came too late to test {}, {phase}",
            scene.method
        );
        scene.resumes(&out);
    }
}

#[test]
fn after_a_kill() {
    killed("ssim", &[("search", "selector.safetensors"), ("retrain", "model.safetensors")]);
}

#[test]
fn after_a_kill_between_copies() {
    killed("finetune", &[("start", "model-0.safetensors"), ("retrain-0", "model-0.safetensors")]);
}

#[test]
fn after_a_kill_between_outer_steps() {
    killed("dn", &[("retrain", "model.safetensors")]);
    killed("mamdr", &[("start", "model-0.safetensors"), ("retrain-0", "model-0.safetensors")]);
}

#[test]
fn after_a_kill_of_a_model_that_is_averaged() {
    let scene = Scene::with("finetune", "retrain.average=0.5");
    killed_in(&scene, &[("start", "model-0.safetensors"), ("retrain-0", "model-0.safetensors")]);
}

#[test]
fn after_a_kill_of_models_that_go_on_from_others() {
    killed("ssim-p", &[("retrain", "model.safetensors")]);
    killed("mt-from-st", &[("start", "model.safetensors"), ("retrain", "model.safetensors")]);
    killed("mt-from-mt-s", &[("start", "model.safetensors"), ("retrain", "model.safetensors")]);
}

#[test]
fn after_a_kill_while_a_selector_is_taught() {
    killed("ssim+", &[("teach", "selector.safetensors"), ("distil", "selector.safetensors")]);
    // The teacher is the start, too.
    killed("ssim+-from-st", &[("teach", "selector.safetensors"), ("retrain", "model.safetensors")]);
}

#[test]
fn after_a_kill_of_a_list_that_changes() {
    killed("ssim-soft", &[("retrain", "model.safetensors")]);
}

#[cfg(unix)]
#[test]
fn after_a_signal() {
    let scene = Scene::new("ssim");
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
    let scene = Scene::new("ssim");
    let modified =
        || fs::metadata(scene.whole.join("model.safetensors")).unwrap().modified().unwrap();
    let before = modified();
    finish(&mut fit((scene.method, scene.set), &scene.data, &scene.whole), 0);
    assert_eq!(before, modified());
}

/// Makes the folders that a program leaves when it is killed between two of a run's first files, or
/// while it writes one, and resumes each.
#[test]
fn after_a_kill_in_the_beginning() {
    let scene = Scene::new("ssim-r");
    let begun = ["run.json", "config.toml", "vocabulary.parquet", "layout.toml", "schema.json"];
    for there in 0..=begun.len() {
        let out = scene.folder.path().join(format!("begun-{there}"));
        fs::create_dir(&out).unwrap();
        for name in &begun[..there] {
            if scene.whole.join(name).exists() {
                fs::copy(scene.whole.join(name), out.join(name)).unwrap();
            }
        }
        let partial = out.join(".ssim-killed.partial");
        fs::write(&partial, "half").unwrap();
        scene.resumes(&out);
        assert!(!partial.exists());
        for name in begun {
            assert_eq!(scene.whole.join(name).exists(), out.join(name).exists(), "{name}");
        }
    }
}
