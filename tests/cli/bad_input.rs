//! Bad logs: the exit code, and a message that says where and why.

use ssim_tests::{arg, log, run};
use std::fs;
use std::path::Path;

/// A schema that suits [`GOOD`].
fn schema() -> String {
    log::schema(&[("user", "min_count = 1")], log::BY_PART)
}

/// A log that can be prepared. The tests damage one row of it each.
const GOOD: &str = "user,tab,part,click
a,home,train,1
b,home,train,0
a,shop,train,1
b,shop,train,0
a,home,val,1
b,shop,val,0
a,home,test,0
b,shop,test,1
";

fn prepare(folder: &Path, log: &str, schema: &str, code: i32) -> String {
    let [raw, schema] = log::write(folder, log, schema);
    let out = folder.join("data");
    let printed = run(
        &["prepare", "table", "--raw", arg(&raw), "--schema", arg(&schema), "--out", arg(&out)],
        code,
    );
    if code == 0 {
        return printed.out;
    }
    assert!(!out.exists(), "a failed preparation leaves nothing behind");
    let left: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    printed.error().to_owned()
}

fn bad(log: &str, schema: &str, code: i32, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let error = prepare(folder.path(), log, schema, code);
    for word in words {
        assert!(error.contains(word), "expected \"{word}\" in: {error}");
    }
}

#[test]
fn the_good_log_is_good() {
    let folder = tempfile::tempdir().unwrap();
    assert!(prepare(folder.path(), GOOD, &schema(), 0).contains("scenario shop"));
    // A folder that is not empty is not overwritten.
    let before = fs::read(folder.path().join("data/schema.json")).unwrap();
    let data = folder.path().join("data");
    let again = run(&["prepare", "synthetic", "--rows", "5000", "--out", arg(&data)], 2);
    assert!(again.error().contains("not empty"));
    assert_eq!(fs::read(folder.path().join("data/schema.json")).unwrap(), before);
}

#[test]
fn malformed_row() {
    bad(
        &GOOD.replace("b,home,train,0", "b,home,train"),
        &schema(),
        4,
        &["log.csv:3:", "expected 4 values"],
    );
}

#[test]
fn unknown_column() {
    bad(
        GOOD,
        &schema().replace("\"user\"", "\"usr\""),
        3,
        &["schema.toml", "\"usr\"", "did you mean \"user\"?"],
    );
}

#[test]
fn unknown_key_in_the_schema() {
    bad(
        GOOD,
        &schema().replace("min_count", "mincount"),
        3,
        &["schema.toml", "mincount", "min_count"],
    );
}

#[test]
fn label_that_is_no_click() {
    bad(
        &GOOD.replace("a,shop,train,1", "a,shop,train,2"),
        &schema(),
        4,
        &["log.csv:4:4", "expected 0 or 1, got \"2\""],
    );
}

#[test]
fn one_scenario() {
    bad(&GOOD.replace("shop", "home"), &schema(), 4, &["\"tab\"", "got 1 (\"home\")"]);
}

#[test]
fn scenario_without_clicks() {
    bad(
        &GOOD.replace("a,shop,train,1", "a,shop,train,0"),
        &schema(),
        4,
        &["\"tab\"", "at least one click", "got none for \"shop\""],
    );
}

#[test]
fn empty_split() {
    bad(&GOOD.replace("val", "test"), &schema(), 4, &["split \"val\"", "at least one row"]);
}

#[test]
fn no_rows_and_no_file() {
    bad("user,tab,part,click\n", &schema(), 4, &["expected rows, got none"]);
    bad("", &schema(), 4, &["log.csv:1:1", "empty file"]);
    let error = run(&["fit", "--data", "/nowhere", "--out", "/nowhere/run"], 4);
    assert!(error.error().contains("/nowhere: expected a data folder"));
}

#[test]
fn skipped_rows_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let log = GOOD.replace("b,home,train,0", "b,home,train,9");
    let [raw, schema] = log::write(folder.path(), &log, &schema());
    let out = folder.path().join("data");
    let args =
        ["prepare", "table", "--raw", arg(&raw), "--schema", arg(&schema), "--out", arg(&out)];
    let printed = run(&[&args[..], &["--on-error", "skip", "--json"]].concat(), 0).json();
    assert_eq!(printed["rejected"], 1);
    let rejects = fs::read_to_string(out.join("rejects.csv")).unwrap();
    assert!(rejects.starts_with("line,column,reason,raw,file\n3,4,"), "{rejects}");
}

#[test]
fn usage() {
    run(&[], 2);
    run(&["fit"], 2);
    run(&["fit", "--data", "x", "--out", "y", "--method", "sim"], 2);
    run(&["fit", "--method", "ssim", "--data", "x", "--out", "y", "--backbone", "dn"], 2);
    run(&["prepare", "synthetic", "--rows", "10", "--out", "/nowhere-else/x"], 3);
    let folder = tempfile::tempdir().unwrap();
    let error = run(
        &["fit", "--method", "ssim", "--data", arg(folder.path()), "--out", "y", "--device", "tpu"],
        2,
    );
    assert!(error.error().contains("expected cpu, cuda or cuda:N"));
    let error = run(
        &[
            "fit",
            "--method",
            "ssim",
            "--data",
            arg(folder.path()),
            "--out",
            "y",
            "--device",
            "cuda:0",
        ],
        2,
    );
    assert!(error.error().contains("--features cuda"));
}
