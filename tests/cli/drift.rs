//! Later rows are compared with those that a model was fitted on: every number is computed here from the texts of both logs.

use serde_json::Value;
use ssim_tests::{arg, log, run};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const TABS: [&str; 2] = ["home", "shop"];
const HEADER: &str = "user,item,tab,click,part";

/// A row of the first day. Item 12 is too rare to have an id.
fn first(i: usize) -> String {
    let (user, item) = (i * i % 9, if i % 400 == 7 { 12 } else { i % 11 });
    let click = u8::from((i * i + i / 3 + item).is_multiple_of(4));
    let part = ["train", "train", "train", "val", "test"][i / 7 % 5];
    format!("u{user},{item},{},{click},{part}", TABS[usize::from(i.is_multiple_of(3))])
}

/// A row of the second day: other users come often, item 12 does, too, and shop has more clicks.
fn second(i: usize) -> String {
    let (user, item) = (i % 4, if i % 5 == 2 { 12 } else { i % 11 });
    let shop = i % 2;
    let click = u8::from((i + i / 7).is_multiple_of(if shop > 0 { 3 } else { 5 }));
    format!("u{user},{item},{},{click},test", TABS[shop])
}

/// Fits a model on the first day, and writes the second day.
fn days(folder: &Path) {
    let text = log::csv(HEADER, 4000, first);
    let schema = log::schema(&[("user", ""), ("item", "min_count = 20")], log::BY_PART);
    let data = log::prepared(folder, &text, &schema);
    let out = folder.join("run");
    let fit = ["fit", "--method", "mt", "--data", arg(&data), "--out", arg(&out)];
    run(&[&fit[..], &["--preset", "demo", "--max-steps", "12"]].concat(), 0);
    fs::write(folder.join("day.csv"), log::csv(HEADER, 900, second)).unwrap();
    let val = text.lines().filter(|line| line.ends_with(",val") || *line == HEADER);
    fs::write(folder.join("val.csv"), val.map(|line| format!("{line}\n")).collect::<String>())
        .unwrap();
}

/// The cells of the rows of a log that are in one of these parts.
fn cells<'a>(text: &'a str, parts: &'a [&str]) -> impl Iterator<Item = Vec<&'a str>> {
    let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    rows.filter(move |cells| parts.contains(&cells[4]))
}

/// The population stability index, of groups whose rows are counted here.
fn psi(before: &BTreeMap<String, f64>, now: &BTreeMap<String, f64>) -> f64 {
    let mut groups: Vec<&String> = before.keys().chain(now.keys()).collect();
    groups.sort_unstable();
    groups.dedup();
    let all = |of: &BTreeMap<String, f64>| of.values().sum::<f64>() + groups.len() as f64 / 2.0;
    let share = |of: &BTreeMap<String, f64>, group: &str| {
        (of.get(group).copied().unwrap_or(0.0) + 0.5) / all(of)
    };
    let of = |group: &&String| {
        let (p, q) = (share(before, group), share(now, group));
        (q - p) * (q / p).ln()
    };
    groups.iter().map(of).sum()
}

fn counts(groups: impl Iterator<Item = String>) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    groups.for_each(|group| *counts.entry(group).or_insert(0.0) += 1.0);
    counts
}

fn near(found: &Value, expected: f64, tolerance: f64, what: &str) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{what}: expected {expected}, got none"));
    assert!((found - expected).abs() < tolerance, "{what}: expected {expected}, got {found}");
}

/// Scenario and CTR of every row of a file.
fn scored(fitted: &Path, input: &Path) -> Vec<(String, f32)> {
    let score = ["score", "--run", arg(fitted), "--input", arg(input), "--out", "-"];
    let printed = run(&score, 0).out;
    let cells = |line: &str| {
        let cells: Vec<_> = line.split(',').collect();
        (cells[1].to_owned(), cells[2].parse().unwrap())
    };
    printed.lines().skip(1).map(cells).collect()
}

/// The change of the predicted CTRs of a scenario, in tenths of the validation rows'.
fn predicted(val: &[(String, f32)], now: &[(String, f32)], tab: &str) -> [f64; 3] {
    let own = |rows: &[(String, f32)]| -> Vec<f32> {
        rows.iter().filter(|(name, _)| name == tab).map(|(_, ctr)| *ctr).collect()
    };
    let (mut val, now) = (own(val), own(now));
    val.sort_by(f32::total_cmp);
    let n = val.len();
    let mut ends: Vec<f32> = (1..10).map(|g| val[(n * g).div_ceil(10) - 1]).collect();
    ends.dedup();
    ends.retain(|end| *end < val[n - 1]);
    let group = |ctr: &f32| ends.iter().filter(|end| *end < ctr).count().to_string();
    let mean = |of: &[f32]| of.iter().copied().map(f64::from).sum::<f64>() / of.len() as f64;
    [psi(&counts(val.iter().map(group)), &counts(now.iter().map(group))), mean(&val), mean(&now)]
}

