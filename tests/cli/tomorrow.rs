//! Rows of a later day: a model is measured on them as they come, and the metrics are computed here from the scores.

use ssim_tests::{arg, log, run, schema};
use std::fs;
use std::path::Path;

const TABS: [&str; 2] = ["home", "shop"];

/// A row of the log; item 11 is new on the later day.
fn row(i: usize, items: usize) -> String {
    let click = u8::from((i * i + i / 3).is_multiple_of(5));
    format!("u{},{},{},{click}", i % 7, i % items, TABS[i % 2])
}

/// Fits a model on the first day, and writes the second day.
fn days(folder: &Path) {
    let text = log::csv("user,item,tab,click", 3000, |i| row(i, 11));
    let schema = log::schema(&log::USER_AND_ITEM, log::BY_CHANCE);
    let data = log::prepared(folder, &text, &schema);
    let out = folder.join("run");
    let fit = ["fit", "--method", "mt", "--data", arg(&data), "--out", arg(&out)];
    run(&[&fit[..], &["--preset", "demo", "--max-steps", "6"]].concat(), 0);
    let day = log::csv("user,item,tab,click", 700, |i| row(i + 1, 12));
    fs::write(folder.join("day.csv"), day).unwrap();
}

/// The logloss, and the AUC by counting pairs, of CTRs with their labels.
fn measured(rows: &[(f64, bool)]) -> (f64, f64) {
    let loss = |(p, click): &(f64, bool)| -(if *click { *p } else { 1.0 - p }).ln();
    let logloss = rows.iter().map(loss).sum::<f64>() / rows.len() as f64;
    let of = |kind: bool| rows.iter().filter(move |(_, click)| *click == kind).map(|(p, _)| *p);
    let won: f64 = of(true)
        .flat_map(|a| {
            of(false).map(move |b| f64::from(u8::from(a > b)) + 0.5 * f64::from(u8::from(a == b)))
        })
        .sum();
    (logloss, won / (of(true).count() * of(false).count()) as f64)
}

#[test]
fn is_measured_by_the_scores_of_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    days(folder.path());
    let [fitted, day, scores] =
        ["run", "day.csv", "scores.csv"].map(|name| folder.path().join(name));
    let evaluate = ["evaluate", "--run", arg(&fitted), "--input", arg(&day)];
    let printed = run(&[&evaluate[..], &["--json"]].concat(), 0);
    let found = printed.json();
    assert!(printed.err.contains("700 rows scored") && printed.err.contains("unseen values: item"));
    let score = ["score", "--model", arg(&fitted), "--input", arg(&day), "--output", arg(&scores)];
    run(&score, 0);
    let lines = fs::read_to_string(&scores).unwrap();
    let days = fs::read_to_string(&day).unwrap();
    let mut rows: Vec<(String, (f64, bool))> = Vec::new();
    for (scored, line) in lines.lines().zip(days.lines()).skip(1) {
        let cells: Vec<_> = scored.split(',').collect();
        rows.push((cells[1].to_owned(), (cells[2].parse().unwrap(), line.ends_with(",1"))));
    }
    assert_eq!(rows.len(), 700);
    let check = |found: &serde_json::Value, rows: Vec<(f64, bool)>| {
        let (logloss, auc) = measured(&rows);
        assert_eq!(found["instances"], rows.len());
        for (name, expected) in [("logloss", logloss), ("auc", auc)] {
            let got = found[name].as_f64().unwrap();
            assert!((got - expected).abs() < 1e-5, "{name}: expected {expected}, got {got}");
        }
    };
    check(&found["input"], rows.iter().map(|(_, row)| *row).collect());
    let by_user = ["evaluate", "--run", arg(&fitted), "--input", arg(&day), "--gauc", "user"];
    let by_value = run(&[&by_user[..], &["--json"]].concat(), 0).json();
    let (mut sum, mut weight) = (0.0, 0.0);
    for user in (0..7).map(|n| format!("u{n},")) {
        let lines = days.lines().skip(1).zip(&rows).filter(|(line, _)| line.starts_with(&user));
        let own: Vec<(f64, bool)> = lines.map(|(_, (_, row))| *row).collect();
        sum += measured(&own).1 * own.len() as f64;
        weight += own.len() as f64;
    }
    assert_eq!((&by_value["by_value"]["field"], weight), (&"user".into(), 700.0));
    let gauc = by_value["by_value"]["gauc"].as_f64().unwrap();
    assert!((gauc - sum / weight).abs() < 1e-5, "expected {}, got {gauc}", sum / weight);
    assert!(run(&by_user, 0).out.contains("GAUC by user: "));
    let misspelt = run(&[&by_user[..6], &["usr"]].concat(), 2).err;
    assert!(misspelt.contains("got \"usr\"; did you mean \"user\"?"), "{misspelt}");
    for (k, tab) in TABS.iter().enumerate() {
        let of_tab = &found["input"]["scenarios"][k];
        assert_eq!(of_tab["scenario"], *tab);
        check(of_tab, rows.iter().filter(|(name, _)| name == tab).map(|(_, row)| *row).collect());
    }
    let item = found["unseen"].as_array().unwrap().iter().find(|u| u["field"] == "item").unwrap();
    let new = (1..701).filter(|i| i % 12 == 11).count() as f64 / 700.0;
    assert!((item["share"].as_f64().unwrap() - new).abs() < 1e-12);
}

