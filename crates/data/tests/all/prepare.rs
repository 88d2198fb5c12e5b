//! Tests of preparation, from rows to ids.

use crate::{LOG, SCHEMA, csv, schema};
use proptest::prelude::*;
use ssim_core::vocabulary::Transform;
use ssim_data::OnError;
use ssim_data::table::{TableSchema, read_csv, read_parquet};
use std::io::Write;

#[test]
fn ids() {
    let data = csv(LOG).unwrap();
    let values = |f: usize| data.schema.fields[f].vocabulary.values().to_vec();
    assert_eq!(values(0), ["a"], "seen twice in train; b's other row is in val");
    assert_eq!(values(1), ["5", "1"], "most frequent bucket first, nothing for nothing");
    assert_eq!(data.schema.fields[2].transform, Transform::Quantile(vec![30.0]));
    assert_eq!(values(2), ["0", "1"]);
    assert_eq!(data.schema.scenarios, ["9", "10"], "numbers by size");
    // user: a=0 oov=1; price: "5"=2 "1"=3 oov=4; age: 5 6 oov=7; tab: "9"=8 "10"=9 oov=10
    assert_eq!(data.rows.train.ids, [0, 3, 5, 8, 0, 2, 5, 9, 1, 2, 6, 9, 1, 4, 6, 8]);
    assert_eq!(data.rows.val.ids, [1, 2, 6, 8]);
    assert_eq!(
        data.rows.test.ids,
        [1, 4, 6, 9],
        "a larger number than any in train is in the last bucket"
    );
    assert_eq!(data.rows.train.labels, [1, 0, 1, 0]);
    assert_eq!(data.rows.train.scenarios, [0, 1, 1, 0]);
    assert_eq!(
        (data.rows.train.rows.as_slice(), data.rows.val.rows[0], data.rows.test.rows[0]),
        ([2, 3, 4, 5].as_slice(), 6, 7)
    );
    for (_, split) in data.rows.named() {
        split.check(&data.schema).unwrap();
    }
}

#[test]
fn dialects() {
    let plain = csv(LOG).unwrap();
    assert_eq!(csv(LOG.replace('\n', "\r\n")).unwrap(), plain);
    assert_eq!(csv(format!("\u{feff}{LOG}")).unwrap(), plain);
    assert_eq!(
        csv(LOG.replace("a,11.5", "\n\r\na,11.5")).unwrap().rows.train.rows,
        [2, 5, 6, 7],
        "empty lines"
    );
    assert_eq!(csv(LOG.trim_end()).unwrap(), plain);
    assert_eq!(csv(LOG.replace("a,", "\"a\",")).unwrap(), plain);
    assert_eq!(csv(zstd::encode_all(LOG.as_bytes(), 1).unwrap()).unwrap(), plain);
    let mut packed = Vec::new();
    for half in [&LOG[..50], &LOG[50..]] {
        let mut packer = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
        packer.write_all(half.as_bytes()).unwrap();
        packed = packer.finish().unwrap();
    }
    assert_eq!(csv(packed).unwrap(), plain, "two gzip members are one file");
    let quoted = csv(LOG.replace("a,", "\"x,\"\"y\nz\",")).unwrap();
    assert_eq!(quoted.schema.fields[0].vocabulary.values(), ["x,\"y\nz"]);
    assert_eq!(quoted.rows.train.rows, [2, 4, 6, 7], "lines of the file, not of the table");
}

