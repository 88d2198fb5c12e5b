//! Tests of Ali-CCP.

use super::{Files, Row, any_log, check, message, prepare};
use proptest::prelude::*;
use ssim_data::published::ali_ccp;
use ssim_data::{OnError, Prepared};
use std::collections::BTreeMap;

const FIELDS: &str = "101,121,122,124,125,126,127,128,129,205,206,207,216,508,509,702,853,301";
const TRAIN: usize = 90;
const TEST: usize = 20;

/// Features as pairs of field and id.
type Features = Vec<(&'static str, String)>;

/// Features, key, click and purchase of row `i`. Field 508 is repeated in every third row, the
/// user's features override 101, and 702 is rare.
fn row(i: usize) -> (Features, String, u8, u8) {
    let mut own: Features = vec![
        ("205", format!("g{}", i % 4)),
        ("101", "own".into()),
        ("508", "first".into()),
        ("301", ["31", "9", "100"][i % 3].into()),
        ("999", "no field of ours".into()),
    ];
    if i.is_multiple_of(3) {
        own.push(("508", format!("last{}", i % 2)));
    }
    if i.is_multiple_of(10) {
        own.push(("702", "rare".into()));
    }
    (own, format!("md5{}", i % 5), u8::from(i.is_multiple_of(2)), u8::from(i.is_multiple_of(7)))
}

/// The common features of four users; the fifth user has none. User 1 has a field twice.
fn commons() -> Vec<(String, Features)> {
    let user = |u: usize| {
        let mut f: Features = vec![("101", format!("u{u}")), ("121", format!("a{}", u % 2))];
        if u == 1 {
            f.push(("121", "again".into()));
        }
        (format!("md5{u}"), f)
    };
    (0..4).map(user).collect()
}

fn text(features: &Features) -> String {
    let one = |(field, id): &(&str, String)| format!("{field}\x02{id}\x031.5");
    features.iter().map(one).collect::<Vec<_>>().join("\x01")
}

fn skeleton(from: usize, to: usize, edit: impl Fn(usize, &mut Features)) -> Vec<u8> {
    let line = |i| {
        let (mut own, key, click, buy) = row(i);
        edit(i, &mut own);
        format!("{i},{click},{buy},{key},{},{}\n", own.len(), text(&own))
    };
    (from..to).map(line).collect::<String>().into()
}

fn files() -> Files {
    let line = |(key, f): (String, Features)| format!("{key},{},{}\n", f.len(), text(&f));
    let common: String = commons().into_iter().map(line).collect();
    Files::from([
        ("sample_skeleton_train.csv", skeleton(0, TRAIN, |_, _| ())),
        ("sample_skeleton_test.csv", skeleton(TRAIN, TRAIN + TEST, |_, _| ())),
        ("common_features_train.csv", common.clone().into()),
        ("common_features_test.csv", common.into()),
    ])
}

/// The expected rows, joined with one map per row.
fn expected() -> BTreeMap<u64, Row> {
    let mut all = BTreeMap::new();
    for i in 0..TRAIN + TEST {
        let (own, key, click, buy) = row(i);
        if click == 0 && buy == 1 {
            continue;
        }
        let mut features: BTreeMap<&str, String> = own.into_iter().collect();
        for (_, f) in commons().into_iter().filter(|(k, _)| *k == key) {
            features.extend(f);
        }
        let value = |f: &str| features.get(f).cloned().unwrap_or("0".into());
        let values = FIELDS.split(',').map(value).collect();
        all.insert(i as u64 + 1, Row { values, scenario: value("301"), label: click });
    }
    all
}

fn good() -> Prepared {
    prepare(&ali_ccp(), &files(), OnError::Fail).unwrap()
}

#[test]
fn ids() {
    let (data, expected) = (good(), expected());
    check(&data, &expected, |_| 12);
    let names: Vec<&str> = data.schema.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names.join(","), FIELDS);
    assert_eq!(data.schema.scenarios, ["9", "100", "31"].map(String::from), "sorted, then 0, 2, 1");
    let first = "u0,a0,0,0,0,0,0,0,0,g0,0,0,0,last0,0,rare,0,31";
    assert_eq!(expected[&1].values.join(","), first, "by hand");
    // Rows are numbered as if the test file came after the train file. Odd multiples of 7 are left
    // out, because they have a purchase without a click.
    assert_eq!(
        data.rows.test.rows,
        (91..=110).filter(|l| *l != 92 && *l != 106).collect::<Vec<_>>()
    );
    assert_eq!((data.rows.train.len(), data.rows.val.len()), (76, 8));
    assert!(data.schema.fields[15].vocabulary.find("rare").is_none(), "9 times");
}

