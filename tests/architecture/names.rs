//! Methods and metrics are named in their tables alone. Everybody else asks the table, so a method
//! or a metric can be added or renamed in one place.

use crate::source::{Scan, products};

/// The methods' names. `ssim` is the program's name, too, and is not looked for.
const METHODS: [&str; 18] = [
    "st",
    "mt",
    "mt-s",
    "ssim-r",
    "ssim+",
    "ssim+-directed",
    "ssim+-from-st",
    "ssim-r-from-st",
    "mt-from-st",
    "mt-from-mt-s",
    "ssim-p",
    "ssim-soft",
    "ssim-nk",
    "ssim-nd",
    "ssim-searched",
    "finetune",
    "dn",
    "mamdr",
];
const METRICS: [&str; 4] = ["auc", "logloss", "true_auc", "calibration"];

/// Literals that may stand elsewhere: the file, the word, and the reason.
const ALLOWED: [(&str, &str, &str); 4] = [
    (
        "web/src/view/scenarios.rs",
        "calibration",
        "the name of a chart, under which a reader saves it; it shows no single metric",
    ),
    (
        "native/src/terminal/calibration.rs",
        "calibration",
        "the title of a table of Platt's lines; the metric of this name is another thing",
    ),
    (
        "native/src/terminal/calibration.rs",
        "logloss",
        "the head of a column whose cells are no values of the metrics' table",
    ),
    (
        "crates/train/src/checkpoint/identity.rs",
        "mamdr",
        "the section of the settings for two methods, which has the name of one",
    ),
];

/// Whether the file is the table in which the word stands.
fn is_table(file: &str, word: &str) -> bool {
    if METHODS.contains(&word) {
        return file == "crates/core/src/method.rs";
    }
    file == "crates/core/src/metric.rs" || file.starts_with("crates/core/src/metric/")
}

/// The names of methods and metrics that stand as string literals in a file, with their lines.
fn literals(text: &str) -> Vec<(usize, String)> {
    let scan = Scan::without_tests(text);
    let named = |word: &str| METHODS.contains(&word) || METRICS.contains(&word);
    let found = scan.texts.iter().filter(|(_, text)| named(text));
    found.map(|(at, text)| (scan.line(*at), text.clone())).collect()
}

#[test]
fn methods_and_metrics_are_named_in_their_tables_alone() {
    let mut wrong = Vec::new();
    let mut needed = [false; ALLOWED.len()];
    for source in products() {
        for (line, word) in literals(&source.text) {
            if is_table(&source.name, &word) {
                continue;
            }
            match ALLOWED.iter().position(|(file, name, _)| *file == source.name && *name == word) {
                Some(entry) => needed[entry] = true,
                None => wrong.push(format!("{}:{line}: \"{word}\"", source.name)),
            }
        }
    }
    let listed = ALLOWED.iter().zip(needed).filter(|(_, needed)| !needed);
    wrong.extend(listed.map(|(entry, _)| format!("{entry:?} is allowed, and stands nowhere")));
    assert!(
        wrong.is_empty(),
        "{} names outside ssim_core::method and ssim_core::metric (ask the table, or add the file to \
         ALLOWED with a reason):\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_literal_is_found_and_a_comment_is_not() {
    let text = "/// `\"mt\"`\nfn a() { b(\"mt-s\"); c(\"ssim\", \"mtt\"); d[\"auc\"] } // \"st\"\n\
                #[cfg(test)]\nmod tests { const A: &str = \"st\"; }\n";
    assert_eq!(literals(text), [(2, "mt-s".to_owned()), (2, "auc".to_owned())]);
    assert!(is_table("crates/core/src/method.rs", "mt"));
    assert!(is_table("crates/core/src/metric/roc.rs", "auc"));
    assert!(!is_table("crates/core/src/metric.rs", "mt"));
}
