//! `-` in place of a file: rows come from another program, in any format that a file may have.

use crate::shapes::{bzip2, feather, gzip, json, parquet, plain, rows, tar, zip};
use ssim_tests::{Printed, SMALL, arg, finish, run, ssim};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

/// The log in every format, and a name for each.
fn formats() -> Vec<(&'static str, Vec<u8>)> {
    let text = plain().into_bytes();
    vec![
        ("log.csv", text.clone()),
        ("log.csv.gz", gzip(&text)),
        ("log.csv.bz2", bzip2(&text)),
        ("log.zip", zip(&[("log.csv", &text)])),
        ("log.tar.gz", gzip(&tar("log.csv", &text))),
        ("log.jsonl", json().into_bytes()),
        ("log.parquet", parquet(rows())),
        ("log.feather", feather()),
    ]
}

/// Runs a command whose standard input is a file. Other files are not in reach.
fn piped(args: &[&str], from: &Path, code: i32) -> Printed {
    let empty = tempfile::tempdir().unwrap();
    let mut command = ssim(args);
    command.current_dir(empty.path()).env("TMPDIR", empty.path());
    let printed = finish(command.stdin(Stdio::from(File::open(from).unwrap())), code);
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "{args:?} leaves a file");
    printed
}

#[test]
fn a_log_may_come_from_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in formats() {
        let at = folder.path().join(name);
        fs::write(&at, bytes).unwrap();
        let of = |printed: &Printed, log: &str| {
            let lines = printed.out.lines().filter(|line| !line.starts_with("# "));
            assert!(printed.out.contains(log), "{}", printed.out);
            lines.collect::<Vec<_>>().join("\n")
        };
        let expected = run(&["init", arg(&at)], 0);
        let got = piped(&["init", "-"], &at, 0);
        assert_eq!(of(&got, "label = "), of(&expected, name), "{name}");
        let schema = folder.path().join("schema.toml");
        fs::write(&schema, &got.out).unwrap();
        let prepare =
            ["prepare", "table", "--schema", arg(&schema), "--dry-run", "--json", "--input"];
        let expected = run(&[&prepare[..], &[arg(&at)]].concat(), 0);
        let got = piped(&[&prepare[..], &["-"]].concat(), &at, 0);
        assert_eq!(got.out, expected.out, "{name}");
    }
    let csv = folder.path().join("log.csv");
    assert!(piped(&["init", "-", "-"], &csv, 2).error().contains("expected standard input once"));
    let nothing = folder.path().join("nothing");
    fs::write(&nothing, "").unwrap();
    assert!(piped(&["init", "-"], &nothing, 4).error().contains("stdin:1:1: expected a log"));
}

#[cfg(unix)]
#[test]
fn a_path_may_be_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("log.csv");
    fs::write(&csv, plain()).unwrap();
    let expected = run(&["init", arg(&csv), "--json"], 0).json()["decisions"].clone();
    // A shell passes <(cat log.csv) in this way.
    let got = piped(&["init", "/dev/stdin", "--json"], &csv, 0).json()["decisions"].clone();
    assert_eq!(got, expected);
    let mut cat = Command::new("cat").arg(&csv).stdout(Stdio::piped()).spawn().unwrap();
    let mut init = ssim(&["init", "/dev/fd/0", "--json"]);
    let rows = cat.stdout.take().unwrap();
    let got = finish(init.stdin(rows), 0).json()["decisions"].clone();
    cat.wait().unwrap();
    assert_eq!(got, expected);
}

#[test]
fn rows_to_score_may_come_from_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (csv, schema, data, fitted) = (at("log.csv"), at("schema.toml"), at("data"), at("run"));
    fs::write(&csv, plain()).unwrap();
    run(&["init", arg(&csv), "--out", arg(&schema)], 0);
    let prepare = ["prepare", "table", "--input", arg(&csv), "--schema", arg(&schema)];
    run(&[&prepare[..], &["--out", arg(&data)]].concat(), 0);
    let fit = ["fit", "--method", "ssim", "--data", arg(&data), "--out", arg(&fitted)];
    run(&[&fit[..], &SMALL].concat(), 0);
    let scores = |printed: &str| -> Vec<String> {
        let ctr = |line: &str| line.split(',').skip(1).collect::<Vec<_>>().join(",");
        printed.lines().map(ctr).collect()
    };
    let score = ["score", "--run", arg(&fitted), "--out", "-", "--quiet", "--input"];
    let expected = scores(&run(&[&score[..], &[arg(&csv)]].concat(), 0).out);
    assert_eq!(expected.len(), 241);
    let evaluate = ["evaluate", "--run", arg(&fitted), "--json", "--input"];
    let measured = run(&[&evaluate[..], &[arg(&csv)]].concat(), 0).json();
    for (name, bytes) in formats() {
        // Scoring reads one file, and no archive.
        if name.ends_with(".zip") || name.contains(".tar") {
            continue;
        }
        fs::write(at(name), bytes).unwrap();
        let out = at("scores.csv");
        let to_file = ["score", "--run", arg(&fitted), "--out", arg(&out), "--input", "-"];
        piped(&to_file, &at(name), 0);
        assert_eq!(scores(&fs::read_to_string(&out).unwrap()), expected, "{name}");
        let got = piped(&[&evaluate[..], &["-"]].concat(), &at(name), 0).json();
        assert_eq!(got, measured, "{name}");
        let list = at("list.csv");
        let select = ["select", "--run", arg(&fitted), "--ratio", "0.5", "--by", "global"];
        let to = ["--input", "-", "--out", arg(&list)];
        piped(&[&select[..], &to].concat(), &at(name), 0);
        assert_eq!(fs::read_to_string(&list).unwrap().lines().count(), 241, "{name}");
    }
}
