//! Tests of AliMama.

use super::{Files, Row, any_log, check, message, prepare, with};
use proptest::prelude::*;
use ssim_core::vocabulary::Transform;
use ssim_data::OnError;
use ssim_data::published::{AliMamaQuirks, Log, ali_mama};
use std::collections::BTreeMap;

/// Profiles. User 6 has none, ad 9 is not described, and the name of the last column ends in a
/// blank.
const USERS: &str = "\
userid,cms_segid,cms_group_id,final_gender_code,age_level,pvalue_level,shopping_level,occupation,new_user_class_level \n\
1,10,1,1,5,,3,0,3
2,20,2,2,4,1,1,1,
3,10,1,2,4,2,2,0,
4,0,1,1,5,,3,1,4
";
const ADS: &str = "\
adgroup_id,cate_id,campaign_id,customer,brand,price
100,7,70,700,NULL,199.0
200,7,71,700,9001,1.5
300,8,72,701,9002,0.0
400,8,72,701,,2.0
";
/// The first second of the test days.
const TEST: u64 = 1_494_518_400;

/// 40 rows before [`TEST`], the last of them one second before, and 10 rows from [`TEST`] on.
fn rows() -> Vec<[u64; 5]> {
    let row = |i: u64| {
        let time = if i < 40 { TEST - 1 - 1000 * (39 - i) } else { TEST + 7 * (i - 40) };
        let user = [1, 2, 3, 4, 6][i as usize % 5];
        let ad = [100, 200, 300, 400, 9, 100, 200][i as usize % 7];
        [user, time, ad, i % 3, u64::from(i * 7 % 4 < 2)]
    };
    (0..50).map(row).collect()
}

fn files_of(rows: &[[u64; 5]]) -> Files {
    let mut log = String::from("user,time_stamp,adgroup_id,pid,nonclk,clk\n");
    for [user, time, ad, pid, click] in rows {
        log += &format!("{user},{time},{ad},430548_100{pid},{},{click}\n", 1 - click);
    }
    Files::from([
        ("raw_sample.csv", log.into()),
        ("ad_feature.csv", ADS.into()),
        ("user_profile.csv", USERS.into()),
    ])
}

fn files() -> Files {
    files_of(&rows())
}

fn log() -> Log {
    ali_mama(AliMamaQuirks::default())
}

/// The cells of the line that begins with `key`, with `0` for missing ones; `n` zeros if there is
/// no such line.
fn lookup(table: &str, key: u64, n: usize) -> Vec<String> {
    let line = table.lines().find(|l| l.starts_with(&format!("{key},")));
    let zero = |c: &str| if c.is_empty() || c == "NULL" { "0".to_owned() } else { c.to_owned() };
    line.map_or(vec!["0".into(); n], |l| l.split(',').map(zero).collect())
}

/// The expected rows, joined in the most direct way.
fn expected() -> BTreeMap<u64, Row> {
    let row = |[user, _, ad, pid, click]: [u64; 5]| {
        let u = lookup(USERS, user, 9);
        let a = lookup(ADS, ad, 6);
        let mut values = vec![user.to_string()];
        values.extend([1, 2, 3, 4, 5, 7, 8].map(|c| u[c].clone()));
        values.push(ad.to_string());
        values.extend_from_slice(&a[1..]);
        values.extend([format!("430548_100{pid}"), u[6].clone()]);
        Row { values, scenario: u[6].clone(), label: click as u8 }
    };
    (2..).zip(rows().into_iter().map(row)).collect()
}

#[test]
fn ids() {
    let data = prepare(&log(), &files(), OnError::Fail).unwrap();
    check(&data, &expected(), |f| if f == 13 { 1 } else { 2 });
    let names: Vec<&str> = data.schema.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        names.join(","),
        "user_id,cms_segid,cms_group_id,final_gender_code,age_level,pvalue_level,occupation,\
         new_user_class_level,adgroup_id,cate_id,campaign_id,customer,brand,price,pid,shopping_level"
    );
    assert_eq!(data.schema.scenarios, ["0", "1", "2", "3"]);
    assert_eq!(data.schema.dataset, "ali-mama");
    assert_eq!((data.rows.train.len(), data.rows.val.len(), data.rows.test.len()), (36, 4, 10));
    assert_eq!(data.rows.test.rows, (42..52).collect::<Vec<_>>(), "the test days");
    // ⌊ln² 199⌋ = 28; 2.0 and 1.5 are cut to whole numbers; the price of an unknown ad is 0.
    let mut prices = data.schema.fields[13].vocabulary.values().to_vec();
    prices.sort();
    assert_eq!(prices, ["0", "1", "2", "28"]);
}

#[test]
fn dialects() {
    any_log(&log(), &files());
}

