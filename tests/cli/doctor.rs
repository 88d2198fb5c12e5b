//! `ssim doctor` finds what is wrong with data, and warns of nothing else. It measures which scenarios gain
//! from sharing.

use ssim_tests::{SMALL, arg, log, run, synthetic};
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
    for (warning, split) in scenario.iter().zip(["val", "test"]) {
        let told =
            format!("1 scenario with no clicks, so no AUC, in {split} (clicks of rows): rare (");
        assert!(warning.starts_with(&told), "{scenario:?}");
    }
    let rare = &found["scenario_counts"][2];
    assert_eq!((&rare["scenario"], &rare["clicks"]["test"]), (&"rare".into(), &0.into()));
    assert_eq!(rare["rows"]["val"], found["scenarios"][2]["val"]);

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

#[test]
fn a_gpu_is_planned_with() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let doctor = |more: &[&str], code: i32| {
        let small = ["--set", "model.mlp=[8]", "--set", "selector.mlp=[8]"];
        run(&[&["doctor", arg(&data)], &small[..], more].concat(), code)
    };
    let found = doctor(&["--device", "h100", "--json"], 0).json();
    let gpu = &found["gpu"];
    assert_eq!(gpu["available"], 80_000_000_000u64);
    assert!(gpu["memory"].as_u64().unwrap() > 100_000, "{gpu}");
    let phases: Vec<&str> =
        gpu["phases"].as_array().unwrap().iter().map(|p| p["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["search", "retrain", "evaluate"]);
    let text = doctor(&["--device", "l4"], 0).out;
    assert!(text.contains("memory on l4: about "), "{text}");
    // A thousand million weights in each of four towers: nothing is trained, since no machine here has the memory.
    let large = ["--set", "model.mlp=[65536,16000]", "--device", "l4"];
    let text = doctor(&large, 0).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("warning: training needs about "), "{text}");
    assert!(text.contains(" on l4 (") && text.contains("and there are 22.35 GiB; "), "{text}");
    let other = doctor(&["--device", "l4", "--backbone", "dcn"], 0).out;
    assert!(other.contains("warning: steps stay on a GPU with the backbone dnn alone"), "{other}");
    let error = doctor(&["--device", "b9000"], 2).err;
    assert!(error.contains("expected cuda, cuda:N, a100, h100, h200, l4, got"), "{error}");
    assert!(doctor(&["--device", "cuda"], 2).err.contains("built without CUDA"));
}

/// Columns of a line in a terminal, for the letters of these tests.
fn width(line: &str) -> usize {
    line.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum()
}

/// Prepares a log of 12,000 rows of four scenarios: most are of `home`, a few of a scenario with a long name
/// whose users click in the same way, many of `odd`, whose users do the opposite, and some of `quiet`, who
/// click in train alone. No field says the scenario.
fn scenarios(folder: &Path, new_in_test: &str) -> PathBuf {
    let header = "user,item,part,tab,click";
    let mut state = 11u64;
    let mut random = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % n
    };
    let long = "首页推荐频道".repeat(6);
    let text = log::csv(header, 12_000, |_| {
        let (user, item) = (random(20), random(20));
        let part = ["train", "train", "train", "val", "test"][random(5) as usize];
        let tab = match random(100) {
            0..60 => "home",
            60..65 => &long,
            65..97 => "odd",
            _ => "quiet",
        };
        let likes = (item < 10) != (tab == "odd");
        let click = random(100) < if likes { 70 } else { 10 };
        let click = u8::from(click && (tab != "quiet" || part == "train"));
        format!("{user},{item},{part},{tab},{click}")
    });
    let schema = log::schema(&log::USER_AND_ITEM, log::BY_PART);
    match new_in_test {
        "" => log::prepared(folder, &text, &schema),
        row => log::write(folder, &format!("{text}{row}\n"), &schema)[0].clone(),
    }
}

