//! `ssim doctor`: what is wrong with data is found, and nothing else.

use ssim_tests::{arg, run};
use std::fs;
use std::path::Path;

const SCHEMA: &str = "\
label = \"click\"
scenario = \"tab\"
[[field]]
name = \"user\"
[[field]]
name = \"told\"
[[field]]
name = \"refund\"
[[field]]
name = \"country\"
[[field]]
name = \"line\"
[[field]]
name = \"session\"
[[field]]
name = \"clock\"
kind = \"numeric\"
buckets = \"quantile:20\"
[split]
column = { name = \"part\", train = \"train\", val = \"val\", test = \"test\" }
";

/// 8000 rows: `told` is the label for nine rows in ten, a `refund` follows a click now and then, `line` and
/// `clock` count the rows, and three rows in ten are of a few `session`s of one label each.
fn write(folder: &Path) {
    let mut text = String::from("user,told,refund,country,line,session,clock,tab,part,click\n");
    let mut state = 7u64;
    let mut random = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % n
    };
    for i in 0..8000u64 {
        let (user, part) =
            (random(50), ["train", "train", "train", "val", "test"][random(5) as usize]);
        let tab = ["home", "cart", "rare"][[0, 0, 0, 1, 1, 1, 1, 1, 1, 2][random(10) as usize]];
        let click = (tab != "rare" || part == "train") && random(100) < 5 + user / 2;
        let told = if random(10) > 0 { u64::from(click) } else { random(2) };
        let refund = if click && random(4) == 0 { "yes" } else { "no" };
        let session = match random(10) {
            0..3 => 2 * random(30) + u64::from(click),
            _ => 10_000 + i,
        };
        let click = u8::from(click);
        text +=
            &format!("{user},{told},{refund},nl,{i},{session},{},{tab},{part},{click}\n", 3 * i);
    }
    fs::write(folder.join("log.csv"), text).unwrap();
    fs::write(folder.join("schema.toml"), SCHEMA).unwrap();
}

#[test]
fn leaks_are_found_in_a_raw_log_and_in_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at);
    let (log, schema, data) = (at.join("log.csv"), at.join("schema.toml"), at.join("data"));
    let raw = ["--raw", arg(&log), "--schema", arg(&schema)];
    let small = ["--set", "model.mlp=[8]", "--set", "selector.mlp=[8]", "--set", "train.batch=512"];
    let found = run(&[&["doctor", "--json"], &raw[..], &small].concat(), 0).json();
    run(&[&["prepare", "table", "--out", arg(&data)], &raw[..]].concat(), 0);
    let again = run(&[&["doctor", "--json", arg(&data)], &small[..]].concat(), 0).json();
    for same in ["fields_alone", "warnings", "rows", "scenarios", "memory", "features"] {
        assert_eq!(found[same], again[same], "{same}");
        assert!(!found[same].is_null(), "{same}");
    }
    assert!(found["preparation"]["seconds"].as_f64().unwrap() > 0.0);
    assert!(again["preparation"].is_null());
    for time in ["search_epoch_s", "retrain_epoch_s"] {
        assert!(again[time].as_f64().unwrap() > 0.0, "{time}");
    }

    let about = |field: &str| {
        let fields = found["fields_alone"].as_array().unwrap();
        let field = fields.iter().find(|f| f["field"] == field).unwrap();
        field["warning"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(about("user"), "");
    assert!(
        about("told").contains("alone ranks validation clicks with AUC 0.9"),
        "{}",
        about("told")
    );
    assert!(
        about("refund").contains("with the value \"yes\" is a click in"),
        "{}",
        about("refund")
    );
    assert_eq!(
        about("country"),
        "field \"country\" has one value in 100.0 % of train rows: it says next to nothing"
    );
    assert!(about("line").contains("own in 100.0 % of train rows"), "{}", about("line"));
    // Among all rows, most of which have a session of their own, that does not show.
    assert!(about("session").contains("AUC 1.000"), "{}", about("session"));
    assert!(about("clock").contains("never falls along the log"), "{}", about("clock"));
    let warnings = found["warnings"].as_array().unwrap();
    let scenario: Vec<&str> = warnings[6..].iter().filter_map(|w| w.as_str()).collect();
    assert_eq!(scenario.len(), 2, "{scenario:?}");
    assert!(scenario[0].starts_with("scenario rare has no clicks in val ("), "{scenario:?}");
    assert!(scenario[1].starts_with("scenario rare has no clicks in test ("), "{scenario:?}");

    let text = run(&[&["doctor"], &raw[..], &small].concat(), 0).out;
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for word in ["scenario rare", "if known", "preparation", "search, an epoch", "warning: field"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn a_published_log_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let rating = |i: usize| format!("{}\t{}\t{}\t881250949\n", i % 3, i % 2, 1 + i / 3 % 5);
    fs::write(at.join("u.data"), (0..60).map(rating).collect::<String>()).unwrap();
    fs::write(at.join("u.user"), "0|24|M|writer|85711\n1|33|F|other|94043\n2|53|F|other|0\n")
        .unwrap();
    let film = |i: usize| format!("{i}|Film|01-Jan-1995||http://x|0|1{}\n", "|0".repeat(17));
    fs::write(at.join("u.item"), film(0) + &film(1)).unwrap();
    let small = ["--set", "model.mlp=[8]", "--set", "selector.mlp=[8]", "--json"];
    let log = ["doctor", "--raw", arg(at), "--log", "movielens"];
    let found = run(&[&log[..], &small].concat(), 0).json();
    assert_eq!(found["dataset"], "movielens");
    assert_eq!(found["rows"]["train"], 48);
    let neither = run(&["doctor", "--raw", arg(at)], 2);
    assert!(neither.err.contains("--schema"), "{}", neither.err);
}
