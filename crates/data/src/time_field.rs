//! Fields whose values are parts of a time: the hour of the day, and the day of the week.

use serde::{Deserialize, Serialize};
#[cfg(feature = "table")]
use ssim_core::spelling::nanoseconds;

/// A part of the time in a column, as the value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TimeField {
    /// Column of the time.
    pub column: String,
    /// The part.
    pub part: TimePart,
    /// The meaning of numbers in the column. Dates and times need none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<TimeForm>,
    /// The zone in which the part is taken.
    #[serde(default, skip_serializing_if = "TimeZone::is_utc")]
    pub zone: TimeZone,
}

impl TimeField {
    /// The reason why this field cannot have a value, if it cannot.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        let whole_days = self.form == Some(TimeForm::Yyyymmdd);
        (whole_days && self.part == TimePart::Hour)
            .then_some("form: expected one with hours, got \"yyyymmdd\"")
    }
}

/// A part of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimePart {
    /// The hour of the day, 0 to 23.
    Hour,
    /// The day of the week, `Monday` to `Sunday`.
    Weekday,
}

/// The meaning of a number that is a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeForm {
    /// Seconds since 1970-01-01 in UTC.
    S,
    /// Milliseconds since then.
    Ms,
    /// Microseconds since then.
    Us,
    /// Nanoseconds since then.
    Ns,
    /// The digits of year, month and day: 20141021.
    Yyyymmdd,
    /// The digits of year, month, day and hour: 2014102113.
    Yyyymmddhh,
    /// The same with two digits for a year from 2000 on: 14102113.
    Yymmddhh,
}

/// A zone that is always as far from UTC, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(pub i32);

impl TimeZone {
    /// True for UTC itself.
    pub fn is_utc(&self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<String> for TimeZone {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let two = |digits: &str| -> Option<i32> {
            let all = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
            all.then(|| digits.parse().ok())?
        };
        let offset = || {
            let (sign, rest) = match text.strip_prefix('+') {
                Some(rest) => (1, rest),
                None => (-1, text.strip_prefix('-')?),
            };
            let (hours, minutes) = rest.split_once(':')?;
            let (hours, minutes) = (two(hours)?, two(minutes)?);
            (hours <= 14 && minutes <= 59).then_some(Self(sign * (hours * 3600 + minutes * 60)))
        };
        match text.as_str() {
            "UTC" | "Z" => Ok(Self(0)),
            _ => offset().ok_or_else(|| {
                format!(
                    "zone: expected \"UTC\" or a distance from it such as \"+08:00\", got \"{text}\""
                )
            }),
        }
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        let (sign, size) = if zone.0 < 0 { ('-', -zone.0) } else { ('+', zone.0) };
        format!("{sign}{:02}:{:02}", size / 3600, size % 3600 / 60)
    }
}

/// The values of [`TimePart::Hour`].
#[cfg(feature = "table")]
const HOURS: [&str; 24] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
    "17", "18", "19", "20", "21", "22", "23",
];
/// The values of [`TimePart::Weekday`].
#[cfg(feature = "table")]
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// Nanoseconds of a second.
#[cfg(feature = "table")]
const SECOND: i128 = 1_000_000_000;
/// Seconds of a day.
#[cfg(feature = "table")]
const DAY: i128 = 86_400;
/// Numbers above this are no times in any unit.
#[cfg(feature = "table")]
const MOST: f64 = 1e30;

#[cfg(feature = "table")]
impl TimeForm {
    /// Nanoseconds since 1970-01-01 in UTC, or `None` if the text is no such number.
    pub(crate) fn instant(self, text: &str) -> Option<i128> {
        let unit = match self {
            Self::S => SECOND,
            Self::Ms => 1_000_000,
            Self::Us => 1000,
            Self::Ns => 1,
            Self::Yyyymmdd => return digits(text, 8, ""),
            Self::Yyyymmddhh => return digits(text, 10, ""),
            Self::Yymmddhh => return digits(text, 8, "20"),
        };
        // A float of 64 bits does not have all digits of nanoseconds.
        match text.parse::<i128>() {
            Ok(number) => number.checked_mul(unit),
            Err(_) => {
                let number = ssim_core::vocabulary::number(text)?;
                (number.abs() < MOST).then(|| (number * unit as f64).floor() as i128)
            }
        }
    }

    /// A cell of this form, for messages.
    fn named(self) -> &'static str {
        match self {
            Self::S => "a number of seconds since 1970",
            Self::Ms => "a number of milliseconds since 1970",
            Self::Us => "a number of microseconds since 1970",
            Self::Ns => "a number of nanoseconds since 1970",
            Self::Yyyymmdd => "a day such as 20141021",
            Self::Yyyymmddhh => "an hour such as 2014102113",
            Self::Yymmddhh => "an hour such as 14102113",
        }
    }
}

