//! `ssim profile` beside counts of `ssim rows`.

use serde_json::Value;
use ssim_tests::run;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/demo.ssim");

fn count(rule: &str) -> usize {
    run(&["rows", DEMO, "--rule", rule, "--json"], 0).json()["rows"].as_array().unwrap().len()
}

#[test]
fn a_profile_counts_what_rows_lists() {
    let told = run(&["profile", DEMO, "--top", "5", "--json"], 0).json();
    let values = told["values"].as_array().unwrap();
    assert_eq!(values.len(), 5);
    assert!(told["found"].as_u64().unwrap() > 5);
    let distance = |value: &Value| value["distance"].as_f64().unwrap().abs();
    assert!(values.is_sorted_by(|a, b| distance(a) >= distance(b)));
    let [n, s] = [|rule: &str| count(rule), |rule: &str| count(&format!("{rule} & shared = 1"))];
    for value in values {
        let (field, text) = (value["field"].as_str().unwrap(), value["value"].as_str().unwrap());
        let rule = format!("\"{field}\" = \"{text}\"");
        assert_eq!(value["rows"], n(&rule), "{rule}");
        assert_eq!(value["shared"], s(&rule), "{rule}");
        // The number that the scenarios alone explain.
        let expected: f64 = (1..=4)
            .map(|k| {
                let of = format!("scenario = {k}");
                let part = s(&of) as f64 / n(&of) as f64;
                n(&format!("{rule} & {of}")) as f64 * part
            })
            .sum();
        assert!((value["expected"].as_f64().unwrap() - expected).abs() < 1e-9, "{rule}");
        let (low, high) = (&value["interval"][0], &value["interval"][1]);
        let lift = value["lift"].as_f64().unwrap();
        assert!(low.as_f64().unwrap() <= lift && lift <= high.as_f64().unwrap(), "{rule}");
    }
}

#[test]
fn a_rule_names_fields() {
    let all = count("all");
    let one = count("user = 3");
    assert!(one > 0 && one < all);
    assert_eq!(count("user in (3)"), one);
    assert_eq!(count("\"user\" = \"3\" + user = 3"), one);
    assert_eq!(count("user != 3"), all - one);
    // The scenario is a column, and a field with other values: the column comes first.
    assert!(count("scenario = 1") > 0);
    let told = run(&["rows", DEMO, "--rule", "tab = 3"], 2).err;
    assert!(
        told.contains("there is no column `tab`") && told.contains("the fields user, "),
        "{told}"
    );
}

#[test]
fn a_profile_says_why_it_has_nothing() {
    let told = run(&["profile", DEMO, "--ratio", "0"], 0).out;
    assert!(told.contains("0 of 6 000 rows are shared"), "{told}");
    assert!(told.contains("No value says more than its scenario does"), "{told}");
    let told = run(&["profile", DEMO, "--field", "tab"], 2).err;
    assert!(told.contains("--field: there is no field \"tab\"; the fields are user, "), "{told}");
}

#[test]
fn a_ledger_is_the_mean_of_the_columns_that_rows_lists() {
    let told = run(&["transfer", DEMO, "--by", "scenario", "--top", "100", "--json"], 0).json();
    let lines = told["lines"].as_array().unwrap();
    assert_eq!((lines.len(), told["found"].as_u64()), (12, Some(12)));
    let clear = |line: &&Value| line["p"].as_f64().unwrap() < 0.05;
    let found = told["better"].as_u64().unwrap() + told["worse"].as_u64().unwrap();
    assert_eq!(lines.iter().filter(clear).count() as u64, found);
    for line in lines {
        let [from, to] = ["rows_of", "tower"].map(|key| line[key].as_str().unwrap());
        // The demo's scenarios are named by their numbers.
        let rule = format!("scenario = {from} & shared = 1");
        let rows = run(&["rows", DEMO, "--by", "scenario", "--rule", &rule, "--json"], 0).json();
        let rows = rows["rows"].as_array().unwrap();
        let change = format!("change.{to}");
        let sum: f64 = rows.iter().map(|row| row[&change].as_f64().unwrap()).sum();
        let mean = sum / rows.len() as f64;
        assert_eq!(line["rows"], rows.len());
        assert!((line["change"].as_f64().unwrap() - mean).abs() < 1e-9, "{from} {to}");
        let ends = [0, 1].map(|end| line["interval"][end].as_f64().unwrap());
        assert!(ends[0] < mean && mean < ends[1]);
    }
    let told = run(&["transfer", DEMO, "--by", "scenario", "--field", "item"], 0).out;
    assert!(told.contains(", item = "), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
}

#[test]
fn a_ledger_says_why_it_has_nothing() {
    let told = run(&["transfer", DEMO, "--ratio", "0"], 0).out;
    assert!(told.contains("No scenario shares 20 rows with the tower of another"), "{told}");
    let told = run(&["transfer", DEMO, "--field", "tab"], 2).err;
    assert!(told.contains("--field: there is no field \"tab\""), "{told}");
}
