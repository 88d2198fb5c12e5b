//! Every target runs a fixed number of times on its corpus and on changed files of it.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use ssim_fuzz::{LIMIT, Mutator, TARGETS, Target, corpus, find, peak};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the target; a panic names a file that holds the input.
fn attack(target: &Target, data: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| (target.run)(data))).is_err() {
        let path = std::env::temp_dir().join(format!("fuzz-{}", target.name));
        std::fs::write(&path, data).unwrap();
        panic!("{} fails on {}: add it to {:?}", target.name, path.display(), target.folder());
    }
}

fn run(name: &str) {
    let target = find(name).unwrap();
    let files: Vec<Vec<u8>> =
        corpus(&target.folder()).unwrap().into_iter().map(|(_, bytes)| bytes).collect();
    files.iter().for_each(|data| attack(target, data));
    attack(target, &[]);
    let mut mutator = Mutator::new(name, &files);
    for _ in 0..target.executions {
        attack(target, &mutator.file());
    }
    assert!(peak() < LIMIT, "{} bytes", peak());
}

/// Makes a test for each target, so that targets run side by side and a failure names its target.
macro_rules! targets {
    ($($(#[$note:meta])* $name:ident),* $(,)?) => {
        const TESTED: &[&str] = &[$(stringify!($name)),*];
        $(#[test] $(#[$note])* fn $name() { run(stringify!($name)); })*
    };
}

targets! {
    container, artifact, record, checkpoint, model, rule, schema, settings, plan, csv,
    parquet,
    stream,
    list,
    scores,
    manifest,
    vocabulary,
    split,
    messages, archive,
}

#[test]
fn every_target_is_tested() {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, TESTED);
}

#[test]
fn the_corpus_is_small() {
    let files = TARGETS.iter().map(|target| corpus(&target.folder()).unwrap());
    let bytes = files.flatten().map(|(_, bytes)| bytes.len()).sum::<usize>();
    assert!(bytes < 2 << 20, "{bytes} bytes");
}

#[test]
fn the_same_name_gives_the_same_files() {
    let files = [b"one".to_vec(), b"two,3".to_vec()];
    let [a, b] = [(), ()].map(|()| {
        let mut mutator = Mutator::new("x", &files);
        (0..50).map(|_| mutator.file()).collect::<Vec<_>>()
    });
    assert_eq!(a, b);
    assert!(a.iter().any(|file| !files.contains(file)));
}