#[test]
fn is_what_the_logs_say() {
    let folder = tempfile::tempdir().unwrap();
    days(folder.path());
    let at = |name: &str| folder.path().join(name);
    let [fitted, day] = ["run", "day.csv"].map(at);
    let evaluate = ["evaluate", "--run", arg(&fitted), "--input", arg(&day)];
    let found = run(&[&evaluate[..], &["--json"]].concat(), 0).json()["drift"].clone();
    let texts = ["log.csv", "day.csv"].map(|name| fs::read_to_string(at(name)).unwrap());
    let before: Vec<_> = cells(&texts[0], &["train"]).collect();
    let now: Vec<_> = cells(&texts[1], &["test"]).collect();
    assert_eq!(found["rows"], serde_json::json!([before.len(), now.len()]));
    for (f, name) in ["user", "item"].into_iter().enumerate() {
        let known: Vec<&str> = before.iter().map(|cells| cells[f]).filter(|v| *v != "12").collect();
        let value = |cells: &Vec<&str>| match cells[f] {
            value if known.contains(&value) => value.to_owned(),
            _ => "unseen".to_owned(),
        };
        let [then, later] = [&before, &now].map(|rows| counts(rows.iter().map(value)));
        let field = &found["fields"][f];
        assert_eq!(field["field"], name);
        near(&field["values"]["psi"], psi(&then, &later), 1e-12, name);
        let new = later.keys().filter(|value| !then.contains_key(*value));
        let groups = (then.len() + new.count()) as f64;
        let chance = (groups - 1.0) * (1.0 / before.len() as f64 + 1.0 / now.len() as f64);
        near(&field["values"]["by_chance"], chance, 1e-12, name);
        for (side, of) in [("before", &then), ("now", &later)] {
            let unseen = of.get("unseen").copied().unwrap_or(0.0) / of.values().sum::<f64>();
            near(&field["unseen"][side], unseen, 1e-12, name);
        }
    }
    let [val, day_ctr] = ["val.csv", "day.csv"].map(|name| scored(&fitted, &at(name)));
    for (k, tab) in TABS.into_iter().enumerate() {
        let scenario = &found["scenarios"][k];
        assert_eq!(scenario["scenario"], tab);
        for (side, rows) in [("before", &before), ("now", &now)] {
            let own: Vec<_> = rows.iter().filter(|cells| cells[2] == tab).collect();
            let clicks = own.iter().filter(|cells| cells[3] == "1").count() as f64;
            near(&scenario["rows"][side], own.len() as f64 / rows.len() as f64, 1e-12, tab);
            near(&scenario["ctr"][side], clicks / own.len() as f64, 1e-12, tab);
        }
        let [psi, mean, later] = predicted(&val, &day_ctr, tab);
        near(&scenario["predicted"]["before"], mean, 1e-6, tab);
        near(&scenario["predicted"]["now"], later, 1e-6, tab);
        // Two logits may have one CTR in 32 bits, and then the row at the end of a tenth is in another one.
        near(&scenario["predictions"]["psi"], psi, 5e-3, tab);
    }
}

