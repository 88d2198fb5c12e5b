//! Lists that other programs write: the forms that are accepted, and the messages for bad ones.

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::UInt64Type;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ssim_tests::{Printed, arg, run, synthetic};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The rows of train, as any Parquet tool reads them.
fn rows(data: &Path) -> Vec<i64> {
    let file = File::open(data.join("train/part-0.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let rows = batches.iter().flat_map(|b| b["row"].as_primitive::<UInt64Type>().values().to_vec());
    rows.map(|row| row as i64).collect()
}

struct Scene {
    folder: tempfile::TempDir,
    data: PathBuf,
}

impl Scene {
    fn retrain(&self, columns: Vec<(&str, ArrayRef)>, code: i32) -> Printed {
        let (list, out) = (self.folder.path().join("l.parquet"), self.folder.path().join("run"));
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let to = File::create(&list).unwrap();
        let mut writer = ArrowWriter::try_new(to, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let args = ["retrain", "--data", arg(&self.data), "--shared", arg(&list), "--preset"];
        let more = ["demo", "--max-steps", "3", "--json", "--out", arg(&out)];
        let printed = run(&[&args[..], &more].concat(), code);
        assert_eq!(out.exists(), code == 0, "nothing is begun with a bad list");
        printed
    }

    fn told(&self, rows: Vec<i64>) -> String {
        let shared = vec![true; rows.len()];
        self.retrain(vec![("row", integers(rows)), ("shared", bits(shared))], 4).error().to_owned()
    }
}

fn integers(values: Vec<i64>) -> ArrayRef {
    Arc::new(Int64Array::from(values))
}

fn bits(values: Vec<bool>) -> ArrayRef {
    Arc::new(BooleanArray::from(values))
}

#[test]
fn two_columns_are_enough_and_their_order_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let scene = Scene { folder, data };
    let mut rows = rows(&scene.data);
    rows.reverse();
    let shared: Vec<i64> = rows.iter().map(|row| i64::from(row % 4 == 0)).collect();
    let count = shared.iter().sum::<i64>();
    let found = scene.retrain(vec![("shared", integers(shared)), ("row", integers(rows))], 0);
    let found = found.json();
    assert_eq!(found["share"]["shared"].as_i64(), Some(count));
    assert_eq!(found["method"], "list");
    // A run is resumed with the same list, and refused with another one.
    let (out, other) = (scene.folder.path().join("run"), scene.folder.path().join("o.parquet"));
    std::fs::copy(out.join("shared.parquet"), &other).unwrap();
    let shared = arg(&other);
    let args = ["retrain", "--data", arg(&scene.data), "--shared", shared, "--preset", "demo"];
    let args = [&args[..], &["--max-steps", "3", "--resume", "--out", arg(&out)]].concat();
    run(&args, 0);
    let mt = scene.folder.path().join("mt");
    let more = ["fit", "--method", "mt", "--data", arg(&scene.data), "--max-steps", "1"];
    run(&[&more[..], &["--preset", "demo", "--out", arg(&mt)]].concat(), 0);
    std::fs::copy(mt.join("shared.parquet"), &other).unwrap();
    assert!(run(&args, 2).error().contains("expected the same run"));
}

#[test]
fn what_is_wrong_is_said_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let scene = Scene { folder, data };
    let rows = rows(&scene.data);
    let error = scene.told(rows[1..].to_vec());
    let expected =
        format!("l.parquet: row {}: expected every one of {} train rows", rows[0], rows.len());
    assert!(error.contains(&expected), "{error}");
    let error = scene.told([&rows[..], &rows[..1]].concat());
    assert!(error.contains(&format!("row {}: expected once, got twice", rows[0])), "{error}");
    let error = scene.told([&rows[..], &[9_999_999]].concat());
    let expected = format!("row 9999999: expected the {} train rows only", rows.len());
    assert!(error.contains(&expected), "{error}");

    let all = || vec![true; rows.len()];
    let error = scene.retrain(vec![("shared", bits(all()))], 4);
    assert!(error.error().contains("field \"row\": expected such a column"), "{}", error.err);
    let words: ArrayRef = Arc::new(StringArray::from(vec!["perhaps"; rows.len()]));
    let error = scene.retrain(vec![("row", integers(rows.clone())), ("shared", words)], 4);
    let expected = "field \"shared\": expected true, false, 0 or 1, got \"perhaps\" (text)";
    assert!(error.error().contains(expected), "{}", error.err);
    // The scenarios of generated data have the names 1 to 4, so 0 is none, and not all rows are of 1.
    for (scenario, expected) in [(0, "expected the name of a scenario"), (1, "scenario: expected")]
    {
        let columns = vec![
            ("row", integers(rows.clone())),
            ("scenario", integers(vec![scenario; rows.len()])),
            ("shared", bits(all())),
        ];
        let error = scene.retrain(columns, 4);
        assert!(error.error().contains(expected), "{}", error.err);
    }

    // A list that `ssim` has written holds the fingerprint of its data.
    let other = scene.folder.path().join("other");
    run(&["prepare", "synthetic", "--rows", "5000", "--seed", "7", "--out", arg(&other)], 0);
    let fitted = scene.folder.path().join("fitted");
    let args = ["fit", "--method", "ssim-r", "--data", arg(&other), "--max-steps", "1"];
    run(&[&args[..], &["--preset", "demo", "--out", arg(&fitted)]].concat(), 0);
    let list = fitted.join("shared.parquet");
    let args = ["retrain", "--data", arg(&scene.data), "--shared", arg(&list), "--preset", "demo"];
    let out = scene.folder.path().join("again");
    let error = run(&[&args[..], &["--out", arg(&out)]].concat(), 4);
    assert!(error.error().contains("expected a list for these data"), "{}", error.err);
}
