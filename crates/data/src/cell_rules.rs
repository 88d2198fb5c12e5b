//! The rules by which the cells of a log are read: which labels are clicks, which texts count as
//! empty, and how the lines of a text file are cut into cells.

use crate::error::{Error, Result};
use ssim_core::spelling::{instant, nanoseconds, respelled};
use ssim_core::vocabulary::number;

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

impl ClickRule {
    /// The label of a cell, 0 or 1.
    ///
    /// # Errors
    /// The text that was expected.
    pub(crate) fn label(&self, text: &str) -> Result<u8, &'static str> {
        let known = |text: &str| match text {
            "0" => Some(0),
            "1" => Some(1),
            _ => None,
        };
        match self {
            ClickRule::Known => known(text)
                .or_else(|| known(&respelled(text)?))
                .or_else(|| word(text))
                .ok_or("0 or 1"),
            _ if text.is_empty() => Err("a label"),
            ClickRule::Texts(texts) => {
                let spelled = respelled(text);
                let spelled = spelled.as_deref().unwrap_or(text);
                Ok(u8::from(texts.iter().any(|t| t == text || t == spelled)))
            }
            ClickRule::From(least) => match number(text) {
                Some(number) => Ok(u8::from(number >= *least)),
                None => Err("a finite number, because the schema has a threshold"),
            },
        }
    }
}

/// The label that an English word stands for.
fn word(text: &str) -> Option<u8> {
    let is = |words: [&str; 2]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match () {
        () if is(["true", "yes"]) => Some(1),
        () if is(["false", "no"]) => Some(0),
        () => None,
    }
}

impl CellRules {
    /// The text of a cell, which is empty if its value is missing.
    pub(crate) fn known<'a>(&self, text: &'a str) -> &'a str {
        match self.na_values.iter().any(|na| na == text) {
            true => "",
            false => text,
        }
    }
}

/// The keys of a schema that say how cells are read.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct CellKeys {
    pub positive: Option<Vec<String>>,
    pub threshold: Option<f64>,
    pub na_values: Option<Vec<String>>,
    pub delimiter: Option<String>,
    pub header: Option<Vec<String>>,
}

impl CellKeys {
    /// Checks the keys, and makes rules of them. `missing` are the missing values if the keys do not
    /// name any. `source` is the file that has the keys.
    pub fn rules(self, source: &str, missing: &[&str]) -> Result<CellRules> {
        let fail = |what: String| Err(Error::Config(format!("{source}: {what}")));
        let click = match (self.positive, self.threshold) {
            (None, None) => ClickRule::Known,
            (Some(_), Some(_)) => {
                return fail("threshold: expected positive or threshold, got both".into());
            }
            (Some(texts), None) if texts.is_empty() => {
                return fail("positive: expected at least one label, got none".into());
            }
            (Some(texts), None) => ClickRule::Texts(
                texts.into_iter().map(|text| respelled(&text).unwrap_or(text)).collect(),
            ),
            (None, Some(least)) if !least.is_finite() => {
                return fail(format!("threshold: expected a finite number, got {least}"));
            }
            (None, Some(least)) => ClickRule::From(least),
        };
        let delimiter = match self.delimiter.as_deref().map(str::as_bytes) {
            None => None,
            Some([c]) if c.is_ascii() && !b"\"\r\n".contains(c) => Some(*c),
            Some(other) => {
                return fail(format!(
                    "delimiter: expected one character such as \",\", \";\", \"|\" or \"\\t\", got {:?}",
                    String::from_utf8_lossy(other)
                ));
            }
        };
        let header = match self.header {
            Some(names) if names.is_empty() => {
                return fail("header: expected the names of the columns, got none".into());
            }
            names => names.unwrap_or_default(),
        };
        let owned = || missing.iter().map(|&text| text.to_owned()).collect();
        Ok(CellRules { click, na_values: self.na_values.unwrap_or_else(owned), delimiter, header })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_in_every_spelling() {
        let known = |text: &str| ClickRule::Known.label(text).ok();
        for text in ["1", "1.0", "true", "True", "TRUE", "tRue", "yes", "Yes", "YES"] {
            assert_eq!(known(text), Some(1), "{text}");
        }
        for text in ["0", "0.0", "-0", "false", "False", "FALSE", "no", "No", "NO"] {
            assert_eq!(known(text), Some(0), "{text}");
        }
        for text in ["", "2", "-1", "y", "n", "on", "click", " 1"] {
            assert_eq!(known(text), None, "{text}");
        }
    }

    #[test]
    fn a_schema_says_which_labels_are_clicks() {
        let keys = |positive: &[&str]| CellKeys {
            positive: Some(positive.iter().map(|&t| t.to_owned()).collect()),
            ..CellKeys::default()
        };
        let rule = keys(&[">50K", "1.0"]).rules("s", &[]).unwrap().click;
        let labels = [">50K", "1", "1.0", "<=50K", "0", "yes"].map(|text| rule.label(text));
        assert_eq!(labels, [Ok(1), Ok(1), Ok(1), Ok(0), Ok(0), Ok(0)]);
        assert_eq!(rule.label(""), Err("a label"));
        let rule = ClickRule::From(4.0);
        let labels = ["4", "3.9", "5", "-5", "4e0"].map(|text| rule.label(text));
        assert_eq!(labels, [Ok(1), Ok(0), Ok(1), Ok(0), Ok(1)]);
        assert!(
            rule.label("four").is_err() && rule.label("").is_err() && rule.label("nan").is_err()
        );
    }
}
