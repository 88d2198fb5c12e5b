//! Damaged files, a full disk and a training that diverges: the program ends with the right exit
//! code, and leaves older files as they were.

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use ssim_tests::{SMALL, arg, finish, program, run, ssim, synthetic};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

fn fit(data: &Path, out: &Path, more: &[&str], code: i32) -> ssim_tests::Printed {
    fit_method("ssim", data, out, more, code)
}

fn fit_method(
    method: &str,
    data: &Path,
    out: &Path,
    more: &[&str],
    code: i32,
) -> ssim_tests::Printed {
    run(
        &[&["fit", "--method", method, "--data", arg(data), "--out", arg(out)], &SMALL[..], more]
            .concat(),
        code,
    )
}

fn fitted(folder: &Path) -> (PathBuf, PathBuf) {
    let (data, out) = (synthetic(folder, 5000), folder.join("run"));
    fit(&data, &out, &[], 0);
    (data, out)
}

#[test]
fn ids_out_of_range() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let train = data.join("train/part-0.parquet");
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&train).unwrap()).unwrap();
    let pairs = builder.metadata().file_metadata().key_value_metadata().cloned();
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    let schema = batches[0].schema();
    let properties = WriterProperties::builder().set_key_value_metadata(pairs).build();
    let mut writer =
        ArrowWriter::try_new(File::create(&train).unwrap(), schema.clone(), Some(properties))
            .unwrap();
    for batch in batches {
        let mut columns = batch.columns().to_vec();
        columns[3] = Arc::new(UInt32Array::from(vec![4_000_000_000; batch.num_rows()])) as ArrayRef;
        writer.write(&RecordBatch::try_new(schema.clone(), columns).unwrap()).unwrap();
    }
    writer.close().unwrap();
    let error = fit(&data, &folder.path().join("run"), &[], 4).error().to_owned();
    assert!(error.contains("train/part-0.parquet") && error.contains("4000000000"), "{error}");
}

#[test]
fn data_of_another_preparation() {
    let folder = tempfile::tempdir().unwrap();
    let (_, out) = fitted(folder.path());
    let other = folder.path().join("other");
    run(&["prepare", "synthetic", "--rows", "6000", "--seed", "2", "--out", arg(&other)], 0);
    let error = run(&["evaluate", "--run", arg(&out), "--data", arg(&other)], 4).error().to_owned();
    assert!(error.contains("expected the data of"), "{error}");
    fs::remove_file(other.join("val/part-0.parquet")).unwrap();
    let error = fit(&other, &folder.path().join("run2"), &[], 4).error().to_owned();
    assert!(error.contains("val: expected files *.parquet"), "{error}");
}

#[test]
fn hostile_artifacts() {
    let folder = tempfile::tempdir().unwrap();
    let (_, out) = fitted(folder.path());
    let good = folder.path().join("good.ssim");
    run(&["export", "--run", arg(&out), "--out", arg(&good)], 0);
    let bytes = fs::read(&good).unwrap();
    let bad = folder.path().join("bad.ssim");
    let input = folder.path().join("rows.csv");
    fs::write(&input, "user\n").unwrap();
    let mut flipped = bytes.clone();
    flipped[20] ^= 0x55;
    let hostile: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"not a safetensors file at all".to_vec(),
        u64::MAX.to_le_bytes().to_vec(),
        [&1_000_000_000u64.to_le_bytes()[..], b"{}"].concat(),
        bytes[..bytes.len() / 2].to_vec(),
        bytes[..bytes.len() - 1].to_vec(),
        bytes[..9].to_vec(),
        flipped,
        fs::read(out.join("model.safetensors")).unwrap(),
    ];
    for bytes in hostile {
        fs::write(&bad, &bytes).unwrap();
        let args = ["score", "--model", arg(&bad), "--input", arg(&input), "--output", "-"];
        let error = run(&args, 4).error().to_owned();
        assert!(error.contains("bad.ssim"), "{error}");
    }
}