#[test]
fn parquet_equals_csv() {
    use arrow::array::{
        ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    };
    use std::sync::Arc;
    let text = |v: [&str; 6]| Arc::new(StringArray::from(v.to_vec())) as ArrayRef;
    let price = [Some(1.5), Some(11.5), Some(11.5), None, Some(11.5), Some(999.0)];
    let batch = RecordBatch::try_from_iter([
        ("unused", text(["", "", "", "", "", ""])),
        ("split", text(["train", "train", "train", "train", "val", "test"])),
        ("click", Arc::new(BooleanArray::from(vec![true, false, true, false, false, true]))),
        ("tab", Arc::new(Int64Array::from(vec![9, 10, 10, 9, 9, 10]))),
        ("age", Arc::new(Int64Array::from(vec![20, 30, 40, 50, 40, 99]))),
        ("price", Arc::new(Float64Array::from(price.to_vec()))),
        ("user", text(["a", "a", "b", "c", "b", "z"])),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let raw = read_parquet(parquet_bytes(bytes), "log.parquet", &schema(), OnError::Fail).unwrap();
    let (mut data, plain) = (ssim_data::prepare(raw, &schema(), 1).unwrap(), csv(LOG).unwrap());
    assert_eq!(data.rows.train.rows, [1, 2, 3, 4]);
    for split in [&mut data.rows.train, &mut data.rows.val, &mut data.rows.test] {
        split.rows.iter_mut().for_each(|r| *r += 1); // a Parquet file has no header line
    }
    assert_eq!(data, plain);
}

pub fn parquet_bytes(bytes: Vec<u8>) -> bytes::Bytes {
    bytes.into()
}

/// [`SCHEMA`] with another split.
fn split_by(split: &str) -> TableSchema {
    let (head, _) = SCHEMA.split_once("column = {").unwrap();
    TableSchema::parse(&format!("{head}{split}"), "log.toml").unwrap()
}

#[test]
fn time_split() {
    let schema = split_by("time = { column = \"age\", val_from = 50, test_from = 60.5 }");
    let raw = read_csv(LOG.as_bytes(), "log.csv", &schema, OnError::Fail).unwrap();
    let data = ssim_data::prepare(raw, &schema, 1).unwrap();
    assert_eq!(data.rows.train.rows, [2, 3, 4, 6]);
    assert_eq!((data.rows.val.rows, data.rows.test.rows), (vec![5], vec![7]));
}

#[test]
fn validation_held_out_of_train() {
    let split = "held_out = { name = \"split\", train = \"train\", test = \"test\", val = 0.25 }";
    let schema = split_by(split);
    let read = |log: &str| read_csv(log.as_bytes(), "log.csv", &schema, OnError::Fail).unwrap();
    let log = LOG.replace(",val", ",train").replace("c,,50,9,0", "c,,50,9,1");
    // Only seeds with which every scenario has a click in train.
    let found: Vec<_> =
        (0..20).filter_map(|seed| ssim_data::prepare(read(&log), &schema, seed).ok()).collect();
    assert!(
        found
            .iter()
            .all(|d| (d.rows.train.len(), d.rows.val.len(), &d.rows.test.rows[..])
                == (4, 1, &[7][..]))
    );
    assert!(found.iter().any(|d| d.rows.val.rows != found[0].rows.val.rows), "drawn by seed");
    let message = ssim_data::prepare(read(LOG), &schema, 1).unwrap_err().to_string();
    assert_eq!(
        message,
        "log.csv:6:6: field \"split\": expected \"train\" or \"test\", got \"val\""
    );
}

#[test]
fn random_split_follows_the_seed() {
    let log: String =
        (0..100).map(|i| format!("{},{i},{i},{},{},x\n", i % 7, i % 2, i % 3 % 2)).collect();
    let log = format!("{}\n{log}", LOG.lines().next().unwrap());
    let schema = split_by("random = { train = 0.8, val = 0.1, test = 0.1 }");
    let with = |seed| {
        let raw = read_csv(log.as_bytes(), "log.csv", &schema, OnError::Fail).unwrap();
        ssim_data::prepare(raw, &schema, seed).unwrap()
    };
    let data = with(1);
    assert_eq!((data.rows.train.len(), data.rows.val.len(), data.rows.test.len()), (80, 10, 10));
    assert_eq!(data, with(1));
    assert_ne!(data.rows.test.rows, with(2).rows.test.rows);
    assert!(data.rows.test.rows.is_sorted());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Validation and test rows do not change the ids of train rows.
    #[test]
    fn only_train_is_fitted(user in "[a-z]{0,3}", price in -1e6..1e6f64, age in 0..200u32, times in 1..20usize) {
        let before = csv(LOG).unwrap();
        let row = format!("{user},{price},{age},10,0,test\n").repeat(times);
        let after = csv(format!("{LOG}{row}{}", row.replace("test", "val"))).unwrap();
        prop_assert_eq!(after.schema, before.schema);
        prop_assert_eq!(after.rows.train, before.rows.train);
    }

    /// Text survives quoting, and every value in the vocabulary gets its own id.
    #[test]
    fn any_text_is_a_value(users in proptest::collection::vec("[ -~é,\"\n]{1,6}", 1..6)) {
        let quote = |u: &str| format!("\"{}\"", u.replace('"', "\"\""));
        let rows: String = users.iter().map(|u| format!("{0},1,1,9,1,train\n{0},1,1,10,1,train\n", quote(u))).collect();
        let data = csv(format!("{LOG}{rows}")).unwrap();
        let field = &data.schema.fields[0];
        for (u, ids) in users.iter().flat_map(|u| [u, u]).zip(data.rows.train.ids.chunks(4).skip(4)) {
            prop_assert_eq!(&field.vocabulary.values()[ids[0] as usize], u);
        }
    }
}
