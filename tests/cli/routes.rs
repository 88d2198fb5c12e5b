//! The same rows by every route: a model that has learnt from a CSV scores them from other files, and every
//! CTR has the same bits.

use arrow::array::{
    ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::Float32Type;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{FileWriter, StreamWriter};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ssim_tests::{arg, log, run, schema};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

const ROWS: usize = 400;

/// The second of a row, and the same as text.
fn second(i: usize) -> u64 {
    1_413_849_600 + i as u64 * 5000
}

fn instant(i: usize) -> String {
    ssim_core::spelling::instant(second(i) as i64, 0)
}

/// The cells of a row; every seventh price is missing.
fn cells(i: usize) -> [String; 5] {
    let price = if i % 7 == 3 { String::new() } else { (i % 13 * 10).to_string() };
    let tab = ["home", "shop"][i % 2].to_owned();
    [format!("u{}", i % 7), (i % 11).to_string(), price, tab, second(i).to_string()]
}

fn csv(rows: impl Iterator<Item = usize>) -> String {
    rows.fold("user,item,price,tab,ts\n".to_owned(), |text, i| text + &cells(i).join(",") + "\n")
}

/// The rows as pandas holds them: numbers are floats, since one of them is missing, and times have a type.
fn batch() -> RecordBatch {
    let text = |column: usize| {
        let values = (0..ROWS).map(|i| cells(i)[column].clone());
        Arc::new(StringArray::from_iter_values(values)) as ArrayRef
    };
    let floats = |column: usize| {
        let values = (0..ROWS).map(|i| cells(i)[column].parse::<f64>().ok());
        Arc::new(values.collect::<Float64Array>()) as ArrayRef
    };
    let times = (0..ROWS).map(|i| second(i) as i64 * 1_000_000);
    let times = Arc::new(TimestampMicrosecondArray::from_iter_values(times)) as ArrayRef;
    let columns = [
        ("price", floats(2)),
        ("ts", times),
        ("tab", text(3)),
        ("item", floats(1)),
        ("user", text(0)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// A file of the rows in each format.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let all = csv(0..ROWS);
    let batch = batch();
    let mut parquet = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    parquet.write(&batch).unwrap();
    let mut feather = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    feather.write(&batch).unwrap();
    let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    stream.write(&batch).unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(all.as_bytes()).unwrap();
    let floats = all.replace("0,home", "0.0,home").replace("0,shop", "0.0,shop");
    let instants = (0..ROWS).fold(all.clone(), |text, i| text.replace(&cells(i)[4], &instant(i)));
    let json = (0..ROWS).map(|i| {
        let [user, item, price, tab, _] = cells(i);
        let time = instant(i);
        let price = if price.is_empty() { "null".to_owned() } else { format!("{price}.0") };
        format!(
            "{{\"tab\": \"{tab}\", \"price\": {price}, \"item\": {item}, \"ts\": \"{time}\", \"user\": \"{user}\"}}\n"
        )
    });
    vec![
        ("tabs.tsv", all.replace(',', "\t").into_bytes()),
        ("gzip.csv.gz", gzip.finish().unwrap()),
        ("floats.csv", floats.into_bytes()),
        ("instants.csv", instants.into_bytes()),
        ("rows.parquet", parquet.into_inner().unwrap()),
        ("rows.feather", feather.into_inner().unwrap()),
        ("rows.arrows", stream.into_inner().unwrap()),
        ("rows.jsonl", json.collect::<String>().into_bytes()),
    ]
}

/// The CTRs in a file of scores.
fn ctr(path: &Path) -> Vec<f32> {
    let of = |batch: &RecordBatch| batch["ctr"].as_primitive::<Float32Type>().values().to_vec();
    let file = File::open(path).unwrap();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => {
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
            reader.flat_map(|batch| of(&batch.unwrap())).collect()
        }
        Some("arrows") => {
            let reader = StreamReader::try_new(file, None).unwrap();
            reader.flat_map(|batch| of(&batch.unwrap())).collect()
        }
        _ => {
            let text = fs::read_to_string(path).unwrap();
            let cell = |line: &str| line.split(',').nth(2).unwrap().parse().unwrap();
            text.lines().skip(1).map(cell).collect()
        }
    }
}

#[test]
fn every_file_of_the_same_rows_gives_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = log::csv("user,item,price,tab,ts,click", 3000, |i| {
        format!("{},{}", cells(i).join(","), u8::from((i * i + i / 3) % 5 == 0))
    });
    let hour = "min_count = 1\ntime = { column = \"ts\", part = \"hour\", form = \"s\", zone = \"+09:30\" }";
    let weekday = "min_count = 1\ntime = { column = \"ts\", part = \"weekday\", form = \"s\" }";
    let price = "kind = \"numeric\"\nbuckets = \"quantile:4\"\nmin_count = 1";
    let fields = [
        ("user", "min_count = 1"),
        ("item", "min_count = 1"),
        ("price", price),
        ("hour", hour),
        ("weekday", weekday),
    ];
    let data = log::prepared(folder.path(), &text, &log::schema(&fields, log::BY_CHANCE));
    let fitted = at("run");
    let fit = ["fit", "--method", "mt", "--data", arg(&data), "--out", arg(&fitted)];
    run(&[&fit[..], &["--preset", "demo", "--max-steps", "30"]].concat(), 0);
    let hours = schema(&data).fields;
    assert_eq!((hours[3].vocabulary.len(), hours[4].vocabulary.len()), (24, 7));
    let score = |from: &str, to: &str| {
        let (from, to) = (at(from), at(to));
        run(&["score", "--run", arg(&fitted), "--input", arg(&from), "--out", arg(&to)], 0);
        ctr(&to)
    };
    fs::write(at("rows.csv"), csv(0..ROWS)).unwrap();
    let expected = score("rows.csv", "scores.csv");
    assert_eq!(expected.len(), ROWS);
    assert!(expected.iter().any(|p| *p != expected[0]));
    for (name, bytes) in files() {
        fs::write(at(name), bytes).unwrap();
        for ending in ["csv", "parquet", "arrows"] {
            assert_eq!(score(name, &format!("{name}.{ending}")), expected, "{name} to {ending}");
        }
    }
    // The parts that a job of many workers writes.
    let parts = (0..4).flat_map(|part| {
        let name = format!("part-{part}.csv");
        fs::write(at(&name), csv(part * 100..part * 100 + 100)).unwrap();
        score(&name, "scores.csv")
    });
    assert!(parts.eq(expected));
}

/// The columns of a log without a header.
const HEADER: [&str; 6] = ["user", "item", "price", "tab", "ts", "click"];

#[test]
fn an_artifact_reads_rows_as_its_run_does() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = (0..3000).fold(String::new(), |text, i| {
        let click = u8::from((i * i + i / 3) % 5 == 0);
        text + &cells(i).join("\t") + &format!("\t{click}\n")
    });
    fs::write(at("log.tsv"), &text).unwrap();
    let (tsv, schema, data, fitted) = (at("log.tsv"), at("schema.toml"), at("data"), at("run"));
    let hour = "time = { column = \"ts\", part = \"hour\", form = \"s\" }";
    let fields = [("user", ""), ("item", ""), ("hour", hour), ("tab", "")];
    let schema_text = log::schema(&fields, log::BY_CHANCE);
    fs::write(&schema, format!("header = {HEADER:?}\n{schema_text}")).unwrap();
    let from = ["prepare", "table", "--input", arg(&tsv), "--schema", arg(&schema)];
    run(&[&from[..], &["--out", arg(&data)]].concat(), 0);
    let fit = ["fit", "--method", "ssim", "--data", arg(&data), "--out", arg(&fitted)];
    run(&[&fit[..], &ssim_tests::SMALL].concat(), 0);
    let file = at("run.ssim");
    run(&["export", "--run", arg(&fitted), "--single", "--out", arg(&file)], 0);
    let scores = |model: &Path, to: &Path| {
        run(&["score", "--run", arg(model), "--input", arg(&tsv), "--out", arg(to)], 0);
        fs::read_to_string(to).unwrap()
    };
    let expected = scores(&fitted, &at("run.csv"));
    assert_eq!(expected.lines().count(), 3001);
    assert_eq!(scores(&file, &at("artifact.csv")), expected);
}

