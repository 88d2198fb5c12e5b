//! Logs that do not fit into memory, and preparations that are killed halfway.

use ssim_tests::{arg, finish, log, run, ssim};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a log of some megabytes, and its schema.
fn large(folder: &Path) -> [PathBuf; 2] {
    let text = log::csv("user,item,tab,click", 200_000, |i| {
        format!("user {},{:09},{},{}", i * 31 % 50_021, i * 17 % 3001, i % 3, i % 7 / 6)
    });
    log::write(folder, &text, &log::schema(&log::USER_AND_ITEM, log::BY_CHANCE))
}

/// The bytes of every file below a folder, by path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            let below = files(&path).into_iter();
            all.extend(
                below.map(|(name, bytes)| (Path::new(&entry.file_name()).join(name), bytes)),
            );
        } else {
            all.insert(entry.file_name().into(), fs::read(path).unwrap());
        }
    }
    all
}

#[test]
fn threads_and_memory_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let [raw, schema] = large(folder.path());
    let made = |name: &str, threads: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let args = ["prepare", "table", "--raw", arg(&raw), "--schema", arg(&schema)];
        let args = [&args[..], &["--out", arg(&out)], more].concat();
        finish(ssim(&args).env("RAYON_NUM_THREADS", threads), 0);
        files(&out)
    };
    let all = made("a", "2", &[]);
    assert_eq!(all.len(), 6, "{:?}", all.keys());
    assert!(made("b", "1", &[]) == all);
    assert!(made("c", "3", &["--memory", "0"]) == all);
    assert!(made("d", "2", &["--memory", "6MB"]) == all);
    let bad =
        ["prepare", "table", "--raw", "x", "--schema", "x", "--out", "x", "--memory", "6 miles"];
    assert!(run(&bad, 2).err.contains("expected a number with kB, MB or GB"));
}

#[test]
fn a_dry_run_and_the_first_rows() {
    let folder = tempfile::tempdir().unwrap();
    let [raw, schema] = large(folder.path());
    let args = ["prepare", "table", "--raw", arg(&raw), "--schema", arg(&schema), "--json"];
    let with = |more: &[&str]| run(&[&args[..], more].concat(), 0).json();
    let dry = with(&["--dry-run"]);
    assert_eq!(dry["rows"], serde_json::json!({ "train": 160_000, "val": 20_000, "test": 20_000 }));
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "log and schema");
    let out = folder.path().join("out");
    assert_eq!(with(&["--out", arg(&out)]), dry);
    let few = with(&["--dry-run", "--limit", "1000"]);
    assert_eq!(few["rows"], serde_json::json!({ "train": 800, "val": 100, "test": 100 }));
}

/// A preparation is killed at any moment, and the next one writes the files that it would have
/// written.
#[test]
fn killed_and_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let [raw, schema] = large(folder.path());
    let out = |name: &str| folder.path().join(name);
    let args = |out: &Path| {
        let args =
            ["prepare", "table", "--raw", arg(&raw), "--schema", arg(&schema), "--memory", "1MB"];
        args.into_iter().chain(["--out", arg(out)]).map(str::to_owned).collect::<Vec<_>>()
    };
    let command = |out: &Path| ssim(&args(out).iter().map(String::as_str).collect::<Vec<_>>());
    finish(&mut command(&out("whole")), 0);
    let data = out("data");
    // The draft has a random name. It is empty until all rows are read.
    let drafts = || {
        let names = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path());
        names.filter(|path| path.to_string_lossy().ends_with(".partial")).collect::<Vec<_>>()
    };
    let begun = || drafts().iter().any(|path| path.join("train").exists());
    let mut child = command(&data).stderr(std::process::Stdio::null()).spawn().unwrap();
    // Waits until it has begun to write. If it has already ended, there is nothing to kill.
    while !begun() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    if child.wait().unwrap().success() {
        fs::remove_dir_all(&data).unwrap();
    }
    assert!(!data.exists(), "nothing that looks finished");
    finish(&mut command(&data), 0);
    assert!(files(&data) == files(&out("whole")));
    let names = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name());
    assert!(names.filter(|name| name.to_string_lossy().starts_with('.')).count() == 0);
}