/// The instant that the digits of a day, and of an hour if there are more, say. `century` stands before
/// them.
#[cfg(feature = "table")]
fn digits(text: &str, count: usize, century: &str) -> Option<i128> {
    let number = ssim_core::vocabulary::number(text)?;
    let most = 10f64.powi(count as i32);
    if number.fract() != 0.0 || !(0.0..most).contains(&number) {
        return None;
    }
    let all = format!("{century}{:0count$}", number as u64);
    let (day, hour) = all.split_at_checked(8)?;
    // A number of seconds has such digits, too.
    if !("1900".."2200").contains(&&day[..4]) {
        return None;
    }
    let hour = if hour.is_empty() { "00" } else { hour };
    nanoseconds(&format!("{}-{}-{} {hour}:00", &day[..4], &day[4..6], &day[6..]))
}

#[cfg(feature = "table")]
impl TimeField {
    /// The part of the time that a cell says: a date or time, or a number of the field's form. `None` if
    /// it says no time.
    pub(crate) fn value(&self, text: &str) -> Option<&'static str> {
        let instant = nanoseconds(text).or_else(|| self.form?.instant(text))?;
        let seconds = instant.div_euclid(SECOND) + i128::from(self.zone.0);
        Some(match self.part {
            TimePart::Hour => HOURS[(seconds.rem_euclid(DAY) / 3600) as usize],
            // 1970-01-01 was a Thursday.
            TimePart::Weekday => DAYS[(seconds.div_euclid(DAY) + 3).rem_euclid(7) as usize],
        })
    }

    /// A cell that can be used, for messages.
    pub(crate) fn expected(&self) -> String {
        let dated = "a date or time such as 2013-11-01 06:00:00";
        match self.form {
            None => format!("{dated} (for numbers, the field's time needs a form such as \"s\")"),
            Some(form) => format!("{}, or {dated}", form.named()),
        }
    }
}

#[cfg(all(test, feature = "table"))]
#[allow(clippy::unwrap_used, reason = "a test panics where it fails")]
mod tests {
    use super::*;

    fn field(part: TimePart, form: Option<TimeForm>, zone: &str) -> TimeField {
        let zone = TimeZone::try_from(zone.to_owned()).unwrap();
        TimeField { column: "t".to_owned(), part, form, zone }
    }

    #[test]
    fn one_instant_has_one_hour_in_every_form() {
        // A Tuesday.
        let hours = [
            (None, "2014-10-21T13:59:59.999999999Z"),
            (None, "2014-10-21 15:59+02:00"),
            (Some(TimeForm::S), "1413899999"),
            (Some(TimeForm::S), "1413899999.9"),
            (Some(TimeForm::S), "2014-10-21 13:00:00"),
            (Some(TimeForm::Ms), "1413899999999"),
            (Some(TimeForm::Ms), "1.413899999999e12"),
            (Some(TimeForm::Us), "1413899999999999"),
            (Some(TimeForm::Ns), "1413899999999999999"),
            (Some(TimeForm::Yymmddhh), "14102113"),
            (Some(TimeForm::Yyyymmddhh), "2014102113.0"),
        ];
        for (form, text) in hours {
            assert_eq!(field(TimePart::Hour, form, "UTC").value(text), Some("13"), "{text}");
            let weekday = field(TimePart::Weekday, form, "UTC").value(text);
            assert_eq!(weekday, Some("Tuesday"), "{text}");
            let later = field(TimePart::Weekday, form, "+11:00").value(text);
            assert_eq!(later, Some("Wednesday"), "{text}");
            assert_eq!(field(TimePart::Hour, form, "-13:00").value(text), Some("0"), "{text}");
        }
        let day = field(TimePart::Weekday, Some(TimeForm::Yyyymmdd), "UTC");
        assert_eq!(day.value("20141021"), Some("Tuesday"));
        let before = field(TimePart::Hour, Some(TimeForm::S), "UTC");
        assert_eq!((before.value("-1"), before.value("-0.5")), (Some("23"), Some("23")));
    }

    #[test]
    fn other_texts_are_no_times() {
        for (form, text) in [
            (None, "1413899999"),
            (None, "13:00:00"),
            (Some(TimeForm::S), "noon"),
            (Some(TimeForm::S), "1e40"),
            (Some(TimeForm::Ns), "nan"),
            (Some(TimeForm::Yyyymmdd), "20141321"),
            (Some(TimeForm::Yyyymmdd), "141021"),
            (Some(TimeForm::Yyyymmdd), "-20141021"),
            (Some(TimeForm::Yyyymmddhh), "1413120105"),
            (Some(TimeForm::Yymmddhh), "14102124"),
            (Some(TimeForm::Yyyymmddhh), "2014102113.5"),
        ] {
            assert_eq!(field(TimePart::Hour, form, "UTC").value(text), None, "{text}");
        }
    }

    #[test]
    fn zones_are_distances_from_utc() {
        for text in ["+08:00", "-05:30", "+00:00", "+14:00"] {
            assert_eq!(String::from(TimeZone::try_from(text.to_owned()).unwrap()), text);
        }
        for text in ["", "8", "+8:00", "+08", "+15:00", "+08:60", "Europe/Berlin", "+aa:00"] {
            assert!(TimeZone::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