#[test]
fn a_cell_that_is_no_time_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let text = log::csv("tab,ts,click", 40, |i| {
        format!(
            "{},{},{}",
            ["a", "b"][i % 2],
            if i == 7 { "noon" } else { "2014-10-21" },
            i % 3 / 2
        )
    });
    let hour = [("hour", "time = { column = \"ts\", part = \"hour\", form = \"ms\" }")];
    let [csv, toml] = log::write(folder.path(), &text, &log::schema(&hour, log::BY_CHANCE));
    let prepare = ["prepare", "table", "--dry-run", "--input", arg(&csv), "--schema", arg(&toml)];
    let error = run(&prepare, 4).error().to_owned();
    let expected = "log.csv:9:2: field \"ts\": expected a number of milliseconds since 1970, or a date or \
                    time such as 2013-11-01 06:00:00, got \"noon\"";
    assert!(error.ends_with(expected), "{error}");
    for (time, told) in [
        ("{ column = \"day\", part = \"hour\" }", "field \"day\": expected a column"),
        ("{ column = \"ts\", part = \"minute\" }", "unknown variant `minute`"),
        (
            "{ column = \"ts\", part = \"hour\", zone = \"Europe/Berlin\" }",
            "zone: expected \"UTC\"",
        ),
        ("{ column = \"ts\", part = \"hour\", form = \"yyyymmdd\" }", "expected one with hours"),
        ("{ column = \"click\", part = \"hour\" }", "expected another column than the label"),
    ] {
        let field = [("hour", &*format!("time = {time}"))];
        log::write(folder.path(), &text, &log::schema(&field, log::BY_CHANCE));
        let error = run(&prepare, 3).error().to_owned();
        assert!(error.contains(told), "{error}");
    }
}
