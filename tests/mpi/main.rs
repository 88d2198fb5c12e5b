//! Processes that `mpirun` starts train one model. The tests need a program with the feature `mpi`,
//! which `cargo xtask test mpi` builds.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod hosts;

use safetensors::SafeTensors;
use ssim_tests::{arg, finish, program, ssim, start, synthetic};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The command line of every process: at most 50 steps of each phase, with checkpoints in between.
fn fit(data: &Path, out: &Path) -> Vec<String> {
    let (data, out) = (arg(data), arg(out));
    let words = "fit --method ssim --preset demo --threads 1 --max-steps 50 --json --resume --set train.batch=256 \
                 --set train.checkpoint_steps=10 --set retrain.dropout=0.2";
    let words = words.split_whitespace().chain(["--data", data, "--out", out]);
    words.map(str::to_owned).collect()
}

/// `mpirun` with groups of ranks: the number of ranks in a group, and their command line.
fn mpirun(groups: &[(usize, Vec<String>)]) -> Command {
    let mut command = Command::new("mpirun");
    command.args(["--allow-run-as-root", "--oversubscribe"]);
    for (i, (ranks, words)) in groups.iter().enumerate() {
        if i > 0 {
            command.arg(":");
        }
        command.args(["-n", &ranks.to_string()]).arg(program()).args(words);
    }
    command
}

/// The f32 tensors of a file, by name.
fn tensors(file: &Path) -> BTreeMap<String, Vec<f32>> {
    let bytes = fs::read(file).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap().tensors();
    let floats =
        |bytes: &[u8]| bytes.as_chunks().0.iter().map(|x| f32::from_le_bytes(*x)).collect();
    let floats = tensors
        .into_iter()
        .filter(|(_, t)| t.dtype() == safetensors::Dtype::F32)
        .map(|(n, t)| (n, floats(t.data())));
    let floats: BTreeMap<_, _> = floats.collect();
    assert!(floats.len() > 3, "{}: {} tensors", file.display(), floats.len());
    floats
}

fn assert_close(a: &Path, b: &Path, file: &str) {
    let (a, b) = (tensors(&a.join(file)), tensors(&b.join(file)));
    assert!(a.keys().eq(b.keys()));
    for ((name, a), b) in a.iter().zip(b.values()) {
        let far = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(a.len() == b.len() && far <= 1e-5, "{file}, {name}: {far:e} apart");
    }
}

#[test]
#[ignore = "needs mpirun: cargo xtask test mpi"]
fn ranks_train_what_one_process_trains() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 20_000);
    let place = |name: &str| folder.path().join(name);
    let alone = finish(ssim(&[]).args(fit(&data, &place("1"))), 0).json();
    for ranks in [2, 4] {
        let out = place(&ranks.to_string());
        let together = finish(&mut mpirun(&[(ranks, fit(&data, &out))]), 0).json();
        for file in ["model.safetensors", "selector.safetensors"] {
            assert_close(&place("1"), &out, file);
        }
        assert_eq!(alone["share"], together["share"]);
        let auc = |summary: &serde_json::Value| summary["test"]["auc"].as_f64().unwrap();
        assert!((auc(&alone) - auc(&together)).abs() < 1e-5);
    }
}

#[test]
#[ignore = "needs mpirun: cargo xtask test mpi"]
fn more_ranks_than_rows_of_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 8000);
    let [alone, together] = ["alone", "together"].map(|name| folder.path().join(name));
    let few = |out: &Path| [fit(&data, out), vec!["--set".into(), "train.batch=2".into()]].concat();
    finish(ssim(&[]).args(few(&alone)), 0);
    finish(&mut mpirun(&[(4, few(&together))]), 0);
    assert_close(&alone, &together, "model.safetensors");
}

/// The ids of the program's processes that have `out` on their command line.
fn processes(out: &Path) -> Vec<String> {
    let of = |pid: &str| fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let pids =
        fs::read_dir("/proc").unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let ours = |pid: &String| {
        let line = String::from_utf8_lossy(&of(pid)).into_owned();
        line.starts_with(arg(&program())) && line.contains(arg(out))
    };
    pids.filter(ours).collect()
}

#[test]
#[ignore = "needs mpirun: cargo xtask test mpi"]
fn a_killed_rank_ends_the_job_and_the_run_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 20_000);
    let place = |name: &str| folder.path().join(name);
    finish(&mut mpirun(&[(2, fit(&data, &place("whole")))]), 0);

    let out = place("killed");
    let errors = fs::File::create(place("errors")).unwrap();
    let mut command = mpirun(&[(2, fit(&data, &out))]);
    let mut job = start(command.stderr(errors), &out.join("checkpoints/search.safetensors"));
    let ranks = processes(&out);
    assert_eq!(ranks.len(), 2);
    assert!(Command::new("kill").args(["-9", &ranks[1]]).status().unwrap().success());
    assert!(!job.wait().unwrap().success());
    // mpirun may end a moment before the ranks that it has killed.
    let ended = Instant::now();
    while !processes(&out).is_empty() {
        assert!(ended.elapsed() < Duration::from_secs(10), "a rank has stayed");
        sleep(Duration::from_millis(10));
    }
    assert!(!out.join("selector.safetensors").exists(), "the kill came too late");
    let errors = fs::read_to_string(place("errors")).unwrap();
    assert!(errors.contains("signal 9"), "{errors}");

    finish(&mut mpirun(&[(2, fit(&data, &out))]), 0);
    for file in ["model.safetensors", "selector.safetensors", "shared.parquet"] {
        let [a, b] = [place("whole"), out.clone()].map(|run| fs::read(run.join(file)).unwrap());
        assert!(a == b, "{file} differs");
    }
}

/// Runs two ranks with different command lines, checks that both refuse to start, and gives back
/// their messages.
fn refused(first: Vec<String>, second: Vec<String>, out: &Path) -> String {
    let output = mpirun(&[(1, first), (1, second)]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let [printed, err] = [text(&output.stdout), text(&output.stderr)];
    assert_eq!(output.status.code(), Some(2), "{printed}{err}");
    assert!(!out.exists(), "a run folder was made");
    err
}

#[test]
#[ignore = "needs mpirun: cargo xtask test mpi"]
fn ranks_with_other_data_or_settings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
    let [a, b]: [PathBuf; 2] = [(a, 8000), (b, 8100)].map(|(folder, rows)| {
        fs::create_dir(&folder).unwrap();
        synthetic(&folder, rows)
    });
    let out = folder.path().join("run");
    let err = refused(fit(&a, &out), fit(&b, &out), &out);
    assert!(err.contains("rank 1 does something else than rank 0: expected"), "{err}");

    let other = [fit(&a, &out), vec!["--seed".into(), "2".into()]].concat();
    let err = refused(fit(&a, &out), other, &out);
    assert!(err.contains("expected \"seed\": 1, got \"seed\": 2"), "{err}");
}
