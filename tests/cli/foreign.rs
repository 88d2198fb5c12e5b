//! Parquet logs of other programs, whole and damaged.

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use ssim_tests::{arg, log, run, ssim};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

/// Writes a log with 600 rows, and gives its schema in TOML.
fn written(to: &Path) -> String {
    let rows = 0..600;
    let text = |f: &dyn Fn(usize) -> String| {
        Arc::new(StringArray::from_iter_values(rows.clone().map(f))) as ArrayRef
    };
    let clicks = rows.clone().map(|i| i64::from(i * i % 5 == 1));
    let days = rows.clone().map(|i| (i % 9) as i64 * 86_400_000_000);
    let batch = RecordBatch::try_from_iter([
        ("user", text(&|i| format!("u{}", i % 7))),
        ("item", Arc::new(TimestampMicrosecondArray::from_iter_values(days)) as ArrayRef),
        ("tab", text(&|i| ["home", "shop"][i % 2].to_owned())),
        ("click", Arc::new(Int64Array::from_iter_values(clicks))),
    ]);
    let batch = batch.unwrap();
    let mut writer = ArrowWriter::try_new(File::create(to).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    log::schema(&log::USER_AND_ITEM, log::BY_CHANCE)
}

#[test]
fn a_damaged_log_is_bad_data_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, toml) = (folder.path().join("log.parquet"), folder.path().join("log.toml"));
    let schema = written(&raw);
    fs::write(&toml, schema).unwrap();
    let args = ["prepare", "table", "--raw", arg(&raw), "--schema", arg(&toml), "--dry-run"];
    run(&args, 0);
    let good = fs::read(&raw).unwrap();
    let mut refused = 0;
    // Headers of pages stand at the beginning, the footer at the end.
    let ends = (4..60).step_by(2).chain((good.len() - 300..good.len()).step_by(12));
    for at in ends {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(&raw, bad).unwrap();
        let output = ssim(&args).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        match output.status.code() {
            Some(0) => (),
            // A name of a column may be damaged, too; the schema in TOML then asks for another.
            Some(3) => assert!(told.contains("log.toml"), "byte {at}: {told}"),
            Some(4) => {
                let lines: Vec<&str> = told.lines().filter(|l| l.starts_with("error: ")).collect();
                assert!(lines.len() == 1 && lines[0].contains("log.parquet"), "byte {at}: {told}");
                refused += 1;
            }
            code => panic!("byte {at}: {code:?}: {told}"),
        }
        assert!(!told.contains("panicked"), "byte {at}: {told}");
    }
    assert!(refused > 5, "{refused} files were refused");
}

/// A model that was trained on Parquet gives the same scores to the same rows as CSV.
#[test]
fn scores_do_not_depend_on_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (raw, toml, data, model) = (at("log.parquet"), at("log.toml"), at("data"), at("run"));
    fs::write(&toml, written(&raw)).unwrap();
    run(&["prepare", "table", "--raw", arg(&raw), "--schema", arg(&toml), "--out", arg(&data)], 0);
    let small = ["--preset", "demo", "--set", "train.batch=256", "--max-steps", "6"];
    run(
        &[&["fit", "--method", "ssim", "--data", arg(&data), "--out", arg(&model)], &small[..]]
            .concat(),
        0,
    );
    let csv = at("log.csv");
    let row = |i: usize| {
        let day = 1 + i % 9;
        // Three ways in which programs write a day.
        let marks = ["", " 00:00:00", "T00:00:00Z"][i % 3];
        format!("u{},1970-01-{day:02}{marks},{},{}", i % 7, ["home", "shop"][i % 2], i * i % 5 == 1)
    };
    fs::write(&csv, log::csv("user,item,tab,click", 600, row)).unwrap();
    let score = |input: &Path, more: &[&str]| {
        let args = ["score", "--model", arg(&model), "--input", arg(input), "--output", "-"];
        run(&[&args[..], more].concat(), 0).out
    };
    let parquet = at("scores.parquet");
    let to = ["score", "--model", arg(&model), "--input", arg(&raw), "--format", "parquet"];
    run(&[&to[..], &["--output", arg(&parquet)]].concat(), 0);
    let file = File::open(&parquet).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 4096);
    let scores: Vec<f32> = reader
        .unwrap()
        .flat_map(|batch| {
            let batch = batch.unwrap();
            let ctr = batch["ctr"].as_any().downcast_ref::<arrow::array::Float32Array>().unwrap();
            ctr.values().to_vec()
        })
        .collect();
    let text = score(&csv, &[]);
    let told: Vec<f32> =
        text.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse().unwrap()).collect();
    assert_eq!(scores, told);
}
