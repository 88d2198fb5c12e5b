//! `ssim doctor` finds what is wrong with data, and warns of nothing else.

use ssim_tests::{arg, log, run};
use std::path::{Path, PathBuf};

const FIELDS: [(&str, &str); 7] = [
    ("user", ""),
    ("told", ""),
    ("refund", ""),
    ("country", ""),
    ("line", ""),
    ("session", ""),
    ("clock", "kind = \"numeric\"\nbuckets = \"quantile:20\""),
];

/// Writes a log of 8000 rows, most of whose fields leak the label: `told` is the label in nine rows
/// of ten, a `refund` sometimes follows a click, `line` and `clock` count the rows, and three rows
/// in ten belong to a `session` whose rows all have the same label.
fn write(folder: &Path) -> [PathBuf; 2] {
    let header = "user,told,refund,country,line,session,clock,tab,part,click";
    let mut state = 7u64;
    let mut random = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % n
    };
    let text = log::csv(header, 8000, |i| {
        let user = random(50);
        let part = ["train", "train", "train", "val", "test"][random(5) as usize];
        let tab = ["home", "cart", "rare"][[0, 0, 0, 1, 1, 1, 1, 1, 1, 2][random(10) as usize]];
        let click = (tab != "rare" || part == "train") && random(100) < 5 + user / 2;
        let told = if random(10) > 0 { u64::from(click) } else { random(2) };
        let refund = if click && random(4) == 0 { "yes" } else { "no" };
        let session = match random(10) {
            0..3 => 2 * random(30) + u64::from(click),
            _ => 10_000 + i as u64,
        };
        let click = u8::from(click);
        format!("{user},{told},{refund},nl,{i},{session},{},{tab},{part},{click}", 3 * i)
    });
    log::write(folder, &text, &log::schema(&FIELDS, log::BY_PART))
}

#[test]
fn leaks_are_found_in_a_raw_log_and_in_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let [log, schema] = write(at);
    let data = at.join("data");
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
    // Most rows have a session of their own, so the leak shows only among the other rows.
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
    log::movielens(at);
    let small = ["--set", "model.mlp=[8]", "--set", "selector.mlp=[8]", "--json"];
    let doctor = ["doctor", "--raw", arg(at), "--log", "movielens"];
    let found = run(&[&doctor[..], &small].concat(), 0).json();
    assert_eq!(found["dataset"], "movielens");
    assert_eq!(found["rows"]["train"], 48);
    let neither = run(&["doctor", "--raw", arg(at)], 2);
    assert!(neither.err.contains("--schema"), "{}", neither.err);
}
