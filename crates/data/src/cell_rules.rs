//! The rules by which the cells of a log are read: which labels are clicks, which texts count as
//! empty, which fields are parts of times, and how the lines of a text file are cut into cells.

use crate::time_field::TimeField;
use ssim_core::spelling::{instant, nanoseconds};

/// Texts that programs write in place of a missing value. They count as empty unless the schema has
/// `na_values`. `NA` is not one of them, because it is also the code of a country.
pub const NA_VALUES: [&str; 8] = ["NULL", "null", "\\N", "NaN", "nan", "None", "<NA>", "N/A"];

/// The rules of a log. The default has no missing values and takes labels of the known spellings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellRules {
    /// The labels that are clicks.
    pub click: ClickRule,
    /// Texts that count as empty.
    pub na_values: Vec<String>,
    /// The character between the cells of a text file; if it is not set, the first row decides.
    pub delimiter: Option<u8>,
    /// Names of the columns of a text file without a header row; empty if the first row is one.
    pub header: Vec<String>,
    /// The fields that are parts of times, with their names.
    pub times: Vec<(String, TimeField)>,
}

impl CellRules {
    /// The time that a field is a part of, if it is one.
    pub(crate) fn time(&self, field: &str) -> Option<&TimeField> {
        self.times.iter().find(|(name, _)| name == field).map(|(_, time)| time)
    }

    /// The column that a field's values come from.
    pub(crate) fn column_of<'a>(&'a self, field: &'a str) -> &'a str {
        self.time(field).map_or(field, |time| time.column.as_str())
    }
}

/// The rule that says which labels are clicks.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ClickRule {
    /// `1`, `true` and `yes` are clicks, and `0`, `false` and `no` are none, in any
    /// [spelling](ssim_core::spelling) and in large or small letters.
    #[default]
    Known,
    /// These labels are clicks, and all others are none.
    Texts(Vec<String>),
    /// Numbers from this one on are clicks.
    From(f64),
}

/// Nanoseconds of a second.
const SECOND: i128 = 1_000_000_000;

/// A point of a split by time.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum TimePoint {
    /// A number, which the column has too.
    Number(f64),
    /// Nanoseconds since 1970-01-01 in UTC; the column has dates or times.
    Instant(i128),
}

impl std::fmt::Display for TimePoint {
    fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            TimePoint::Number(number) => number.fmt(to),
            TimePoint::Instant(at) => {
                let (seconds, rest) = (at.div_euclid(SECOND), at.rem_euclid(SECOND));
                match (i64::try_from(seconds), u32::try_from(rest)) {
                    (Ok(seconds), Ok(rest)) => to.write_str(&instant(seconds, rest)),
                    _ => at.fmt(to),
                }
            }
        }
    }
}

impl<'de> serde::Deserialize<'de> for TimePoint {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TimePointVisitor)
    }
}

/// Reads a number, or a date or time as text or as TOML's own.
struct TimePointVisitor;

impl<'de> serde::de::Visitor<'de> for TimePointVisitor {
    type Value = TimePoint;

    fn expecting(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
        to.write_str(
            "a number, or a date or time such as \"2013-11-01\" or \"2013-11-01 06:00:00\"",
        )
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<TimePoint, E> {
        Ok(TimePoint::Number(number))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<TimePoint, E> {
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<TimePoint, E> {
        self.visit_f64(number as f64)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TimePoint, E> {
        let instant = nanoseconds(text).map(TimePoint::Instant);
        instant.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    // TOML's own dates come as a map with one text.
    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<TimePoint, A::Error> {
        match map.next_entry::<String, String>()? {
            Some((_, text)) => self.visit_str(&text),
            None => Err(serde::de::Error::invalid_type(serde::de::Unexpected::Map, &self)),
        }
    }
}
