//! `ssim score --format arrow-stream`, which other programs use through pipes.

use arrow::array::{AsArray, Int32Array, Int64Array, ListArray, RecordBatch, StringArray};
use arrow::datatypes::{Float32Type, Int32Type, UInt64Type};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use ssim_tests::{arg, finish, log, run, ssim};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

const TABS: [&str; 2] = ["home", "shop"];

/// Fits a small model, whose run folder is `folder/run`.
fn fitted(folder: &Path) {
    let text = log::csv("user,item,tab,click", 2000, |i| {
        format!("u{},{},{},{}", i % 7, i % 11, TABS[i % 2], u8::from(i * i % 5 == 1))
    });
    let schema = log::schema(&log::USER_AND_ITEM, log::BY_CHANCE);
    let data = log::prepared(folder, &text, &schema);
    let out = folder.join("run");
    let small = ["--preset", "demo", "--set", "train.batch=256", "--max-steps", "6"];
    run(
        &[&["fit", "--method", "ssim", "--data", arg(&data), "--out", arg(&out)], &small[..]]
            .concat(),
        0,
    );
}

/// Rows `from..to`, with columns of several types. The model needs only some of the columns.
fn batch(from: usize, to: usize) -> RecordBatch {
    let text =
        |f: &dyn Fn(usize) -> String| Arc::new(StringArray::from_iter_values((from..to).map(f)));
    let tags = (from..to).map(|i| Some(vec![Some(i as i32)]));
    let tags = ListArray::from_iter_primitive::<Int32Type, _, _>(tags);
    RecordBatch::try_from_iter([
        ("tags", Arc::new(tags) as _),
        ("note", text(&|i| format!("note {i}")) as _),
        ("tab", text(&|i| TABS[i % 2].to_owned()) as _),
        ("item", Arc::new(Int32Array::from_iter_values((from..to).map(|i| (i % 11) as i32))) as _),
        ("user", text(&|i| format!("u{}", i % 7)) as _),
        ("key", Arc::new(Int64Array::from_iter_values((from..to).map(|i| 1000 - i as i64))) as _),
    ])
    .unwrap()
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn answers(bytes: &[u8]) -> Vec<RecordBatch> {
    StreamReader::try_new(bytes, None).unwrap().map(Result::unwrap).collect()
}

const STREAM: [&str; 6] = ["--format", "arrow-stream", "--input", "-", "--output", "-"];

#[test]
fn every_batch_has_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    fitted(folder.path());
    let model = folder.path().join("run");
    let batches = [batch(0, 300), batch(300, 300), batch(300, 301), batch(301, 700)];
    let (from, to) = (folder.path().join("in.arrows"), folder.path().join("out.arrows"));
    fs::write(&from, stream(&batches)).unwrap();
    let args = ["score", "--model", arg(&model), "--format", "arrow-stream", "--input", arg(&from)];
    run(&[&args[..], &["--output", arg(&to)]].concat(), 0);
    let answers = answers(&fs::read(&to).unwrap());
    assert_eq!(answers.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [300, 0, 1, 399]);
    let rows = answers.iter().flat_map(|b| b["row"].as_primitive::<UInt64Type>().values().to_vec());
    assert!(rows.eq(1..=700));

    // The same numbers as from text.
    let csv = folder.path().join("new.csv");
    let new = log::csv("user,item,tab", 700, |i| format!("u{},{},{}", i % 7, i % 11, TABS[i % 2]));
    fs::write(&csv, new).unwrap();
    let args = ["score", "--model", arg(&model), "--input", arg(&csv), "--output", "-"];
    let text = run(&args, 0).out;
    let mut lines =
        text.lines().skip(1).map(|l| l.split(',').map(str::to_owned).collect::<Vec<_>>());
    for answer in &answers {
        let number = |name: &str, i: usize| answer[name].as_primitive::<Float32Type>().value(i);
        for i in 0..answer.num_rows() {
            let line = lines.next().unwrap();
            assert_eq!(answer["scenario"].as_string::<i32>().value(i), line[1]);
            assert_eq!(number("ctr", i), line[2].parse::<f32>().unwrap());
            assert_eq!(number("share_score", i), line[3].parse::<f32>().unwrap());
        }
    }
    assert!(lines.next().is_none());

    // A column may number the rows.
    let args = ["score", "--model", arg(&model), "--row", "key", "--format", "arrow-stream"];
    let more = ["--input", arg(&from), "--output", arg(&to)];
    run(&[&args[..], &more].concat(), 0);
    let keyed =
        StreamReader::try_new(File::open(&to).unwrap(), None).unwrap().next().unwrap().unwrap();
    assert_eq!(keyed["row"].as_primitive::<UInt64Type>().values()[..3], [1000, 999, 998]);
}