#[test]
fn quirks() {
    let with = |constant_price, vocabulary_of_all_rows| {
        let quirks = AliMamaQuirks { constant_price, vocabulary_of_all_rows };
        let mut rows = rows();
        // User 5 only has rows in the test days.
        rows[45][0] = 5;
        rows[46][0] = 5;
        prepare(&ali_mama(quirks), &files_of(&rows), OnError::Fail).unwrap()
    };
    let (plain, price, all) = (with(false, false), with(true, false), with(false, true));
    assert_eq!(price.schema.fields[13].size(), 1);
    assert_eq!(plain.schema.fields[13].transform, Transform::Log2);
    let knows = |d: &ssim_data::Prepared| d.schema.fields[0].vocabulary.find("5").is_some();
    assert_eq!((knows(&plain), knows(&price), knows(&all)), (false, false, true));
}

#[test]
fn bad_input() {
    let (log, files) = (log(), files());
    let message = |name, from: &str, to: &str| message(&log, &files, name, from, to);
    let first = format!("2,{}", TEST - 1 - 38_000);
    for time in ["1493999999", "1494691200", "now", "1.5"] {
        assert_eq!(
            message("raw_sample.csv", &first, &format!("2,{time}")),
            format!(
                "raw_sample.csv:3:2: field \"time_stamp\": expected a time from 2017-05-06 to 2017-05-13 (UTC+8), got \"{time}\""
            )
        );
    }
    assert_eq!(
        message("raw_sample.csv", "nonclk,clk", "nonclk,click"),
        "raw_sample.csv:1:1: field \"clk\": expected such a column, got none of that name; did you mean \"click\"?"
    );
    assert_eq!(
        message("user_profile.csv", "3,10,1,2,4,2,2", "3,10,1,2,4,2,7"),
        "user_profile.csv:4:7: field \"shopping_level\": expected 1, 2, 3 or nothing, got \"7\""
    );
    assert_eq!(
        message("user_profile.csv", "\n3,", "\n2,"),
        "user_profile.csv:4:1: field \"userid\": expected a key that no line before has, got \"2\""
    );
    assert_eq!(
        message("ad_feature.csv", "\n300", "\n"),
        "ad_feature.csv:4:1: field \"adgroup_id\": expected a key, got nothing"
    );
    assert_eq!(
        message("ad_feature.csv", "199.0", "-1"),
        "ad_feature.csv:2:6: field \"price\": expected a number from 0 or nothing, got \"-1\""
    );
    let bytes = b"user,time_stamp,adgroup_id,pid,nonclk,clk\n2,1494000000,\xff,p,0,1\n";
    assert_eq!(
        with(&log, &files, "raw_sample.csv", bytes),
        "raw_sample.csv:2:3: field \"adgroup_id\": expected UTF-8 text, got bytes \"\\xff\""
    );
}

#[test]
fn skipped_rows_are_listed() {
    let mut files = files();
    let edit = |files: &mut Files, name, from: &str, to: &str| {
        let text = String::from_utf8(files[name].clone()).unwrap();
        files.insert(name, text.replacen(from, to, 1).into());
    };
    edit(&mut files, "user_profile.csv", "\n3,10", "\n2,10");
    edit(&mut files, "raw_sample.csv", ",1\n", ",x\n");
    // User 3 has no profile now, and the first line of user 2 is used. A level that only the test
    // days have is no scenario.
    let log_text = String::from_utf8(files["raw_sample.csv"].clone()).unwrap();
    files.insert("raw_sample.csv", format!("{log_text}8,{TEST},100,p,1,0\n").into());
    let users = String::from_utf8(files["user_profile.csv"].clone()).unwrap();
    files.insert("user_profile.csv", format!("{users}8,0,0,0,0,0,2,0,0\n").into());
    let data = prepare(&log(), &files, OnError::Skip).unwrap();
    let places: Vec<_> = data.rejects.iter().map(|r| (r.file.as_str(), r.line, r.column)).collect();
    assert_eq!(
        places,
        [("user_profile.csv", 4, 1), ("raw_sample.csv", 2, 6), ("raw_sample.csv", 52, 1)]
    );
    assert_eq!(data.schema.scenarios, ["0", "1", "3"]);
    assert_eq!((data.rows.train.len() + data.rows.val.len(), data.rows.test.len()), (39, 10));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Test rows do not change the ids of other rows.
    #[test]
    fn test_rows_change_no_id(at in 40..50usize, user in 0..9u64, ad in 0..500u64, pid in 0..9u64, click in 0..2u64) {
        let mut rows = rows();
        let before = prepare(&log(), &files_of(&rows), OnError::Fail).unwrap();
        rows[at] = [user, rows[at][1], ad, pid, click];
        let after = prepare(&log(), &files_of(&rows), OnError::Fail).unwrap();
        prop_assert_eq!(after.schema, before.schema);
        prop_assert_eq!((after.rows.train, after.rows.val), (before.rows.train, before.rows.val));
    }
}
