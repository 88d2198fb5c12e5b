//! Tests that each wrong input gives a message with the place of the error and what was expected.

use crate::{LOG, SCHEMA, csv, csv_with};
use flate2::{Compression, write::GzEncoder};
use ssim_data::OnError;
use ssim_data::table::TableSchema;
use std::io::Write;

/// The error message for [`LOG`] with one text replaced.
fn log(from: &str, to: &str) -> String {
    assert!(LOG.contains(from), "{from}");
    csv(LOG.replacen(from, to, 1)).unwrap_err().to_string()
}

/// The error message for [`SCHEMA`] with one text replaced.
fn toml(from: &str, to: &str) -> String {
    assert!(SCHEMA.contains(from), "{from}");
    let text = SCHEMA.replacen(from, to, 1);
    TableSchema::parse(&text, "log.toml").unwrap_err().to_string()
}

#[test]
fn rows() {
    assert_eq!(
        log("9,1,train", "9,2,train"),
        "log.csv:2:5: field \"click\": expected 0 or 1, got \"2\""
    );
    assert_eq!(
        log("9,1,train", "9,,train"),
        "log.csv:2:5: field \"click\": expected 0 or 1, got nothing"
    );
    assert_eq!(
        log("9,1,train", "9,maybe,train"),
        "log.csv:2:5: field \"click\": expected 0 or 1, got \"maybe\""
    );
    assert_eq!(
        log("a,11.5", "a,cheap"),
        "log.csv:3:2: field \"price\": expected a finite number or nothing, got \"cheap\""
    );
    assert_eq!(log("20,9", "20,"), "log.csv:2:4: field \"tab\": expected a scenario, got nothing");
    assert_eq!(log("a,1.5,20", "a,1.5"), "log.csv:2:6: expected 6 values as in the header, got 5");
    assert_eq!(log("b,11.5", "b,,11.5"), "log.csv:4:7: expected 6 values as in the header, got 7");
    assert_eq!(
        log("10,1,test", "8,1,test"),
        "log.csv:7:4: field \"tab\": expected a scenario that train has, got \"8\""
    );
    assert_eq!(
        log("0,val", "0,dev"),
        "log.csv:6:6: field \"split\": expected \"train\", \"val\" or \"test\", got \"dev\""
    );
}

#[test]
fn bytes() {
    let text = LOG.as_bytes();
    let at = LOG.find("c,,50").unwrap();
    let bad = [&text[..at], b"\xe9", &text[at..]].concat();
    let message = "log.csv:5:1: field \"user\": expected UTF-8 text, got bytes \"\\xe9c\"";
    assert_eq!(csv(bad).unwrap_err().to_string(), message);
    assert_eq!(
        csv("").unwrap_err().to_string(),
        "log.csv:1:1: expected a header row, got an empty file"
    );
    let header = LOG.lines().next().unwrap();
    assert_eq!(
        csv(header).unwrap_err().to_string(),
        "log.csv: expected rows, got none (0 rejected)"
    );
}

#[test]
fn broken_stream() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(LOG.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let message = csv(&packed[..packed.len() - 9]).unwrap_err().to_string();
    assert!(
        message.starts_with("log.csv:") && message.contains("expected a whole gzip stream, got: "),
        "{message}"
    );
    let packed = zstd::encode_all(LOG.as_bytes(), 1).unwrap();
    let message = csv(&packed[..packed.len() - 9]).unwrap_err().to_string();
    assert!(message.contains("expected a whole Zstandard stream, got: "), "{message}");
}

#[test]
fn columns() {
    assert_eq!(
        log("user,price", "usr,price"),
        "log.toml: field \"user\": expected a column of log.csv, got none of that name; did you mean \"usr\"?"
    );
    assert_eq!(
        log("price,age", "price,price"),
        "log.csv:1:3: field \"price\": expected one such column, got another in column 2"
    );
}

#[test]
fn whole_data() {
    let one = LOG.replace(",10,", ",9,");
    assert_eq!(
        csv(one).unwrap_err().to_string(),
        "log.csv: scenario column \"tab\": expected 2 to 65535 scenarios in train, got 1 (\"9\")"
    );
    assert_eq!(
        log("10,1,train", "10,0,train"),
        "log.csv: scenario column \"tab\": expected at least one click in train for each scenario, \
         got none for \"10\" (2 in train); skipping bad rows (--on-error skip) leaves such scenarios out"
    );
    assert_eq!(
        log(",val", ",train"),
        "log.csv: split \"val\": expected at least one row, got none of 6"
    );
}

#[test]
fn schemas() {
    assert_eq!(
        toml("min_count", "min_cout"),
        "log.toml:10:1: unknown field `min_cout`, expected one of `name`, `kind`, `buckets`, `min_count`, `time`; did you mean \"min_count\"?"
    );
    assert_eq!(
        toml("\"log2\"", "\"log3\""),
        "log.toml:9:11: buckets: expected \"log2\" or \"quantile:N\" with N from 2 to 10000, got \"log3\""
    );
    assert_eq!(toml("\"price\"", "\"user\""), "log.toml: field \"user\": expected once, got twice");
    assert_eq!(
        toml("\"price\"", "\"click\""),
        "log.toml: field \"click\": expected a column that is neither label nor split"
    );
    assert_eq!(
        toml("kind = \"numeric\"", ""),
        "log.toml: field \"price\": buckets: expected kind = \"numeric\", got categorical"
    );
    assert_eq!(
        toml("min_count = 1", "min_count = 0"),
        "log.toml: field \"price\": min_count: expected at least 1, got 0"
    );
    assert_eq!(
        toml("test = \"test\" }", "test = \"val\" }"),
        "log.toml: split: column: expected three names, got \"train\", \"val\", \"val\""
    );
    let split = "column = { name = \"split\", train = \"train\", val = \"val\", test = \"test\" }";
    assert_eq!(
        toml(split, "random = { train = 0.8, val = 0.1, test = 0.2 }"),
        "log.toml: split: random: expected positive shares with sum 1, got [0.8, 0.1, 0.2]"
    );
    assert_eq!(
        toml(split, "held_out = { name = \"split\", train = \"a\", test = \"b\", val = 1 }"),
        "log.toml: split: held_out: expected two names and a share between 0 and 1, got \"a\", \"b\", 1"
    );
    assert_eq!(
        toml(split, "time = { column = \"ts\", val_from = 5, test_from = 5 }"),
        "log.toml: split: time: expected val_from below test_from, got 5 and 5"
    );
    assert!(
        toml(split, "randm = { train = 0.8, val = 0.1, test = 0.2 }")
            .ends_with("did you mean \"random\"?")
    );
    assert!(toml("label = \"click\"", "").contains("missing field `label`"));
}

#[test]
fn skipped_rows_are_reported() {
    let log = LOG
        .replace("c,,50,9,0", "c,,50,9,x")
        .replace("z,999,99,10,1,test", "z,999\nz,999,99,8,1,test\nz,1,1,9,1,test");
    let data = csv_with(log, OnError::Skip).unwrap();
    let lines: Vec<_> = data.rejects.iter().map(|r| (r.line, r.column, r.raw.as_str())).collect();
    assert_eq!(lines, [(5, 5, "c,,50,9,x,train"), (7, 3, "z,999"), (8, 4, "8")]);
    assert_eq!(data.summary().rejected, 3);
    assert_eq!(data.rows.test.rows, [9]);
    assert_eq!(data.rows.train.rows, [2, 3, 4]);
}
