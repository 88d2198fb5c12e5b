//! The book is tested: its commands run and print the shown text, its files are read, and its lists
//! are complete.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod chapter;
mod generated;
mod run;
mod shown;

use chapter::{Block, Chapter, Note};
use std::collections::BTreeSet;

/// Makes a test for each chapter, so that chapters run side by side and a failure names its
/// chapter.
macro_rules! chapters {
    ($($test:ident = $file:literal),* $(,)?) => {
        const FILES: &[&str] = &[$($file),*];
        $(#[test] fn $test() { run::chapter(&Chapter::read($file)); })*
    };
}

chapters! {
    introduction = "introduction.md",
    first_run = "first-run.md",
    your_log = "your-log.md",
    published_logs = "published-logs.md",
    comparing = "comparing.md",
    ranks = "ranks.md",
    gpu = "gpu.md",
    method = "method.md",
    pictures = "pictures.md",
    page = "page.md",
    limits = "limits.md",
    commands = "commands.md",
    settings = "settings.md",
    formats = "formats.md",
    results = "results.md",
    performance = "performance.md",
    ideas = "ideas.md",
    adding = "adding.md",
    tested = "tested.md",
}

/// The commands of the README, on the log of the chapter "Your own log".
#[test]
fn readme() {
    let scratch = tempfile::tempdir().unwrap();
    let mut own_log = Chapter::read("your-log.md").blocks;
    let is_schema = |block: &Block| block.note == Some(Note::File("log.toml".into()));
    let schema = own_log.iter().position(is_schema).expect("a schema");
    std::fs::write(scratch.path().join("log.toml"), &own_log[schema].text).unwrap();
    own_log.truncate(1);
    own_log[0].text += "gzip -k log.csv\ncp log.csv tomorrow.csv\n";
    run::follow(&own_log, scratch.path());
    let readme = Chapter::read("../README.md").blocks;
    assert!(readme.iter().any(|block| block.note.is_none() && block.text.contains("ssim fit")));
    run::follow(&readme, scratch.path());
    for name in ["best/race.json", "run.ssim", "shared.parquet"] {
        assert!(scratch.path().join(name).exists(), "{name}");
    }
}

/// Chapters whose code is run by other tests.
const ELSEWHERE: &[&str] = &["using-the-list.md", "embedding.md"];

/// The number of blocks that may go without a test. A change that raises it needs a reason.
const MOST_NOT_RUN: usize = 8;

#[test]
fn every_chapter_is_in_the_book_and_tested() {
    let listed: BTreeSet<String> = chapter::listed().into_iter().collect();
    let tested = FILES.iter().chain(ELSEWHERE).map(|file| (*file).to_owned());
    assert_eq!(listed, tested.collect(), "docs/SUMMARY.md (left) and this test (right)");
    let written: BTreeSet<String> = chapter::files().into_iter().collect();
    assert_eq!(listed, written, "docs/SUMMARY.md (left) and the files of docs (right)");
}

#[test]
fn few_blocks_are_not_run() {
    let skipped = |block: &Block| match &block.note {
        Some(Note::NotRun(reason)) => Some(reason.clone()),
        _ => None,
    };
    let mut reasons = Vec::new();
    for file in FILES {
        let blocks = Chapter::read(file).blocks;
        reasons.extend(blocks.iter().filter_map(skipped).map(|reason| format!("{file}: {reason}")));
    }
    assert!(reasons.len() <= MOST_NOT_RUN, "{} blocks: {reasons:#?}", reasons.len());
}
