//! Finds the column of the scenario.

use super::label::{column, listed};
use super::profile::{Kind, Profile, shown};
use super::propose::{Unclear, WishFor, Wishes};
use super::time::is_time;
use std::ops::RangeInclusive;

/// Words in the names of columns that hold the scenario.
const WORDS: [&str; 14] = [
    "scenario",
    "scenarios",
    "tab",
    "domain",
    "page",
    "channel",
    "position",
    "pos",
    "scene",
    "slot",
    "placement",
    "surface",
    "screen",
    "campaign",
];
/// Words in the names of columns that say who or which thing it was, and no scenario.
const THINGS: [&str; 15] = [
    "user", "uid", "item", "iid", "ad", "sku", "session", "device", "video", "movie", "book",
    "isbn", "product", "asin", "article",
];
/// A column of more numbers than this is a measure, unless its name says scenario.
const MANY_NUMBERS: usize = 50;
/// Numbers of values that a scenario column usually has.
const FEW: RangeInclusive<usize> = 2..=300;
/// The largest number of scenarios that a model can have.
const MOST: usize = 65_535;

/// Finds the scenario by its name, or else by its number of values. Gives its place.
pub(super) fn find(
    source: &str,
    all: &[Profile],
    label: usize,
    wishes: &Wishes,
) -> Result<usize, Unclear> {
    if let Some(name) = &wishes.scenario {
        let found = column(source, all, WishFor::Scenario, name)?;
        return match found.distinct() {
            _ if found.at == label => WishFor::Scenario.unclear(format!(
                "--scenario: expected another column than the label, got \"{name}\""
            )),
            n @ (..2 | MOST..) if n != MOST => Err(Unclear::Log(format!(
                "{source}: scenario \"{name}\": expected 2 to {MOST} values, got {n}; choose another column with --scenario COLUMN"
            ))),
            _ => Ok(found.at),
        };
    }
    let few = |p: &&Profile| {
        let parts = match p.kind {
            Kind::Numbers { whole: false, .. } | Kind::Times => true,
            Kind::Numbers { .. } => p.distinct() > MANY_NUMBERS && !p.has_word(&WORDS),
            Kind::Texts => false,
        };
        p.at != label
            && p.unreadable.is_none()
            && FEW.contains(&p.distinct())
            && !parts
            && !is_time(p)
            && !p.has_word(&THINGS)
    };
    let few: Vec<&Profile> = all.iter().filter(few).collect();
    let named: Vec<&Profile> = few.iter().filter(|p| p.has_word(&WORDS)).copied().collect();
    match (&named[..], &few[..]) {
        ([one], _) | ([], [one]) => Ok(one.at),
        ([], []) => WishFor::Scenario.unclear(format!(
            "{source}: expected a column that may be the scenario, with {} to {} values, got none; \
             name it with --scenario COLUMN",
            FEW.start(),
            FEW.end()
        )),
        ([], several) | (several, _) => WishFor::Scenario.unclear(format!(
            "{source}: expected one column that may be the scenario, got {}: {}; choose with \
             --scenario COLUMN",
            several.len(),
            listed(several)
        )),
    }
}

/// The reason for the scenario that was found.
pub(super) fn reason(of: &Profile, wishes: &Wishes) -> String {
    let why = match &wishes.scenario {
        Some(_) => "--scenario says so",
        None if of.has_word(&WORDS) => "its name says so",
        None => "no other column has 2 to 300 values and may be the scenario",
    };
    let many = match of.distinct() > *FEW.end() {
        true => ", which is many: each needs enough rows of its own",
        false => "",
    };
    format!("{}: {why}; {} values{many}: {}", shown(of.name), of.distinct(), of.shares(5))
}
