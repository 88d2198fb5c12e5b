//! Damaged and hostile Parquet files and Arrow streams. They are errors that name the file, and
//! never a panic.

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use ssim_data::table::{CellRules, Scoring, TableSchema, encode_stream, read_parquet};
use ssim_data::{JobPart, OnError, Prepared, Result, list, scored};
use std::sync::Arc;

const SCHEMA: &str = r#"
label = "click"
scenario = "tab"
[[field]]
name = "user"
[[field]]
name = "price"
kind = "numeric"
[split]
random = { train = 0.6, val = 0.2, test = 0.2 }
"#;

fn schema() -> TableSchema {
    TableSchema::parse(SCHEMA, "log.toml").unwrap()
}

fn batch(rows: usize, user: impl Fn(usize) -> String) -> RecordBatch {
    let text = |f: &dyn Fn(usize) -> String| {
        Arc::new(StringArray::from_iter_values((0..rows).map(f))) as ArrayRef
    };
    let prices = (0..rows).map(|i| i as f64 / 4.0);
    let clicks = (0..rows).map(|i| (i % 3 != 0) as i64);
    RecordBatch::try_from_iter([
        ("tab", text(&|i| ["a", "b"][i % 2].to_owned())),
        ("user", text(&user)),
        ("price", Arc::new(Float64Array::from_iter_values(prices)) as ArrayRef),
        ("click", Arc::new(Int64Array::from_iter_values(clicks))),
    ])
    .unwrap()
}

fn written(batch: &RecordBatch) -> Vec<u8> {
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder()
        .set_compression(zstd)
        .set_dictionary_page_size_limit(4 << 20)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn prepared(file: Vec<u8>) -> Result<Prepared> {
    let raw = read_parquet(Bytes::from(file), "log.parquet", &schema(), OnError::Fail)?;
    ssim_data::prepare(raw, &schema(), 1)
}

#[test]
fn no_bit_makes_a_parquet_reader_panic() {
    let good = written(&batch(40, |i| format!("u{}", i % 5)));
    prepared(good.clone()).unwrap();
    let mut refused = 0;
    for (at, bit) in (0..good.len()).map(|at| (at, at % 8)) {
        let mut bad = good.clone();
        bad[at] ^= 1 << bit;
        if let Err(e) = prepared(bad) {
            assert!(e.to_string().contains("log."), "byte {at}, bit {bit}: {e}");
            refused += 1;
        }
    }
    assert!(refused > good.len() / 4, "{refused} of {} were refused", good.len());
    // A file that is cut off is refused, wherever that is.
    for length in (0..good.len()).step_by(7) {
        assert!(prepared(good[..length].to_vec()).is_err(), "{length} bytes");
    }
}

#[test]
fn no_bit_makes_a_reader_of_lists_or_scores_panic() {
    let text = |texts: [&str; 4]| Arc::new(StringArray::from(texts.to_vec())) as ArrayRef;
    let batch = RecordBatch::try_from_iter([
        ("row", Arc::new(Int64Array::from(vec![1, 2, 3, 4])) as ArrayRef),
        ("scenario", text(["a", "b", "a", "b"])),
        ("score", Arc::new(Float64Array::from(vec![0.5, 0.25, 0.75, 0.0]))),
        ("shared", Arc::new(Int64Array::from(vec![1, 0, 1, 0]))),
    ]);
    let good = written(&batch.unwrap());
    let model = prepared(written(&self::batch(40, |i| format!("u{}", i % 5)))).unwrap().schema;
    for (at, bit) in (0..good.len()).map(|at| (at, at % 8)) {
        let mut bad = good.clone();
        bad[at] ^= 1 << bit;
        let bad = Bytes::from(bad);
        let _ = list::read(bad.clone(), "list.parquet", &model);
        let _ = scored::about(bad.clone(), "scores.parquet");
        if let Ok(pieces) = scored::read(bad, "scores.parquet", &model) {
            pieces.for_each(drop);
        }
    }
}

#[test]
fn no_bit_makes_a_reader_of_streams_panic() {
    let batch = batch(40, |i| format!("u{}", i % 5));
    let schema = prepared(written(&batch)).unwrap().schema;
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    let good = writer.into_inner().unwrap();
    let read = |bytes: &[u8]| -> Result<usize> {
        let (shard, on_error) = (JobPart::WHOLE, OnError::Fail);
        let (scenario, label, row) = ("tab", Some("click"), None);
        let scoring = Scoring {
            unknown_scenarios: false,
            schema: &schema,
            scenario,
            label,
            row,
            shard,
            on_error,
            cells: CellRules::default(),
        };
        let blocks = encode_stream(bytes, "in", &scoring)?;
        blocks.map(|block| block.map(|block| block.instances.len())).sum()
    };
    assert_eq!(read(&good).unwrap(), 40);
    for (at, bit) in (0..good.len()).map(|at| (at, at % 8)) {
        let mut bad = good.clone();
        bad[at] ^= 1 << bit;
        // A damaged name of a column is one that the schema does not find.
        let told = read(&bad).err().map_or_else(|| "in".to_owned(), |e| e.to_string());
        assert!(told.starts_with("in") || told.contains(" of in,"), "byte {at}, bit {bit}: {told}");
    }
}

#[test]
fn a_long_text_that_is_repeated_is_in_memory_once() {
    let long = "x".repeat(200_000);
    // The texts of the rows would be 600 MB.
    let keys = arrow::array::Int32Array::from(vec![0; 3000]);
    let users = arrow::array::DictionaryArray::new(keys, Arc::new(StringArray::from(vec![long])));
    let plain = batch(3000, |_| String::new());
    let mut columns = plain.columns().to_vec();
    columns[1] = Arc::new(users);
    let names = ["tab", "user", "price", "click"];
    let file = written(&RecordBatch::try_from_iter(names.into_iter().zip(columns)).unwrap());
    assert!(file.len() < 100_000, "{} bytes", file.len());
    let data = prepared(file).unwrap();
    assert_eq!(data.schema.fields[0].vocabulary.len(), 1);
}

#[test]
fn a_cell_has_a_limit_as_a_row_of_csv_has() {
    let size = |i: usize| if i == 7 { (1 << 18) + 1 } else { 10 };
    let error = prepared(written(&batch(20, |i| "x".repeat(size(i))))).err().unwrap();
    assert_eq!(
        error.to_string(),
        "log.parquet:8: field \"user\": expected a cell of at most 262144 bytes, got 262145"
    );
}