#[test]
fn is_prepared_like_the_day_before() {
    let folder = tempfile::tempdir().unwrap();
    days(folder.path());
    let at = |name: &str| folder.path().join(name);
    let (day, fitted, first) = (at("day.csv"), at("run"), at("data"));
    let prepare = |like: &Path, out: &str, more: &[&str], code| {
        let args = ["prepare", "table", "--raw", arg(&day), "--like", arg(like), "--json"];
        run(&[&args[..], &["--out", arg(&at(out))], more].concat(), code)
    };
    let rows = prepare(&first, "second", &[], 0).json()["rows"].clone();
    let count: u64 = ["train", "val", "test"].iter().map(|s| rows[s].as_u64().unwrap()).sum();
    assert_eq!(count, 700);
    // A run folder says the same, and all ids mean what they meant.
    prepare(&fitted, "again", &[], 0);
    for file in ["schema.json", "vocabulary.parquet", "train/part-0.parquet"] {
        let read = |data: &str| fs::read(at(data).join(file)).unwrap();
        assert!(read("second") == read("again"), "{file}");
    }
    assert_eq!(schema(&at("second")), schema(&first));

    // A model takes the rows, and measures what it measures on them as raw rows.
    let second = at("second");
    let evaluate = ["evaluate", "--run", arg(&fitted), "--data", arg(&second), "--json"];
    assert!(run(&evaluate, 4).error().contains("expected the data of"));
    let split = |name| {
        run(&[&evaluate[..], &["--other-rows", "--split", name]].concat(), 0).json()[name].clone()
    };
    let raw = ["evaluate", "--run", arg(&fitted), "--input", arg(&day), "--json"];
    let raw = run(&raw, 0).json()["input"].clone();
    let clicks =
        |of: &serde_json::Value| of["ctr"].as_f64().unwrap() * of["instances"].as_f64().unwrap();
    assert!(clicks(&split("test")) + clicks(&split("val")) < clicks(&raw));
    let other = at("other");
    let fit = ["fit", "--method", "mt", "--data", arg(&second), "--out", arg(&other)];
    run(&[&fit[..], &["--preset", "demo", "--max-steps", "2"]].concat(), 0);

    // All rows may be in one split, and rows of another scenario are refused or left out.
    let text = fs::read_to_string(&day).unwrap();
    fs::write(&day, text.replacen(",home,", ",street,", 1)).unwrap();
    let told = prepare(&first, "third", &[], 4);
    assert!(
        told.error().contains("a scenario of the earlier rows, got \"street\""),
        "{}",
        told.err
    );
    let found = prepare(&first, "third", &["--on-error", "skip"], 0).json();
    assert_eq!(found["rejected"], 1);
    let both = ["--schema", "schema.toml"];
    assert!(prepare(&first, "fourth", &both, 2).err.contains("cannot be used with"));
    assert!(prepare(&at("nowhere"), "fourth", &[], 4).error().contains("expected a data folder"));
}

#[test]
fn is_refused_where_it_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    days(folder.path());
    let [fitted, day] = ["run", "day.csv"].map(|name| folder.path().join(name));
    let evaluate = ["evaluate", "--run", arg(&fitted), "--input", arg(&day)];
    let with = |more: &[&str], code| run(&[&evaluate[..], more].concat(), code);
    assert!(with(&["--label", "clicked"], 4).error().contains("\"clicked\""));
    assert!(with(&["--label", "item"], 4).error().contains("day.csv:3:2"));
    let text = fs::read_to_string(&day).unwrap();
    fs::write(&day, text.replacen(",home,", ",street,", 1)).unwrap();
    let told = with(&[], 4);
    assert!(
        told.error().contains("expected a scenario of the model, got \"street\""),
        "{}",
        told.err
    );
    assert!(with(&["--on-error", "skip"], 0).err.contains("699 rows scored, 1 left out"));
    fs::write(&day, "user,item,tab,click\n").unwrap();
    assert!(with(&[], 4).error().contains("expected at least one row, got none"));
    assert!(run(&["evaluate", "--run", arg(&fitted)], 2).err.contains("--data"));
    let both = ["evaluate", "--run", arg(&fitted), "--data", "data", "--input", arg(&day)];
    assert!(run(&both, 2).err.contains("cannot be used with"));
}

#[test]
fn a_new_scenario_has_the_mean_of_all_towers() {
    let folder = tempfile::tempdir().unwrap();
    days(folder.path());
    let [fitted, day] = ["run", "new.csv"].map(|name| folder.path().join(name));
    let tabs = ["home", "cart", "shop"];
    let rows = log::csv("user,item,tab", 90, |i| format!("u{},{},{}", i / 3, i / 3, tabs[i % 3]));
    fs::write(&day, rows).unwrap();
    let score = ["score", "--run", arg(&fitted), "--input", arg(&day), "--out", "-"];
    let error = run(&score, 4).err;
    assert!(error.contains(":3:3: field \"tab\": expected a scenario of the model"), "{error}");
    let scored = run(&[&score[..], &["--unknown-scenario", "mean"]].concat(), 0);
    assert!(scored.err.contains("30 of them are of unknown scenarios"), "{}", scored.err);
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = scored.out.lines().skip(1).map(cells).collect();
    assert_eq!(rows.len(), 90);
    for three in rows.chunks(3) {
        let [home, cart, shop] = [0, 1, 2].map(|n| three[n][2].parse::<f64>().unwrap());
        assert_eq!([&three[0][1], &three[1][1], &three[2][1]], ["home", "", "shop"]);
        assert!((cart - (home + shop) / 2.0).abs() < 1e-7, "{home} {cart} {shop}");
    }
    // With known scenarios only, nothing changes.
    let skipped = run(&[&score[..], &["--on-error", "skip"]].concat(), 0);
    let known = rows.iter().filter(|row| !row[1].is_empty()).map(|row| row.join(","));
    assert!(skipped.out.lines().skip(1).map(str::to_owned).eq(known));
}
