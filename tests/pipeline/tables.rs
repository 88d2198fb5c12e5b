//! Scores are the same from CSV, Parquet and standard input, and from a run folder and an artifact.

use arrow::array::{AsArray, RecordBatch, StringArray};
use arrow::datatypes::Float32Type;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ssim_tests::{arg, finish, log, run, ssim};
use std::fs::{self, File};
use std::process::Stdio;
use std::sync::Arc;

#[test]
fn all_formats_agree() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // The click is a function of the row number, and so of user, item and tab.
    let rows: Vec<[String; 3]> = (0..600)
        .map(|i| {
            [format!("u{}", i % 7), format!("i{}", i % 11), ["home", "shop"][i % 2].to_owned()]
        })
        .collect();
    let text = log::csv("user,item,tab,click", rows.len(), |i| {
        format!("{},{}", rows[i].join(","), u8::from(i * i % 5 == 1))
    });
    let new = log::csv("tab,item,user", rows.len(), |i| {
        let [user, item, tab] = &rows[i];
        format!("{tab},{item},{user}")
    });
    fs::write(at("new.csv"), new).unwrap();
    let column = |c: usize| Arc::new(StringArray::from_iter_values(rows.iter().map(|r| &r[c])));
    let batch = RecordBatch::try_from_iter([
        ("user", column(0) as _),
        ("item", column(1) as _),
        ("tab", column(2) as _),
    ]);
    let batch = batch.unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(at("new.parquet")).unwrap(), batch.schema(), None)
            .unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let schema = log::schema(&log::USER_AND_ITEM, log::BY_CHANCE);
    let data = log::prepared(folder.path(), &text, &schema);
    let [fitted, artifact] = ["run", "run.ssim"].map(|name| arg(&at(name)).to_owned());
    run(
        &[
            "fit",
            "--method",
            "ssim",
            "--data",
            arg(&data),
            "--preset",
            "demo",
            "--set",
            "retrain.max_epochs=2",
            "--out",
            &fitted,
        ],
        0,
    );
    // Weights of 32 bits: those of 16 bits would give slightly other scores.
    run(&["export", "--run", &fitted, "--single", "--out", &artifact], 0);

    let csv = at("new.csv");
    let score = |model: &str| {
        run(&["score", "--model", model, "--input", arg(&csv), "--output", "-"], 0).out
    };
    let scores = score(&fitted);
    assert_eq!(scores.lines().count(), 601);
    assert_eq!(score(&artifact), scores);
    let stdin = Stdio::from(File::open(&csv).unwrap());
    let piped = finish(
        ssim(&["score", "--model", &fitted, "--input", "-", "--output", "-"]).stdin(stdin),
        0,
    );
    assert_eq!(piped.out, scores);

    let (from, to) = (at("new.parquet"), at("scores.parquet"));
    run(
        &[
            "score",
            "--model",
            &fitted,
            "--format",
            "parquet",
            "--input",
            arg(&from),
            "--output",
            arg(&to),
        ],
        0,
    );
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(to).unwrap()).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let ctr = batches.iter().flat_map(|b| b["ctr"].as_primitive::<Float32Type>().values().to_vec());
    let expected =
        scores.lines().skip(1).map(|l| l.split(',').nth(2).unwrap().parse::<f32>().unwrap());
    assert!(ctr.eq(expected));

    // A row with a scenario that the model does not know is an error, or is skipped on request.
    fs::write(&csv, "user,item,tab\nu1,i1,home\nu1,i1,cart\n").unwrap();
    let args = ["score", "--model", &fitted, "--input", arg(&csv), "--output", "-"];
    assert!(run(&args, 4).error().contains("new.csv:3:3"));
    assert_eq!(run(&[&args[..], &["--on-error", "skip"]].concat(), 0).out.lines().count(), 2);
}