/// A program may send a batch and wait for its answer before it sends the next one.
#[test]
fn answers_come_while_the_stream_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    fitted(folder.path());
    let model = folder.path().join("run");
    let mut command = ssim(&[&["score", "--model", arg(&model)], &STREAM[..]].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut writer = StreamWriter::try_new(to, &batch(0, 0).schema()).unwrap();
    writer.flush().unwrap();
    let mut reader = StreamReader::try_new(from, None).unwrap();
    for i in 0..3 {
        writer.write(&batch(i * 10, i * 10 + 10)).unwrap();
        writer.flush().unwrap();
        assert_eq!(reader.next().unwrap().unwrap().num_rows(), 10);
    }
    writer.finish().unwrap();
    drop(writer);
    assert!(reader.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_is_wrong_with_a_stream_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fitted(folder.path());
    let (model, from) = (folder.path().join("run"), folder.path().join("in.arrows"));
    let told = |bytes: &[u8], more: &[&str]| -> String {
        fs::write(&from, bytes).unwrap();
        let args = [&["score", "--model", arg(&model)], &STREAM[..], more].concat();
        let stdin = Stdio::from(File::open(&from).unwrap());
        finish(ssim(&args).stdin(stdin), 4).error().to_owned()
    };
    let good = stream(&[batch(0, 50), batch(50, 90)]);
    let all =
        |what: &[&str], got: &str| what.iter().for_each(|w| assert!(got.contains(w), "{got}"));
    // A stream is refused wherever it is cut off, also between two batches.
    for cut in [0, 3, 100, good.len() / 2, good.len() - 100, good.len() - 8, good.len() - 1] {
        all(&["stdin"], &told(&good[..cut], &[]));
    }
    all(&["stdin, batch 3", "end of the stream"], &told(&good[..good.len() - 8], &[]));
    all(&["stdin", "expected an Arrow stream"], &told(b"user,item,tab\nu1,1,home\n", &[]));
    all(&["stdin", "expected an Arrow stream"], &told(b"PAR1PAR1PAR1PAR1", &[]));
    let mut flipped = good.clone();
    flipped[40] ^= 0x55;
    told(&flipped, &[]);

    let narrow = batch(0, 50).project(&[2, 3]).unwrap();
    all(
        &["field \"user\"", "expected a column of stdin, got none"],
        &told(&stream(&[narrow]), &[]),
    );
    all(&["field \"place\"", "expected a column of stdin"], &told(&good, &["--row", "place"]));
    all(
        &["stdin, batch 1:1:2: field \"note\": expected a row number"],
        &told(&good, &["--row", "note"]),
    );

    // The second batch has a scenario that the model does not know.
    let second = batch(50, 90);
    let mut columns = second.columns().to_vec();
    columns[2] = Arc::new(StringArray::from_iter_values(
        (0..40).map(|i| if i == 7 { "moon" } else { "home" }),
    ));
    let second = RecordBatch::try_new(second.schema(), columns).unwrap();
    let bytes = stream(&[batch(0, 50), second]);
    all(&["stdin, batch 2:58:3: field \"tab\"", "got \"moon\""], &told(&bytes, &[]));
    fs::write(&from, &bytes).unwrap();
    let args = [&["score", "--model", arg(&model), "--on-error", "skip"], &STREAM[..]].concat();
    let mut command = ssim(&args);
    let mut child =
        command.stdin(File::open(&from).unwrap()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(answers(&out).iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [50, 39]);
}

#[test]
fn sources_and_cuts_that_do_not_go_together() {
    let folder = tempfile::tempdir().unwrap();
    fitted(folder.path());
    let at = |name: &str| folder.path().join(name);
    let (model, data, list, csv) = (at("run"), at("data"), at("list.parquet"), at("log.csv"));
    let select = |args: &[&str], code: i32| {
        let base = ["select", "--run", arg(&model), "--out", arg(&list)];
        run(&[&base[..], args].concat(), code).err
    };
    for args in [
        &[][..],
        &["--data", arg(&data), "--input", arg(&csv)],
        &["--data", arg(&data), "--split", "all"],
        &["--data", arg(&data), "--label", "click"],
        &["--data", arg(&data), "--row", "user"],
        &["--input", arg(&csv), "--split", "val"],
        &["--data", arg(&data), "--shard", "4/3"],
        &["--data", arg(&data), "--shard", "1/3", "--ratio", "0.5"],
        &["--input", arg(&csv), "--by", "batch"],
    ] {
        select(args, 2);
    }
    // No list can be cut from NaN, from unknown scenarios, or without the columns.
    let write = |columns: Vec<(&str, arrow::array::ArrayRef)>| {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut to = parquet::arrow::ArrowWriter::try_new(
            File::create(at("s.parquet")).unwrap(),
            batch.schema(),
            None,
        )
        .unwrap();
        to.write(&batch).unwrap();
        to.close().unwrap();
    };
    let numbers = |values: Vec<i64>| Arc::new(Int64Array::from(values)) as arrow::array::ArrayRef;
    let scores = |values: Vec<f32>| {
        Arc::new(arrow::array::Float32Array::from(values)) as arrow::array::ArrayRef
    };
    let path = at("s.parquet");
    let by = ["--scores", arg(&path), "--by", "global", "--ratio", "0.5"];
    let told = |row: Vec<i64>, scenario: Vec<i64>, score: Vec<f32>| {
        write(vec![
            ("row", numbers(row)),
            ("scenario", numbers(scenario)),
            ("score", scores(score)),
        ]);
        select(&by, 4)
    };
    let error = told(vec![1, 2], vec![0, 1], vec![0.5, f32::NAN]);
    let expected = "s.parquet:2:3: field \"score\": expected a number of 32 bits, got NaN";
    assert!(error.contains(expected), "{error}");
    let error = told(vec![1, 2], vec![0, 2], vec![0.5, 0.5]);
    let expected = "s.parquet:2:2: field \"scenario\": expected a scenario of the model, by its name or by its number from 0, got 2";
    assert!(error.contains(expected), "{error}");
    let error = told(vec![7, 7], vec![0, 1], vec![0.5, 0.5]);
    let expected = "s.parquet:2: field \"row\": expected every row once, got 7 for the second time";
    assert!(error.contains(expected), "{error}");
    write(vec![("row", numbers(vec![1]))]);
    assert!(select(&by, 4).contains("field \"score\": expected such a column"));
    assert!(!list.exists(), "nothing is written of a list that failed");
    // Scenarios may be given by name in place of number.
    let names: arrow::array::ArrayRef = Arc::new(StringArray::from(vec!["shop", "home"]));
    write(vec![
        ("row", numbers(vec![1, 2])),
        ("scenario", names),
        ("share_score", scores(vec![0.5, 0.7])),
    ]);
    select(&by, 0);
    let list =
        ssim_data::list::read(File::open(&list).unwrap(), "l", &ssim_tests::schema(&data)).unwrap();
    assert_eq!((list.scenarios, list.shared), (vec![1, 0], vec![false, true]));
}
