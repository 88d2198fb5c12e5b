//! Lists and scores of other programs: every value counts as what it is, or is refused with its place.

use arrow::array::{ArrayRef, BooleanArray, Float32Array, Float64Array, RecordBatch, StringArray};
use arrow::array::{Int64Array, UInt64Array};
use serde_json::json;
use ssim_tests::{SMALL, arg, run, schema, synthetic};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn fitted(folder: &Path) -> (PathBuf, PathBuf) {
    let (data, out) = (synthetic(folder, 5000), folder.join("run"));
    run(
        &[&["fit", "--method", "ssim", "--data", arg(&data), "--out", arg(&out)], &SMALL[..]]
            .concat(),
        0,
    );
    (data, out)
}

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let to = File::create(path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(to, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn a_list_holds_every_train_row_once() {
    let folder = tempfile::tempdir().unwrap();
    let (data, fitted) = fitted(folder.path());
    let at = |name: &str| folder.path().join(name);
    let own = File::open(fitted.join("shared.parquet")).unwrap();
    let rows = ssim_data::list::read(own, "list", &schema(&data)).unwrap().rows;
    let n = rows.len();
    let (list, out) = (at("list.parquet"), at("retrained"));
    let told = |row: ArrayRef, shared: ArrayRef| {
        write(&list, vec![("row", row), ("shared", shared)]);
        let args = ["retrain", "--data", arg(&data), "--shared", arg(&list), "--out", arg(&out)];
        let error = run(&[&args[..], &SMALL[..]].concat(), 4).err;
        assert!(!out.exists(), "nothing is written with a list that is refused");
        error
    };
    let floats = |x: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![x; n])) };
    let good = |rows: &[u64]| -> ArrayRef { Arc::new(UInt64Array::from(rows.to_vec())) };
    let all: ArrayRef = Arc::new(BooleanArray::from(vec![true; n]));
    let mark = "list.parquet:1:2: field \"shared\": expected true, false, 0 or 1, got";
    for (x, got) in [(0.3, "0.3"), (2.0, "2.0"), (-1.0, "-1.0"), (f64::NAN, "NaN")] {
        let error = told(good(&rows), floats(x));
        assert!(error.contains(&format!("{mark} {got}")), "{error}");
    }
    let no: ArrayRef = Arc::new(StringArray::from(vec!["no"; n]));
    let error = told(good(&rows), no);
    assert!(error.contains(&format!("{mark} \"no\" (text)")), "{error}");
    let fractions = rows.iter().map(|row| *row as f64 + 0.7).collect::<Vec<_>>();
    let error = told(Arc::new(Float64Array::from(fractions)), all.clone());
    assert!(error.contains("list.parquet:1:1: field \"row\": expected a whole number"), "{error}");
    let mut other = rows.clone();
    other[1] = other[0];
    let error = told(good(&other), all.clone());
    assert!(error.contains(&format!("row {}: expected once, got twice", rows[0])), "{error}");
    other[1] = 1_000_000;
    let error = told(good(&other), all.clone());
    let expected = format!("expected every one of {n} train rows, got {n} rows and none");
    assert!(error.contains(&expected), "{error}");
    let error = told(good(&rows[1..]), Arc::new(BooleanArray::from(vec![true; n - 1])));
    let expected = format!("expected every one of {n} train rows, got {} rows and none", n - 1);
    assert!(error.contains(&expected), "{error}");
    // The same numbers in other types are a list.
    let numbers = rows.iter().map(|row| *row as f64).collect::<Vec<_>>();
    let marks = (0..n as i64).map(|i| i % 2).collect::<Vec<_>>();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("row", Arc::new(Float64Array::from(numbers))),
        ("shared", Arc::new(Int64Array::from(marks))),
    ];
    write(&list, columns);
    let args =
        ["retrain", "--data", arg(&data), "--shared", arg(&list), "--out", arg(&out), "--json"];
    let summary = run(&[&args[..], &SMALL[..]].concat(), 0).json();
    assert_eq!(summary["share"]["shared"], n / 2);
}

