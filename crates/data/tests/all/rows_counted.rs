//! Tests that no record of a text file is lost: each becomes a row or a reject, with the number of
//! the line on which it begins, or the reading ends with an error.

use crate::{LOG, SCHEMA, csv, csv_with, schema};
use ssim_data::table::{CellRules, Scoring, TableSchema, csv_columns, encode_csv, read_csv};
use ssim_data::{JobPart, OnError, Prepared, Reading};

fn workers<T: Send>(n: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(work)
}

/// The message for [`LOG`] with one text replaced. It is the same whether bad rows are skipped or
/// not, because nobody can say where the row behind a bad quote begins.
fn refused(from: &str, to: &str) -> String {
    assert!(LOG.contains(from), "{from}");
    let log = LOG.replacen(from, to, 1);
    let message = csv(&log).unwrap_err().to_string();
    assert_eq!(csv_with(&log, OnError::Skip).unwrap_err().to_string(), message);
    // The same rows are refused where they are scored.
    let data = csv(LOG).unwrap();
    let scoring = Scoring {
        unknown_scenarios: false,
        schema: &data.schema,
        scenario: "tab",
        label: None,
        row: None,
        shard: JobPart::WHOLE,
        on_error: OnError::Skip,
        cells: CellRules::default(),
    };
    let scored = encode_csv(log.as_bytes(), "log.csv", &scoring, 2)
        .and_then(|mut batches| batches.find_map(Result::err).map_or(Ok(()), Err));
    assert_eq!(scored.unwrap_err().to_string(), message);
    message
}

#[test]
fn a_bad_quote_is_refused_where_it_is() {
    const TEXT: &str = "text after a closing quote (a closing quote must be followed by a comma or \
                        the end of the line)";
    assert_eq!(refused("\nb,11.5", "\n\"b,11.5"), "log.csv:4:1: a quote that is not closed");
    assert_eq!(refused("999,99", "999,\"99"), "log.csv:7:3: a quote that is not closed");
    assert_eq!(refused("a,11.5", "\"a\"x,11.5"), format!("log.csv:3:1: {TEXT}"));
    assert_eq!(refused("a,11.5", "\"a\" ,11.5"), format!("log.csv:3:1: {TEXT}"));
    let log = refused("a,11.5,30,10,0,train\nb,11.5", "a,11.5,30,10,0,\"train\n\"b,11.5");
    assert_eq!(log, format!("log.csv:4:6: {TEXT}; the cell began on line 3"));
    // The cell begins on another line than its row.
    let log = refused("a,11.5,30,10", "\"a\n\n\",11.5,30,\"10");
    assert_eq!(log, "log.csv:5:4: a quote that is not closed");
    let header = csv(LOG.replacen("user", "\"user", 1)).unwrap_err().to_string();
    assert_eq!(header, "log.csv:1:1: a quote that is not closed");
}

#[test]
fn quotes_inside_of_a_cell_are_text() {
    let log = LOG.replace("a,", "5\" disk,");
    assert_eq!(csv(log).unwrap().schema.fields[0].vocabulary.values(), ["5\" disk"]);
    // Other cells of the row may have real quotes, and the block may end anywhere.
    let log =
        LOG.replace("a,1", "5\" disk,\"1").replace(".5,20", ".5\",20").replace("1.5,3", "1.5\",3");
    assert_eq!(csv(log).unwrap().schema.fields[0].vocabulary.values(), ["5\" disk"]);
}

#[test]
fn rows_before_a_limit_need_no_good_quotes_behind_it() {
    let log = LOG.replacen("z,999", "\"z,999", 1).replacen("a,11", "b,11", 1);
    let reading = Reading { limit: 5, ..OnError::Fail.into() };
    assert!(read_csv(log.as_bytes(), "log.csv", &schema(), reading).is_ok());
}

#[test]
fn every_line_end_counts_as_one_line() {
    let plain = csv(LOG).unwrap();
    for end in ["\r\n", "\r"] {
        assert_eq!(csv(LOG.replace('\n', end)).unwrap(), plain, "{end:?}");
        let cut = LOG.trim_end().replace('\n', end);
        assert_eq!(csv(cut).unwrap(), plain, "{end:?}");
    }
    // Line ends of three kinds in one file, and inside of quotes.
    let log = LOG.replacen('\n', "\r", 1).replacen("0,train\n", "0,train\r\n\r", 1);
    let log = log.replacen("b,11.5", "\"b\r\r\n\n\",11.5", 1);
    assert_eq!(csv(log).unwrap().rows.train.rows, [2, 3, 5, 9]);
}

