//! Proposes fields that are parts of a time: its hour, and its day of the week. The times themselves do not
//! come again, but their parts do.

use super::profile::{Kind, Profile, shown};
use super::propose::{SchemaDraft, quoted};
use crate::time_field::{TimeField, TimeForm, TimePart, TimeZone};
use std::collections::BTreeSet;

/// Forms that are recognised by their digits, which must be a day in all rows.
const DIGITS: [TimeForm; 3] = [TimeForm::Yyyymmdd, TimeForm::Yymmddhh, TimeForm::Yyyymmddhh];
/// Units of numbers, each from its smallest number on: 1973-03-03 in this unit. The next unit's smallest
/// number is a thousand times larger, and would be the year 5138.
const UNITS: [(TimeForm, f64); 4] =
    [(TimeForm::Ns, 1e17), (TimeForm::Us, 1e14), (TimeForm::Ms, 1e11), (TimeForm::S, 1e8)];
/// Numbers from this one on are no times in any unit.
const MOST: f64 = 1e20;
/// Days that a log must span, so that every day of the week comes twice.
const DAYS: i128 = 14;
/// Nanoseconds of a day.
const DAY: i128 = 86_400_000_000_000;

/// Writes the fields for a column of times. `all` are the columns of the log, whose names are taken.
pub(super) fn write(of: &Profile, all: &[Profile], draft: &mut SchemaDraft) {
    let Some(form) = form(of) else { return };
    let instants = instants(of, form);
    let (Some(first), Some(last)) = (instants.first(), instants.last()) else { return };
    let part = |part| TimeField { column: of.name.to_owned(), part, form, zone: TimeZone(0) };
    let hour = part(TimePart::Hour);
    let hours: BTreeSet<_> = of.values.iter().filter_map(|(text, _)| hour.value(text)).collect();
    let days = last.div_euclid(DAY) - first.div_euclid(DAY) + 1;
    let at = shown(of.name);
    let proposed = [
        (
            hours.len() > 1 && hour.contradiction().is_none(),
            "hour",
            format!(
                "the hour of {at} in UTC, {} values; another zone is zone = \"+08:00\"",
                hours.len()
            ),
            hour,
        ),
        (
            days >= DAYS,
            "weekday",
            format!("the day of the week of {at}, because the log has {days} days"),
            part(TimePart::Weekday),
        ),
    ];
    for (useful, suffix, reason, field) in proposed {
        let name = match of.bare_name() {
            bare if bare == suffix => format!("{bare}_of_day"),
            bare => format!("{bare}_{suffix}"),
        };
        if useful && all.iter().all(|other| other.name != name) {
            let lines = format!("[[field]]\nname = {}\ntime = {}\n", quoted(&name), inline(&field));
            draft.decide("field", format!("{}: {reason}", shown(&name)), &lines);
        }
    }
}

/// The form of a column's times: nothing for dates, and for numbers the one that all of them have. `None` if
/// they may be anything.
fn form(of: &Profile) -> Option<Option<TimeForm>> {
    let Kind::Numbers { whole, least, most } = of.kind else {
        return (of.kind == Kind::Times).then_some(None);
    };
    let all = |form: &TimeForm| of.values.iter().all(|(text, _)| form.instant(text).is_some());
    if whole && let Some(form) = DIGITS.into_iter().find(all) {
        return Some(Some(form));
    }
    let unit = UNITS.into_iter().find(|(_, from)| least >= *from)?;
    (most < MOST && most < 1e3 * unit.1).then_some(Some(unit.0))
}

/// The instants of a column, the earliest first.
fn instants(of: &Profile, form: Option<TimeForm>) -> Vec<i128> {
    let texts = of.values.iter().map(|(text, _)| *text);
    let instant = |text: &str| match form {
        None => ssim_core::spelling::nanoseconds(text),
        Some(form) => form.instant(text),
    };
    let mut instants: Vec<i128> = texts.filter_map(instant).collect();
    instants.sort_unstable();
    instants
}

/// A time as the schema writes it.
fn inline(field: &TimeField) -> String {
    toml::Value::try_from(field).map_or_else(|_| String::new(), |table| table.to_string())
}