#[test]
fn a_cut_says_the_list_that_it_makes() {
    let folder = tempfile::tempdir().unwrap();
    let (data, fitted) = fitted(folder.path());
    let (scores, out) = (folder.path().join("scores.parquet"), folder.path().join("out.parquet"));
    let select = |rows: &[u64], values: &[f32], by: &[&str], code: i32| {
        let n = rows.len();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("row", Arc::new(UInt64Array::from(rows.to_vec()))),
            // The scenarios of generated data are named by numbers.
            ("scenario", Arc::new(Int64Array::from(vec![1; n]))),
            ("score", Arc::new(Float32Array::from(values.to_vec()))),
        ];
        write(&scores, columns);
        let base = ["select", "--run", arg(&fitted), "--scores", arg(&scores), "--out", arg(&out)];
        run(&[&base[..], by, &["--json"]].concat(), code)
    };
    let shared =
        || ssim_data::list::read(File::open(&out).unwrap(), "list", &schema(&data)).unwrap().shared;
    // Of equal scores the lower row comes first, and 0 and −0 are equal.
    let quarter = ["--by", "global", "--ratio", "0.25"];
    let cut = select(&[1, 2, 3, 4], &[-0.0, 0.0, -1.0, -1.0], &quarter, 0).json();
    assert_eq!(cut["cut"], json!([{ "scenario": null, "score": 0.0, "row": 1 }]));
    assert_eq!(shared(), [true, false, false, false]);
    // The score has all digits that it needs to be read as a number of 64 bits.
    let cut =
        select(&[1, 2, 3, 4], &[0.1, 0.1, 0.3, -1.0], &["--by", "global", "--ratio", "0.5"], 0);
    assert_eq!(
        cut.json()["cut"],
        json!([{ "scenario": null, "score": f64::from(0.1f32), "row": 1 }])
    );
    let cut =
        select(&[1, 2], &[f32::INFINITY, 0.5], &["--by", "global", "--ratio", "0.5"], 0).json();
    assert_eq!(cut["cut"], json!([{ "scenario": null, "score": "inf", "row": null }]));
    // A row that is there twice has no place, be it beside itself or not, in one pool or at a threshold.
    for by in [&quarter[..], &["--threshold", "0"]] {
        for rows in [[5, 5, 6, 7], [5, 6, 7, 5]] {
            let error = select(&rows, &[0.1, 0.2, 0.3, 0.4], by, 4).err;
            let expected = "field \"row\": expected every row once, got 5 for the second time";
            assert!(error.contains("scores.parquet:") && error.contains(expected), "{error}");
        }
        // In another order they are the same rows.
        select(&[8, 7, 6, 5], &[0.1, 0.2, 0.3, 0.4], by, 0);
    }
    for threshold in ["nan", "inf", "-inf", "x"] {
        let error = select(&[1], &[0.1], &[&format!("--threshold={threshold}")], 2).err;
        assert!(error.contains("expected a finite number"), "{error}");
    }
}

#[test]
fn rows_are_forced_into_a_list_and_kept_out_by_rules() {
    let folder = tempfile::tempdir().unwrap();
    let (data, fitted) = fitted(folder.path());
    let list = fitted.join("shared.parquet");
    let retrain = |out: &str, rules: &[&str], code: i32| {
        let out = folder.path().join(out);
        let args =
            ["retrain", "--data", arg(&data), "--shared", arg(&list), "--out", arg(&out), "--json"];
        run(&[&args[..], rules, &SMALL[..]].concat(), code)
    };
    let plain = retrain("plain", &[], 0).json();
    let listed = |summary: &serde_json::Value| summary["share"]["shared"].as_u64().unwrap();
    let of = ssim_data::list::read(File::open(&list).unwrap(), "list", &schema(&data)).unwrap();
    let (shared, all) = (listed(&plain), of.rows.len() as u64);
    assert!(0 < shared && shared < all);
    // A rule of fields, and one of columns.
    let told = retrain("more", &["--force-in", "item in (1, 2) & shared = 0"], 0);
    let more = listed(&told.json());
    assert!(
        told.err.contains(&format!("--force-in: {} train rows are shared, too", more - shared)),
        "{}",
        told.err
    );
    assert!(shared < more && more < all);
    let told = retrain("less", &["--keep-out", "item in (1, 2) + scenario = 2"], 0);
    let less = listed(&told.json());
    assert!(
        told.err
            .contains(&format!("--keep-out: {} train rows are no longer shared", shared - less)),
        "{}",
        told.err
    );
    assert!(less < shared);
    let none = listed(&retrain("none", &["--force-in", "item = 1", "--keep-out", "all"], 0).json());
    assert_eq!(none, 0);
    let told = retrain("wrong", &["--force-in", "tab = 1"], 2).err;
    assert!(told.contains("--force-in: rule: there is no column `tab`; the columns are scenario, click, score, shared, and the fields user,"), "{told}");
}