#[test]
fn unusual_bytes_are_text_or_refused() {
    let nul = csv(LOG.replace("a,", "a\0,")).unwrap();
    assert_eq!(nul.schema.fields[0].vocabulary.values(), ["a\0"]);
    let wide: Vec<u8> = LOG.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let message = csv([b"\xff\xfe", &wide[..]].concat()).unwrap_err().to_string();
    assert!(message.starts_with("log.csv:1:1: expected a header row of UTF-8 text"), "{message}");
    let latin = csv_columns(&b"\na,gr\xfc\xdfe\n"[..], "t").unwrap_err().to_string();
    let expected = "t:2:2: expected a header row of UTF-8 text, got bytes \"gr\\xfc\\xdfe\"";
    assert_eq!(latin, expected);
    assert_eq!(csv_columns("\u{feff}a,\"b,\n\"\r1,2".as_bytes(), "t").unwrap(), ["a", "b,\n"]);
}

fn rows(data: &Prepared) -> usize {
    data.rows.named().iter().map(|(_, rows)| rows.len()).sum()
}

#[test]
fn rows_and_rejects_are_all_records() {
    let log = LOG.replace("c,,50,9,0", "c,,50,9,x").replace(
        "z,999,99,10,1,test",
        "z,999\n\n\"z\n\",999,99,8,1,test\nz,1,1,9,1,test\nz,1,1,9,1,dev",
    );
    let records =
        csv::ReaderBuilder::new().flexible(true).from_reader(log.as_bytes()).into_records();
    let records = records.count();
    let data = csv_with(&log, OnError::Skip).unwrap();
    let summary = data.summary();
    assert_eq!((records, summary.records, summary.rejected), (9, 9, 4));
    assert_eq!(rows(&data) + data.rejects.len(), records);
    // Rows behind the limit are not read.
    let reading = Reading { limit: 5, ..OnError::Skip.into() };
    let raw = read_csv(log.as_bytes(), "log.csv", &schema(), reading).unwrap();
    assert_eq!(
        ssim_data::prepare(raw, &schema(), 1).unwrap_err().to_string(),
        "log.csv: split \"test\": expected at least one row, got none of 5"
    );
}

/// A log of about 3 MB with quoted cells of several lines. Returns it with the line of every row.
fn long_log(end: &str) -> (String, Vec<u64>) {
    let mut text = LOG.lines().next().unwrap().to_owned() + end;
    let (mut line, mut lines) = (2, Vec::new());
    for i in 0..60_000 {
        let inside = i * 7919 % 4;
        let user = format!("\"u{}, \"\"x\"\"{}\"", i % 977, end.repeat(inside));
        let split = ["train", "train", "val", "test"][i % 4];
        text += &format!("{user},{i}.5,{},{},{},{split}{end}", i % 83, 9 + i / 4 % 2, i / 8 % 2);
        lines.push(line);
        line += 1 + inside as u64;
    }
    (text, lines)
}

#[test]
fn blocks_and_workers_change_no_number() {
    for end in ["\n", "\r\n", "\r"] {
        let (text, lines) = long_log(end);
        for n in [1, 3] {
            let data = workers(n, || csv(&text)).unwrap();
            let named = data.rows.named();
            let mut got: Vec<u64> = named.iter().flat_map(|(_, rows)| rows.rows.clone()).collect();
            got.sort_unstable();
            assert!(got == lines, "{end:?}, {n} workers");
            assert_eq!(data.records, lines.len());
            // A bad quote in the last block.
            let at = text.rfind("\"u").unwrap();
            let bad = text[..at].to_owned() + "x,1,\"2" + &text[at..];
            let error = workers(n, || csv(&bad)).unwrap_err().to_string();
            let line = lines[lines.len() - 1];
            assert!(error.starts_with(&format!("log.csv:{line}:3: text after")), "{error}");
        }
    }
    let open = LOG.replacen("b,11.5", "\"b,11.5", 1) + &"x,1,1,9,1,train\n".repeat(100_000);
    assert_eq!(
        csv(open).unwrap_err().to_string(),
        "log.csv:4:1: a quote that is not closed within 1048576 bytes, which is the limit for a row"
    );
}