#[test]
fn hostile_checkpoints_harm_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = fitted(folder.path());
    let checkpoint = out.join("checkpoints/retrain.safetensors");
    let good = fs::read(&checkpoint).unwrap();
    fs::remove_file(out.join("summary.json")).unwrap();
    let other = fs::read(out.join("checkpoints/search.safetensors")).unwrap();
    for bytes in [good[..good.len() / 3].to_vec(), b"garbage".to_vec(), other] {
        fs::write(&checkpoint, &bytes).unwrap();
        let before = (
            fs::read(out.join("shared.parquet")).unwrap(),
            fs::read(out.join("model.safetensors")).unwrap(),
        );
        let error = fit(&data, &out, &["--resume"], 4).error().to_owned();
        assert!(error.contains("retrain.safetensors"), "{error}");
        assert_eq!(fs::read(&checkpoint).unwrap(), bytes);
        let after = (
            fs::read(out.join("shared.parquet")).unwrap(),
            fs::read(out.join("model.safetensors")).unwrap(),
        );
        assert_eq!(before, after);
    }
    fs::write(&checkpoint, good).unwrap();
    fit(&data, &out, &["--resume"], 0);
}

#[test]
fn another_run_is_not_resumed_or_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = fitted(folder.path());
    let before = fs::read(out.join("summary.json")).unwrap();
    assert!(fit(&data, &out, &[], 2).error().contains("not empty"));
    assert!(
        fit(&data, &out, &["--resume", "--seed", "2"], 2).error().contains("expected the same run")
    );
    let error = fit(&data, &out, &["--resume", "--set", "search.lambda=0.5"], 2).error().to_owned();
    assert!(error.contains("lambda"), "{error}");
    assert_eq!(fs::read(out.join("summary.json")).unwrap(), before);
}

#[test]
fn diverged() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    for (method, setting) in [("mt", "retrain.lr=1e30"), ("ssim", "search.lr=1e30")] {
        let out = folder.path().join(method);
        let error = fit_method(method, &data, &out, &["--set", setting], 5).error().to_owned();
        assert!(
            error.contains("the loss became") && error.contains("smaller learning rate"),
            "{error}"
        );
        assert!(!out.join("model.safetensors").exists() && !out.join("summary.json").exists());
    }
}

/// A process whose files cannot grow beyond a few blocks, as on a full disk.
#[cfg(unix)]
fn cramped(args: &[&str], blocks: u32) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit -f {blocks}; exec \"$@\"");
    command.args(["-c", &script, "sh"]).arg(program()).args(args);
    command
}

#[cfg(unix)]
#[test]
fn full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = fitted(folder.path());
    // A run stops with a message, and leaves no half-written file under a real name.
    let run2 = folder.path().join("run2");
    let args =
        [&["fit", "--method", "ssim", "--data", arg(&data), "--out", arg(&run2)], &SMALL[..]]
            .concat();
    let printed = finish(&mut cramped(&args, 16), 1);
    assert!(printed.error().contains("cannot write"), "{}", printed.err);
    assert!(!run2.join("summary.json").exists());
    assert!(fs::read_dir(run2.join("checkpoints")).unwrap().next().is_none());
    // An older file is left as it was.
    let artifact = folder.path().join("a.ssim");
    fs::write(&artifact, b"older").unwrap();
    let printed =
        finish(&mut cramped(&["export", "--run", arg(&out), "--out", arg(&artifact)], 16), 1);
    assert!(printed.error().contains("a.ssim"), "{}", printed.err);
    assert_eq!(fs::read(&artifact).unwrap(), b"older");
    // The same run goes on when there is room again.
    finish(&mut ssim(&[&args[..], &["--resume"]].concat()), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn full_device() {
    let folder = tempfile::tempdir().unwrap();
    let (_, out) = fitted(folder.path());
    let printed = run(&["export", "--run", arg(&out), "--out", "/dev/full"], 1);
    assert!(printed.error().contains("/dev/full"), "{}", printed.err);
    let script = "exec \"$@\" > /dev/full";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(program()).arg("config");
    finish(&mut command, 1);
}
