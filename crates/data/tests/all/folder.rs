//! Tests that a data folder gives back the data that were written to it.

use crate::prepare::parquet_bytes;
use crate::{LOG, csv};
use ssim_data::folder::{
    Manifest, read_manifest, read_split, read_vocabulary, write_manifest, write_split,
    write_vocabulary,
};
use ssim_data::{Prepared, synthetic};

/// All files of a data folder with these data.
fn written(data: &Prepared) -> Vec<Vec<u8>> {
    let mut files = vec![Vec::new(), Vec::new()];
    write_manifest(&mut files[0], &Manifest::new(data)).unwrap();
    write_vocabulary(&mut files[1], &data.schema).unwrap();
    for (_, split) in data.rows.named() {
        let mut file = Vec::new();
        write_split(&mut file, &data.schema, split).unwrap();
        files.push(file);
    }
    files
}

#[test]
fn round_trip() {
    for data in [csv(LOG).unwrap(), synthetic::prepare(5_000, 0.7, 3).unwrap()] {
        let files = written(&data);
        let manifest = read_manifest(files[0].as_slice(), "schema.json").unwrap();
        assert_eq!(manifest, Manifest::new(&data));
        assert_eq!(manifest.summary(), data.summary());
        let schema = read_vocabulary(parquet_bytes(files[1].clone()), "v", &manifest).unwrap();
        assert_eq!(schema, data.schema);
        for ((_, split), file) in data.rows.named().into_iter().zip(&files[2..]) {
            let read = read_split(parquet_bytes(file.clone()), "s", &schema).unwrap();
            assert_eq!(&read, split);
            assert_eq!(read.ids.capacity(), read.ids.len(), "no more memory than rows need");
        }
        assert_eq!(files, written(&data), "equal data are equal bytes");
    }
}

#[test]
fn folders_are_not_mixed() {
    let (a, b) = (csv(LOG).unwrap(), csv(LOG.replace("a,", "q,")).unwrap());
    let (fa, fb) = (a.schema.fingerprint(), b.schema.fingerprint());
    let files = written(&b);
    let message =
        read_split(parquet_bytes(files[2].clone()), "s", &a.schema).unwrap_err().to_string();
    assert_eq!(message, format!("s: expected rows with fingerprint {fa}, got {fb}"));
    let message = read_vocabulary(parquet_bytes(files[1].clone()), "v", &Manifest::new(&a))
        .unwrap_err()
        .to_string();
    assert_eq!(message, format!("v: expected vocabularies with fingerprint {fa}, got {fb}"));
    let message =
        read_split(parquet_bytes(b"no".to_vec()), "s", &a.schema).unwrap_err().to_string();
    assert!(message.starts_with("s: "), "{message}");
}

#[test]
fn a_footer_that_claims_too_many_rows_is_not_believed() {
    let data = csv(LOG).unwrap();
    let mut file = Vec::new();
    write_split(&mut file, &data.schema, &data.rows.train).unwrap();
    // Thrift's compact form: a field header, then the number of rows as a zigzag varint.
    let end = file.len() - 8;
    let length = u32::from_le_bytes(file[end..end + 4].try_into().unwrap()) as usize;
    let rows = [0x16, 2 * data.rows.train.len() as u8];
    let at = file[end - length..end].windows(2).position(|w| w == rows).unwrap() + end - length;
    let huge = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F]; // about 2^60 rows
    file.splice(at + 1..at + 2, huge);
    let end = file.len() - 8;
    file[end..end + 4].copy_from_slice(&(length as u32 + 7).to_le_bytes());
    match read_split(parquet_bytes(file), "s", &data.schema) {
        Ok(rows) => assert_eq!(rows, data.rows.train),
        Err(error) => assert!(error.to_string().starts_with("s: "), "{error}"),
    }
}

