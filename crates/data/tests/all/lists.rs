//! Tests of shared lists, from this library and from other programs.

use crate::prepare::parquet_bytes;
use crate::{LOG, csv};
use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch};
use ssim_data::list::{SharedList, read, write};
use std::sync::Arc;

fn ours() -> (ssim_data::Prepared, SharedList) {
    let data = csv(LOG).unwrap();
    let marks = vec![true, false, true, false];
    let list =
        SharedList::new(&data.schema, &data.rows.train, vec![0.9, 0.1, 0.8, 0.2], marks).unwrap();
    (data, list)
}

#[test]
fn round_trip() {
    let (data, list) = ours();
    let mut bytes = Vec::new();
    write(&mut bytes, &list).unwrap();
    let back = read(parquet_bytes(bytes), "shared.parquet", &data.schema).unwrap();
    assert_eq!(back, list);
    assert_eq!(back.apply("l", &data.schema, &data.rows.train).unwrap(), list.shared);
}

#[test]
fn foreign_lists_need_two_columns() {
    let data = csv(LOG).unwrap();
    let batch = RecordBatch::try_from_iter([
        ("row", Arc::new(Int64Array::from(vec![5, 4, 3, 2])) as ArrayRef),
        ("shared", Arc::new(Int32Array::from(vec![1, 0, 0, 1]))),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let list = read(parquet_bytes(bytes), "l", &data.schema).unwrap();
    assert_eq!(
        list.apply("l", &data.schema, &data.rows.train).unwrap(),
        [true, false, false, true]
    );
}

#[test]
fn lists_fit_their_rows() {
    let (data, list) = ours();
    let message = |rows: &[u64]| {
        let list =
            SharedList { rows: rows.to_vec(), shared: vec![true; rows.len()], ..list.clone() };
        list.apply("l", &data.schema, &data.rows.train).unwrap_err().to_string()
    };
    assert_eq!(
        message(&[2, 3, 5]),
        "l: row 4: expected every one of 4 train rows, got 3 rows and none of this number"
    );
    assert_eq!(message(&[2, 3, 3, 5]), "l: row 3: expected once, got twice");
    assert_eq!(
        message(&[2, 3, 4, 5, 7]),
        "l: row 7: expected the 4 train rows only, got 5 rows and one that train does not have"
    );
    let mut scenarios = list.scenarios.clone();
    scenarios[1] += 1;
    let moved = SharedList { scenarios, ..list.clone() };
    let message = moved.apply("l", &data.schema, &data.rows.train).unwrap_err().to_string();
    let own = list.scenarios[1];
    assert_eq!(message, format!("l: row 3: scenario: expected {own}, got {}", own + 1));
    let foreign = SharedList { fingerprint: Some("f".into()), ..list.clone() };
    let message = foreign.apply("l", &data.schema, &data.rows.train).unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "l: expected a list for these data, whose fingerprint is {}, got one for f",
            data.schema.fingerprint()
        )
    );
}

#[test]
fn no_list() {
    let schema = csv(LOG).unwrap().schema;
    let message =
        |bytes: &[u8]| read(parquet_bytes(bytes.to_vec()), "l", &schema).unwrap_err().to_string();
    assert!(message(b"row,shared").starts_with("l: "));
    let batch =
        RecordBatch::try_from_iter([("row", Arc::new(Int64Array::from(vec![5])) as ArrayRef)])
            .unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert_eq!(message(&bytes), "l: field \"shared\": expected such a column, got none");
}
