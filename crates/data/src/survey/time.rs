//! Chooses the split: by a column that says it, by time, or else at random.

use super::columns::Survey;
use super::profile::{Kind, Profile, shown};
use super::propose::quoted;
use ssim_core::spelling::nanoseconds;
use ssim_core::vocabulary::number;
use std::ops::RangeInclusive;

/// Names of columns that say the split.
const SPLITS: [&str; 6] = ["split", "set", "part", "fold", "subset", "partition"];
/// Words in the names of columns that hold a time as a number.
const WORDS: [&str; 9] =
    ["time", "timestamp", "ts", "date", "datetime", "dt", "day", "hour", "unixtime"];
/// Smaller numbers are hours of a day, days of a week and the like, which come again.
const LEAST: f64 = 1e6;
/// Shares of the rows after which validation and test begin.
const ENDS: [f64; 2] = [0.8, 0.9];
/// Shares that validation and test may have in a split by time.
const SHARE: RangeInclusive<f64> = 0.03..=0.3;
const RANDOM: &str = "random = { train = 0.8, val = 0.1, test = 0.1 }";

/// The split that was chosen.
pub(super) struct Split {
    /// The columns that are no fields because of it: the split column, or all columns of times.
    pub columns: Vec<usize>,
    /// The line of the schema.
    pub line: String,
    pub reason: String,
}

/// Chooses the split. `taken` are the columns of the label and the scenario.
pub(super) fn find(all: &[Profile], taken: &[usize], survey: &Survey) -> Split {
    let free = |p: &&Profile| !taken.contains(&p.at) && p.unreadable.is_none();
    if let Some(split) = all.iter().filter(free).find_map(named) {
        return split;
    }
    let times: Vec<&Profile> = all.iter().filter(free).filter(|p| is_time(p)).collect();
    let columns: Vec<usize> = times.iter().map(|p| p.at).collect();
    let random = |reason: String| {
        let reason = format!("at random, 80 % train, 10 % validation, 10 % test, because {reason}");
        Split { columns: columns.clone(), line: RANDOM.to_owned(), reason }
    };
    let names: Vec<String> = times.iter().map(|p| shown(p.name)).collect();
    let write = "write time = { column = …, val_from = …, test_from = … } to split by time";
    match &times[..] {
        [] => random("no column has times".into()),
        [one] if one.rows < survey.rows => {
            random(format!("{} is empty in some rows; {write}", names[0]))
        }
        [one] if survey.more => random(format!(
            "only the first rows were counted, so the last times of {} are not known; {write}",
            one.name
        )),
        [one] => by_time(one).map_or_else(
            || random(format!("{} has too few different times; {write}", names[0])),
            |line| Split {
                columns: columns.clone(),
                line,
                reason: format!(
                    "by the time in {}: the last tenth of the rows is test, the tenth before it \
                     validation",
                    names[0]
                ),
            },
        ),
        _ => random(format!("several columns have times ({}); {write}", names.join(", "))),
    }
}

/// The split by a column that says it.
fn named(of: &Profile) -> Option<Split> {
    let value = |names: &[&str]| {
        let mut values = of.values.iter().map(|(text, _)| *text);
        values.find(|text| names.contains(&text.to_lowercase().as_str())).map(quoted)
    };
    let train = value(&["train", "training"]);
    let val = value(&["val", "valid", "validation", "dev"]);
    let test = value(&["test", "testing"]);
    let name = quoted(of.name);
    if !of.is_named(&SPLITS) {
        return None;
    }
    let line = match (of.distinct(), train?, val, test?) {
        (3, train, Some(val), test) => {
            format!("column = {{ name = {name}, train = {train}, val = {val}, test = {test} }}")
        }
        (2, train, None, test) => {
            format!("held_out = {{ name = {name}, train = {train}, test = {test}, val = 0.1 }}")
        }
        _ => return None,
    };
    let reason = format!("by {}, whose values are {}", shown(of.name), of.shares(3));
    Some(Split { columns: vec![of.at], line, reason })
}

/// Whether a column has times.
pub(super) fn is_time(of: &Profile) -> bool {
    match of.kind {
        Kind::Times => true,
        Kind::Numbers { least, .. } => least >= LEAST && of.has_word(&WORDS),
        Kind::Texts => false,
    }
}

/// The line for a split by the times of a column, if its rows can be divided so.
fn by_time(of: &Profile) -> Option<String> {
    let dated = of.kind == Kind::Times;
    let mut times: Vec<(i128, f64, &str, u64)> = Vec::with_capacity(of.distinct());
    for (text, count) in &of.values {
        let instant = if dated { nanoseconds(text)? } else { 0 };
        let number = if dated { 0.0 } else { number(text)? };
        times.push((instant, number, text, *count));
    }
    times.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut rows = 0;
    let mut begins = Vec::new();
    for (_, number, text, count) in times {
        let share = rows as f64 / of.rows as f64;
        if ENDS.get(begins.len()).is_some_and(|end| share >= *end) {
            let text = if dated { quoted(text) } else { number.to_string() };
            begins.push((share, text));
        }
        rows += count;
    }
    let [(val, val_from), (test, test_from)] = &begins[..] else { return None };
    let even = SHARE.contains(&(test - val)) && SHARE.contains(&(1.0 - test));
    let name = quoted(of.name);
    even.then(|| {
        format!("time = {{ column = {name}, val_from = {val_from}, test_from = {test_from} }}")
    })
}