#[test]
fn is_told_by_every_command_that_reads_later_rows() {
    let folder = tempfile::tempdir().unwrap();
    days(folder.path());
    let at = |name: &str| folder.path().join(name);
    let [fitted, day, artifact] = ["run", "day.csv", "run.ssim"].map(at);
    run(&["export", "--run", arg(&fitted), "--out", arg(&artifact), "--single"], 0);
    let evaluate = ["evaluate", "--run", arg(&fitted), "--input", arg(&day)];
    let mut expected = run(&[&evaluate[..], &["--json"]].concat(), 0).json()["drift"].clone();
    let text = run(&evaluate, 0).out;
    let shown = text.lines().collect::<Vec<_>>();
    assert!(shown.iter().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.contains("Drift from the") && text.contains("unseen before"), "{text}");

    // Rows that are scored have no labels.
    let score = |model: &Path, more: &[&str], code| {
        let score = ["score", "--run", arg(model), "--input", arg(&day), "--out"];
        run(&[&score[..], &[arg(&at("scores.csv"))], more].concat(), code)
    };
    let drift = at("drift.json");
    let json = || -> Value { serde_json::from_slice(&fs::read(&drift).unwrap()).unwrap() };
    let told = score(&fitted, &["--drift", arg(&drift)], 0);
    assert!(!told.err.contains("differ much"), "{}", told.err);
    for scenario in expected["scenarios"].as_array_mut().unwrap() {
        scenario["ctr"]["now"] = Value::Null;
    }
    assert_eq!(json()["drift"], expected);
    fs::remove_file(&drift).unwrap();
    score(&artifact, &["--drift", arg(&drift)], 0);
    assert_eq!(json()["drift"], expected);
    let warned = score(&fitted, &[], 0).err;
    assert!(warned.contains("differ much"), "{warned}");
    assert!(warned.contains("\"user\" (PSI"), "{warned}");
    let tables = at("drift.txt");
    score(&fitted, &["--drift", arg(&tables)], 0);
    let tables = fs::read_to_string(tables).unwrap();
    // A column without a number is left out.
    assert!(tables.contains("predicted before") && !tables.contains("CTR before"), "{tables}");
    assert!(text.contains("CTR before"));

    // Rows that are prepared are not predicted.
    let prepare = |like: &str, out: &str, more: &[&str]| {
        let like = at(like);
        let table = ["prepare", "table", "--input", arg(&day), "--like", arg(&like)];
        run(&[&table[..], &["--out", arg(&at(out))], more].concat(), 0)
    };
    let of_run = prepare("run", "second", &["--json"]).json()["drift"].clone();
    let of_data = prepare("data", "third", &["--json"]).json()["drift"].clone();
    assert_eq!(of_run["fields"], expected["fields"]);
    assert_eq!(of_data["fields"], expected["fields"]);
    for (k, tab) in TABS.iter().enumerate() {
        let [of_run, of_data] = [&of_run, &of_data].map(|of| &of["scenarios"][k]);
        assert_eq!((&of_run["ctr"], &of_run["rows"]), (&of_data["ctr"], &of_data["rows"]), "{tab}");
        assert!(of_run["ctr"]["now"].is_number() && of_run["predictions"].is_null());
        assert!(of_run["predicted"]["now"].is_null() && of_data["predicted"]["before"].is_null());
    }
    assert!(prepare("run", "fourth", &[]).out.contains("Drift from the"));
    let like = at("run");
    let dry = ["prepare", "table", "--input", arg(&day), "--like", arg(&like), "--dry-run"];
    assert!(run(&[&dry[..], &["--json"]].concat(), 0).json()["drift"].is_null());
    // New values with ids of their own were unseen ones before.
    let grown = prepare("run", "grown", &["--grow", "--json"]).json()["drift"].clone();
    assert_eq!(grown["fields"], expected["fields"]);
}

#[test]
fn is_not_told_of_a_model_without_counts() {
    let folder = tempfile::tempdir().unwrap();
    days(folder.path());
    let at = |name: &str| folder.path().join(name);
    let [fitted, day] = ["run", "day.csv"].map(at);
    let counts = fitted.join("baseline.json");
    assert!(fs::metadata(&counts).unwrap().len() < 20_000);
    let evaluate = ["evaluate", "--run", arg(&fitted), "--input", arg(&day)];
    // Counts of another model are refused, and a damaged file is.
    let whole = fs::read_to_string(&counts).unwrap();
    fs::write(&counts, whole.replacen("\"user\"", "\"uses\"", 1)).unwrap();
    run(&evaluate, 4).error();
    fs::remove_file(&counts).unwrap();
    let told = run(&evaluate, 0).out;
    assert!(told.contains("nothing can be said of drift"), "{told}");
    assert!(run(&[&evaluate[..], &["--json"]].concat(), 0).json()["drift"].is_null());
    let score = ["score", "--run", arg(&fitted), "--input", arg(&day), "--out", "-"];
    assert!(!run(&score, 0).err.contains("differ much"));
    let drift = at("drift.json");
    let error = run(&[&score[..], &["--drift", arg(&drift)]].concat(), 4);
    assert!(error.error().contains("nothing can be said of drift") && !drift.exists());
    let like = ["prepare", "table", "--input", arg(&day), "--like", arg(&fitted)];
    let out = at("second");
    let told = run(&[&like[..], &["--out", arg(&out)]].concat(), 0).out;
    assert!(told.contains("nothing can be said of drift"), "{told}");
}