#[test]
fn sharing_is_measured_by_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let data = scenarios(folder.path(), "");
    let doctor = ["doctor", arg(&data), "--likeness"];
    let doctor = |more: &[&str]| run(&[&doctor[..], more].concat(), 0);
    let found = doctor(&["--json"]).json();
    let likeness = &found["likeness"];
    let gain = |name: &str| {
        let mut gains = likeness["scenarios"].as_array().unwrap().iter();
        gains.find(|g| g["scenario"].as_str().unwrap().starts_with(name)).unwrap()
    };
    let number = |of: &serde_json::Value, key: &str| of[key].as_f64().unwrap();
    let odd = gain("odd");
    assert_eq!(odd["sharing"], "hurts");
    assert!(number(odd, "gain") < -0.2 && number(odd, "p_corrected") < 0.01, "{odd}");
    let (low, high) = (odd["interval"][0].as_f64().unwrap(), odd["interval"][1].as_f64().unwrap());
    assert!(low < number(odd, "gain") && number(odd, "gain") < high && high < 0.0, "{odd}");
    assert!((number(odd, "auc") - number(odd, "auc_own") - number(odd, "gain")).abs() < 1e-12);
    // Nobody can tell of a scenario without clicks in val.
    let quiet = gain("quiet");
    assert!(quiet["sharing"].is_null() && quiet.get("gain").is_none(), "{quiet}");
    let transfer = |scenario: &str, tower: &str| {
        let mut pairs = likeness["transfer"].as_array().unwrap().iter();
        let of = |t: &&serde_json::Value| {
            let is = |key: &str, name: &str| t[key].as_str().unwrap().starts_with(name);
            is("scenario", scenario) && is("tower", tower)
        };
        pairs.find(of).unwrap()
    };
    assert_eq!(likeness["transfer"].as_array().unwrap().len(), 16);
    assert!(number(transfer("home", "odd"), "gain") < -0.3);
    assert!(number(transfer("odd", "home"), "gain") < -0.3);
    assert!(number(transfer("首", "home"), "gain") > -0.05);
    assert!(transfer("odd", "odd").get("gain").is_none());

    let text = doctor(&[]).out;
    assert!(text.lines().all(|line| width(line) <= 80), "{text}");
    assert!(
        text.lines().any(|line| line.starts_with("  odd ") && line.ends_with("  hurts")),
        "{text}"
    );
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let hurt = words.split(" and hurts ").nth(1).and_then(|rest| rest.split(')').next());
    assert!(hurt.is_some_and(|names| names.contains("odd")), "{words}");
    for told in ["without 1 with too few rows", "No field says the scenario", "3 seeds each"] {
        assert!(words.contains(told), "{told}: {words}");
    }
    assert_eq!(doctor(&["--json"]).json()["likeness"], *likeness, "the same seed");
    let cut = doctor(&["--json", "--fit-rows", "100"]).json();
    assert_eq!((&likeness["is_cut"], &cut["likeness"]["is_cut"]), (&false.into(), &true.into()));
    assert_ne!(doctor(&["--json", "--seed", "2"]).json()["likeness"], *likeness);
    let alone = run(&["doctor", arg(&data), "--seed", "2"], 2);
    assert!(alone.err.contains("--likeness"), "{}", alone.err);
    assert!(run(&["doctor", arg(&data), "--json"], 0).json().get("likeness").is_none());
}

#[test]
fn a_scenario_that_is_new_in_test_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let log = scenarios(folder.path(), "1,1,test,new,0\n2,2,test,new,1\n1,1,val,home,3");
    let schema = log.with_file_name("schema.toml");
    let args = ["doctor", "--raw", arg(&log), "--schema", arg(&schema), "--json"];
    let warnings = run(&args, 0).json()["warnings"].to_string();
    for told in [
        r#"2 rows are left out: field \"tab\": expected a scenario that train has, got \"new\""#,
        r#"1 row is left out: field \"click\": expected 0 or 1, got \"3\""#,
    ] {
        assert!(warnings.contains(told), "{told}: {warnings}");
    }
}

#[test]
fn a_run_without_selector_or_of_other_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let (st, other) = (folder.path().join("st"), folder.path().join("other"));
    run(
        &[&["fit", "--data", arg(&data), "--method", "st", "--out", arg(&st)], &SMALL[..]].concat(),
        0,
    );
    let refused = run(&["doctor", arg(&data), "--run", arg(&st)], 4);
    assert!(refused.error().contains("without selector"), "{}", refused.err);
    run(&["prepare", "synthetic", "--rows", "6000", "--out", arg(&other)], 0);
    let refused = run(&["doctor", arg(&other), "--run", arg(&st)], 4);
    assert!(refused.error().contains("expected the data of"), "{}", refused.err);
}