#[test]
fn manifests() {
    let mut text = Vec::new();
    write_manifest(&mut text, &Manifest::new(&csv(LOG).unwrap())).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("\"name\": \"price\",\n      \"offset\": 2,\n      \"features\": 3,\n      \"transform\": \"log2\""));
    let message = |t: String| read_manifest(t.as_bytes(), "schema.json").unwrap_err().to_string();
    let damaged = message(text.replace("price", "prize"));
    assert!(damaged.contains("has been damaged") && damaged.contains("xxh64:"), "{damaged}");
    // A person who edits the file removes its checksum.
    let (text, _) = text.split_once(",\n  \"checksum\"").unwrap();
    let text = format!("{text}\n}}\n");
    assert_eq!(
        message(text.replace("\"format\": 1", "\"format\": 2")),
        "schema.json: field \"format\": expected 1, got 2"
    );
    assert!(message(text.replace("\"rows\"", "\"lines\"")).starts_with("schema.json:"));
    assert!(message("{".into()).starts_with("schema.json:1:1: "));
}

#[test]
fn fields_may_have_the_names_of_our_own_columns() {
    let mut data = csv(LOG).unwrap();
    for (field, name) in
        data.schema.fields.iter_mut().zip(["row", "field:row", "scenario", "label"])
    {
        field.name = name.into();
    }
    let mut file = Vec::new();
    write_split(&mut file, &data.schema, &data.rows.train).unwrap();
    assert_eq!(read_split(parquet_bytes(file), "s", &data.schema).unwrap(), data.rows.train);
}

#[test]
fn a_manifest_is_checked_before_it_is_used() {
    let data = csv(LOG).unwrap();
    let mut text = Vec::new();
    write_manifest(&mut text, &Manifest::new(&data)).unwrap();
    let good: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let told = |at: &str, value: serde_json::Value| {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove("checksum");
        *bad.pointer_mut(at).unwrap() = value;
        read_manifest(bad.to_string().as_bytes(), "schema.json").unwrap_err().to_string()
    };
    let most = u32::MAX;
    for (at, value, expected) in [
        ("/fields", "[]", "fields: expected at least one field, got none"),
        ("/fields/1/name", "\"\"", "fields[1].name: expected a name, got an empty one"),
        (
            "/fields/1/name",
            "\"user\"",
            "fields[1].name: expected names that differ, got \"user\" twice",
        ),
        ("/fields/1/offset", "1", "fields[1].offset: expected 2, got 1"),
        (
            "/fields/0/features",
            "0",
            &format!("fields[0].features: expected 1 or more, all together at most {most}, got 0"),
        ),
        (
            "/fields/3/features",
            "4294967295",
            &format!(
                "fields[3].features: expected 1 or more, all together at most {most}, got {most}"
            ),
        ),
        ("/features", "7", "features: expected 11, got 7"),
        (
            "/fields/1/transform",
            "{\"quantile\": [2.0, 1.0]}",
            "fields[1].transform: expected rising numbers, got [2.0, 1.0]",
        ),
        ("/scenarios", "[]", "scenarios: expected 1 to 65535, got 0"),
        (
            "/scenarios/1/scenario",
            "\"9\"",
            "scenarios[1].scenario: expected names that differ, got \"9\" twice",
        ),
        ("/scenarios/0/ctr", "1.5", "scenarios[0].ctr: expected 0 to 1, got 1.5"),
        ("/rows/train", "5", "rows.train: expected the 4 rows of the scenarios together, got 5"),
        (
            "/rows/val",
            "18446744073709551615",
            &format!("rows.val: expected at most {most}, got 18446744073709551615"),
        ),
        ("/vocabulary", "\"../v\"", "vocabulary: expected \"vocabulary.parquet\", got \"../v\""),
    ] {
        let error = told(at, serde_json::from_str(value).unwrap());
        assert_eq!(error, format!("schema.json: {expected}"), "{at}");
    }
    assert!(told("/rows/val", (-1).into()).starts_with("schema.json:1:"));
    // A manifest that somebody has made up has no field to look a value up in.
    let mut empty = Manifest::new(&data);
    empty.fields.clear();
    let mut vocabulary = Vec::new();
    write_vocabulary(&mut vocabulary, &data.schema).unwrap();
    let error = read_vocabulary(parquet_bytes(vocabulary), "v", &empty).unwrap_err().to_string();
    assert_eq!(error, "schema.json: fields: expected at least one field, got none");
}
