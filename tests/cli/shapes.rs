//! Files of many shapes: `ssim init` and `ssim prepare table` take them as they are, or end with one
//! line that says what to do.

mod accepted;
mod log;
mod public;
mod refused;

use accepted::{other, same};
use log::{ROWS, Shape, and};
pub use log::{bzip2, feather, gzip, json, parquet, parts, plain, rows, tar, zip};
use public::public;
use refused::refused;
use serde_json::Value;
use ssim_tests::{finish, ssim};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Writes the files of a shape.
fn write(folder: &Path, shape: &Shape) {
    for (name, bytes) in &shape.files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Runs `ssim init`. Gives the remarks, or the error.
fn init(folder: &Path, shape: &Shape, code: i32) -> String {
    let mut command = ssim(&["init", "--out", "schema.toml"]);
    finish(command.args(shape.args).current_dir(folder), code).err
}

/// Runs `ssim init` and `ssim prepare table`. Gives the summary as JSON, and the remarks.
fn prepared(shape: &Shape) -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), shape);
    let remarks = init(folder.path(), shape, 0);
    let logs = shape.args.iter().take_while(|arg| !arg.starts_with("--"));
    let mut command = ssim(&["prepare", "table", "--schema", "schema.toml", "--dry-run", "--json"]);
    // One of the shapes has a scenario without a click.
    command.args(["--on-error", "skip", "--raw"]).args(logs).current_dir(folder.path());
    (finish(&mut command, 0).json(), remarks)
}

#[test]
fn the_same_log_in_every_shape_gives_the_same_data() {
    let shapes = same();
    let expected = prepared(&shapes[0]).0;
    assert_eq!(expected["records"], ROWS);
    assert_eq!(expected["scenarios"].as_array().unwrap().len(), 3);
    for shape in &shapes {
        let (summary, _) = prepared(shape);
        for key in ["rows", "scenarios", "features", "records", "rejected"] {
            assert_eq!(summary[key], expected[key], "{}: {key}", shape.name);
        }
    }
}

#[test]
fn decisions_are_told_with_their_reasons() {
    let mut told = String::new();
    for shape in other().iter().chain(&same()) {
        let (summary, mut remarks) = prepared(shape);
        assert_eq!(summary["records"], ROWS, "{}", shape.name);
        if remarks.lines().count() > 20 {
            let kept: Vec<&str> = remarks.lines().take(20).collect();
            remarks = kept.join("\n") + "\n…\n";
        }
        writeln!(told, "# {}: ssim init {}", shape.name, shape.args.join(" ")).unwrap();
        writeln!(told, "{}\n{remarks}", summary["rows"]).unwrap();
    }
    insta::assert_snapshot!("shapes_told", told);
}

#[test]
fn what_cannot_be_used_is_refused_in_one_line_with_a_remedy() {
    let mut told = String::new();
    for (code, shape) in refused() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &shape);
        let error = init(folder.path(), &shape, code);
        assert_eq!(error.lines().count(), 1, "{}: {error}", shape.name);
        assert!(!folder.path().join("schema.toml").exists(), "{}", shape.name);
        writeln!(told, "# {}: ssim init {}\n{code} {error}", shape.name, shape.args.join(" "))
            .unwrap();
    }
    insta::assert_snapshot!("shapes_refused", told);
}

#[test]
fn a_schema_is_written_with_its_reasons() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log.csv"), and("id", |n| format!("r{n}"))).unwrap();
    let printed = finish(ssim(&["init", "log.csv"]).current_dir(folder.path()), 0);
    insta::assert_snapshot!("shapes_schema", printed.out);
    fs::write(folder.path().join("mine.toml"), "mine").unwrap();
    let mut again = ssim(&["init", "log.csv", "--out", "mine.toml"]);
    let error = finish(again.current_dir(folder.path()), 2).err;
    assert!(error.contains("mine.toml is there already"), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join("mine.toml")).unwrap(), "mine");
}

/// Runs `ssim run`. Gives its errors, and what it has written.
fn go(shape: &Shape, code: i32) -> (String, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), shape);
    let before = names(folder.path());
    let mut command = ssim(&["run", "--yes", "--out", "shop", "--trials", "2", "--threads", "2"]);
    command.args(["--preset", "demo", "--set", "model.mlp=[4]", "--set", "retrain.max_epochs=1"]);
    // One of the shapes has a scenario without a click.
    command.args(["--on-error", "skip"]).args(shape.args).current_dir(folder.path());
    let printed = finish(&mut command, code);
    let written = names(folder.path()).into_iter().filter(|name| !before.contains(name));
    let errors = printed.err.lines().filter(|line| line.starts_with("error: "));
    (errors.collect::<Vec<_>>().join("\n"), written.collect())
}

/// The names in a folder, and in `shop`.
fn names(folder: &Path) -> Vec<String> {
    let folders = [folder.to_owned(), folder.join("shop")];
    let entries = folders.iter().filter_map(|at| fs::read_dir(at).ok()).flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Checks that `ssim run` makes a report of a shape, or ends with one sentence and writes nothing.
fn ends_well(code: i32, shape: &Shape) -> String {
    let (error, written) = go(shape, code);
    if code == 0 {
        let report = ["data", "report.html", "report.md", "run", "run.ssim", "schema.toml", "shop"];
        assert_eq!(written, report, "{}", shape.name);
        return "a report".to_owned();
    }
    assert_eq!(error.lines().count(), 1, "{}: {error}", shape.name);
    assert!(written.is_empty(), "{}: {written:?}", shape.name);
    error
}

#[test]
fn every_public_layout_becomes_a_report_or_a_sentence() {
    let mut told = String::new();
    let shapes = public();
    for (code, shape) in &shapes {
        let end = ends_well(*code, shape);
        writeln!(told, "# {}: ssim run {}\n{code} {end}\n", shape.name, shape.args.join(" "))
            .unwrap();
    }
    insta::assert_snapshot!("shapes_public", told);
    // The book lists them.
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/published-logs.md");
    let book = fs::read_to_string(book).unwrap();
    for (_, shape) in &shapes {
        let name = shape.name.split(" without ").next().unwrap();
        assert!(book.contains(&format!("\n| {name} |")), "{name} is not in the book");
    }
}

#[test]
fn every_other_shape_becomes_a_report() {
    for shape in other().iter().chain(&same()) {
        ends_well(0, shape);
    }
}

#[test]
fn a_refused_shape_leaves_nothing_behind() {
    for (code, shape) in refused() {
        ends_well(code, &shape);
    }
}