#[test]
fn dialects() {
    any_log(&ali_ccp(), &files());
}

#[test]
fn bad_input() {
    let (log, files) = (ali_ccp(), files());
    let message = |name, from: &str, to: &str| message(&log, &files, name, from, to);
    assert_eq!(
        message("sample_skeleton_test.csv", "\n91,0,1", "\n91,2,1"),
        "sample_skeleton_test.csv:2:2: field \"click\": expected 0 or 1, got \"2\""
    );
    assert_eq!(
        message("sample_skeleton_train.csv", "205\x02g0\x031.5", "205\x02g0"),
        "sample_skeleton_train.csv:1:6: field \"feature_list\": expected field \\x02 id \\x03 value, got \"205\\u{2}g0\""
    );
    assert_eq!(
        message("sample_skeleton_train.csv", "301\x02", "302\x02"),
        "sample_skeleton_train.csv:1:6: field \"301\": expected a scenario, got nothing"
    );
    assert_eq!(
        message("sample_skeleton_test.csv", "301\x02", "301\x027"),
        "sample_skeleton_test.csv:1:6: field \"301\": expected a scenario that train has, got \"731\""
    );
    assert_eq!(
        message("common_features_test.csv", "\nmd52", "\nmd51"),
        "common_features_test.csv:3:1: field \"common_features\": expected a key that no line before has, got \"md51\""
    );
    let mut two = files.clone();
    two.insert(
        "sample_skeleton_train.csv",
        skeleton(0, TRAIN, |_, f| f[3].1 = if f[3].1 == "9" { "9" } else { "31" }.into()),
    );
    assert_eq!(
        prepare(&log, &two, OnError::Fail).unwrap_err().to_string(),
        "raw: scenario column \"301\": expected 3 scenarios in train, got 2: \"9\", \"31\""
    );
    let mut bytes = files["common_features_train.csv"].clone();
    bytes[9] = 0xff;
    let bad = super::with(&log, &files, "common_features_train.csv", bytes);
    assert!(
        bad.starts_with(
            "common_features_train.csv:1:3: field \"feature_list\": expected UTF-8 text, got"
        ),
        "{bad}"
    );
}

#[test]
fn skipped_rows_are_listed() {
    let mut files = files();
    files.insert(
        "sample_skeleton_test.csv",
        skeleton(TRAIN, TRAIN + TEST, |i, f| {
            if i == 93 {
                f[3].1 = "8".into();
            }
            if i == 94 {
                f.truncate(3);
            }
        }),
    );
    let data = prepare(&ali_ccp(), &files, OnError::Skip).unwrap();
    let places: Vec<_> = data.rejects.iter().map(|r| (r.file.as_str(), r.line, r.column)).collect();
    let name = "sample_skeleton_test.csv";
    assert_eq!(places, [(name, 5, 6), (name, 4, 6)]);
    assert_eq!((data.rows.train, data.rows.test.len()), (good().rows.train, 16));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Test rows do not change the ids of other rows.
    #[test]
    fn test_rows_change_no_id(at in TRAIN..TRAIN + TEST, field in 0..17usize, id in "[a-z0-9]{1,4}") {
        let (before, mut files) = (good(), files());
        let name = FIELDS.split(',').nth(field).unwrap();
        files.insert("sample_skeleton_test.csv", skeleton(TRAIN, TRAIN + TEST, |i, f| {
            if i == at {
                f.push((name, id.clone()));
            }
        }));
        let after = prepare(&ali_ccp(), &files, OnError::Fail).unwrap();
        prop_assert_eq!(after.schema, before.schema);
        prop_assert_eq!((after.rows.train, after.rows.val), (before.rows.train, before.rows.val));
    }
}