#[test]
fn numbers_are_finite_wherever_they_are_read() {
    let data = csv(LOG).unwrap();
    let time = "time = { column = \"age\", val_from = 50, test_from = 60.5 }";
    let (head, _) = SCHEMA.split_once("column = {").unwrap();
    let by_time = TableSchema::parse(&format!("{head}{time}"), "log.toml").unwrap();
    for bad in ["abc", "1_000", "\"1,5\"", "NA", "-inf", "infinity", "1e400"] {
        let got = bad.trim_matches('"');
        let log = LOG.replacen("11.5", bad, 1);
        let message = format!(
            "log.csv:3:2: field \"price\": expected a finite number or nothing, got \"{got}\""
        );
        assert_eq!(csv(&log).unwrap_err().to_string(), message);
        let scoring = |on_error| Scoring {
            unknown_scenarios: false,
            schema: &data.schema,
            scenario: "tab",
            label: None,
            row: None,
            shard: JobPart::WHOLE,
            on_error,
            cells: CellRules::default(),
        };
        let mut batches =
            encode_csv(log.as_bytes(), "log.csv", &scoring(OnError::Fail), 9).unwrap();
        assert_eq!(batches.next().unwrap().unwrap_err().to_string(), message);
        let mut batches =
            encode_csv(log.as_bytes(), "log.csv", &scoring(OnError::Skip), 9).unwrap();
        let batch = batches.next().unwrap().unwrap();
        assert_eq!((batch.instances.len(), batch.rejects.len()), (5, 1));
        let log = LOG.replacen("30", bad, 1);
        let error = read_csv(log.as_bytes(), "log.csv", &by_time, OnError::Fail).err().unwrap();
        let error = error.to_string();
        assert!(
            error.starts_with("log.csv:3:3: field \"age\": expected a finite number"),
            "{error}"
        );
    }
    for good in ["", " ", "-0", "1e300", " 7 ", "+.5", "\\N", "NULL", "nan", "NaN"] {
        assert!(csv(LOG.replacen("11.5", good, 1)).is_ok(), "{good}");
    }
}

#[test]
fn parquet_has_finite_numbers_too() {
    use crate::prepare::parquet_bytes;
    use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
    use ssim_data::table::{encode_parquet, read_parquet};
    use std::sync::Arc;
    let data = csv(LOG).unwrap();
    let text = |v: [&str; 6]| Arc::new(StringArray::from(v.to_vec())) as ArrayRef;
    for bad in [f64::INFINITY, f64::NEG_INFINITY] {
        let batch = RecordBatch::try_from_iter([
            ("user", text(["a", "a", "b", "c", "b", "z"])),
            ("price", Arc::new(Float64Array::from(vec![1., 2., bad, 3., 4., 5.])) as _),
            ("age", Arc::new(Int64Array::from(vec![20, 30, 40, 50, 40, 99])) as _),
            ("tab", Arc::new(Int64Array::from(vec![9, 10, 10, 9, 9, 10])) as _),
            ("click", Arc::new(Int64Array::from(vec![1, 0, 1, 0, 0, 1])) as _),
            ("split", text(["train", "train", "train", "train", "val", "test"])),
        ])
        .unwrap();
        let mut bytes = Vec::new();
        let mut writer =
            parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let expected = "log.parquet:3:2: field \"price\": expected a finite number or nothing, got";
        let bytes = || parquet_bytes(bytes.clone());
        let error = read_parquet(bytes(), "log.parquet", &schema(), OnError::Fail).err().unwrap();
        assert!(error.to_string().starts_with(expected), "{error}");
        let scoring = Scoring {
            unknown_scenarios: false,
            schema: &data.schema,
            scenario: "tab",
            label: None,
            row: None,
            shard: JobPart::WHOLE,
            on_error: OnError::Fail,
            cells: CellRules::default(),
        };
        let mut batches = encode_parquet(bytes(), "log.parquet", &scoring).unwrap();
        let error = batches.next().unwrap().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
