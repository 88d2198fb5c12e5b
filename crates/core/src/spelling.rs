//! The one spelling of a value. Programs write the same value in several ways, and all of them must
//! get the same id. This is the rule:
//!
//! | written | spelled |
//! |---|---|
//! | `123`, `123.0`, `123.00` | `123` |
//! | `-0`, `-0.0` | `0` |
//! | `1e3`, `1E+03`, `1.5e-05` (one digit before the point) | `1000`, `0.000015` |
//! | `true`, `True`, `TRUE`; `false`, `False`, `FALSE` | `1`; `0` |
//! | `2024-01-01`, `2024-01-01T00:00:00Z`, `2024-01-01 02:00:00+02:00` | `2024-01-01` |
//! | `2024-01-01T12:30:00.500Z`, `2024-01-01 12:30:00.5` | `2024-01-01 12:30:00.5` |
//! | `12:30:00.000` | `12:30:00` |
//!
//! A time without a zone is in UTC. Any other text is its own spelling: `007` is not `7`, and `1.10`
//! is not `1.1`, because such texts may be names or versions.

/// Returns the spelling of a value, or `None` if `text` has this spelling already.
///
/// ```
/// use ssim_core::spelling::respelled;
/// assert_eq!(respelled("123.0").as_deref(), Some("123"));
/// assert_eq!(respelled("2024-01-01T00:00:00Z").as_deref(), Some("2024-01-01"));
/// assert_eq!(respelled("007"), None);
/// ```
pub fn respelled(text: &str) -> Option<String> {
    match (text.bytes().next()?, text.bytes().last()?) {
        (b't' | b'T' | b'f' | b'F', b'e' | b'E') => boolean(text),
        (b'0'..=b'9' | b'-', b'0'..=b'9' | b'Z' | b'C') => {
            number(text).or_else(|| time(text)).filter(|spelled| spelled != text)
        }
        _ => None,
    }
}

fn boolean(text: &str) -> Option<String> {
    match text {
        "true" | "True" | "TRUE" => Some("1".to_owned()),
        "false" | "False" | "FALSE" => Some("0".to_owned()),
        _ => None,
    }
}

/// Spells a whole number, or a number with an exponent.
fn number(text: &str) -> Option<String> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (sign, size) = text.strip_prefix('-').map_or(("", text), |size| ("-", size));
    let (mantissa, power) = size.split_once(['e', 'E']).map_or((size, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    // A text with leading zeros is a name.
    let named = whole.starts_with('0') && whole != "0";
    if named || !digits(whole) || !digits(fraction) {
        return None;
    }
    let Some(power) = power else {
        let sign = if whole == "0" { "" } else { sign };
        return fraction.bytes().all(|b| b == b'0').then(|| format!("{sign}{whole}"));
    };
    // Programs write one digit before the point. Other texts, such as `12e4`, may be names, and
    // more than 17 digits would be rounded.
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    let written = whole.len() == 1 && whole != "0" && fraction.len() <= 16;
    if !written || power.len() > 3 || !digits(power) {
        return None;
    }
    let value = text.parse().ok().filter(|v: &f64| v.is_finite() && *v != 0.0)?;
    Some(value.to_string())
}

/// Spells a date with a time of day, or a time of day alone.
fn time(text: &str) -> Option<String> {
    match text.get(10..11) {
        Some("T" | " ") if text.get(4..5) == Some("-") => {
            let days = date(&text[..10])?;
            let (seconds, fraction, zone) = time_of_day(&text[11..])?;
            let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
            Some(instant(days * DAY + seconds - offset(zone)?, nanoseconds))
        }
        _ => {
            let (seconds, fraction, zone) = time_of_day(text)?;
            let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
            zone.is_empty().then(|| clock(seconds, nanoseconds))
        }
    }
}

/// The instant that a date or a date with a time of day stands for, in nanoseconds since 1970-01-01 in
/// UTC. It reads the forms of the table above, and times without seconds. `None` for any other text.
///
/// ```
/// use ssim_core::spelling::nanoseconds;
/// assert_eq!(nanoseconds("1970-01-02"), Some(86_400_000_000_000));
/// assert_eq!(nanoseconds("1970-01-01T02:00+01:00"), Some(3_600_000_000_000));
/// assert_eq!(nanoseconds("1494460800"), None);
/// ```
pub fn nanoseconds(text: &str) -> Option<i128> {
    let days = date(text.get(..10)?)?;
    let rest = &text[10..];
    let (seconds, fraction, zone) = match rest.strip_prefix(['T', ' ']) {
        None if rest.is_empty() => (0, "0", ""),
        None => return None,
        Some(rest) => match time_of_day(rest) {
            Some(parts) => parts,
            None => {
                let (minutes, zone) = rest.split_at_checked(5)?;
                (time_of_day(&format!("{minutes}:00"))?.0, "0", zone)
            }
        },
    };
    let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
    let seconds = i128::from(days) * i128::from(DAY) + i128::from(seconds - offset(zone)?);
    Some(seconds * 1_000_000_000 + fraction)
}

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The number of two or four digits.
fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Days from 1970-01-01 to a date of the form `2024-01-31`.
fn date(text: &str) -> Option<i64> {
    let parts = (text.get(4..5)?, text.get(7..8)?);
    let (year, month, day) =
        (digits(text.get(..4)?)?, digits(text.get(5..7)?)?, digits(text.get(8..)?)?);
    if parts != ("-", "-") || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = days(year, month, day);
    // The day before the next month is the last one.
    (civil(days) == (year, month, day)).then_some(days)
}

/// Divides `12:30:00.5+02:00` into seconds of the day, at most nine digits of the fraction without
/// its last zeros, and the zone.
fn time_of_day(text: &str) -> Option<(i64, &str, &str)> {
    let marks = (text.get(2..3)?, text.get(5..6)?);
    let (hour, minute, second) =
        (digits(text.get(..2)?)?, digits(text.get(3..5)?)?, digits(text.get(6..8)?)?);
    if marks != (":", ":") || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let rest = &text[8..];
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
            rest.split_at(end)
        }
        None => ("0", rest),
    };
    let short = fraction.trim_end_matches('0');
    (!fraction.is_empty() && short.len() <= 9).then_some((
        hour * 3600 + minute * 60 + second,
        short,
        zone,
    ))
}

/// Seconds by which a zone is before UTC.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z" | " UTC") {
        return Some(0);
    }
    let (sign, size) = match zone.split_at_checked(1)? {
        ("+", size) => (1, size),
        ("-", size) => (-1, size),
        _ => return None,
    };
    let (hour, minute) = match size.len() {
        2 => (size, "0"),
        4 => size.split_at_checked(2)?,
        5 => size.split_once(':')?,
        _ => return None,
    };
    Some(sign * (digits(hour)? * 3600 + digits(minute)? * 60))
}

/// The spelling of an instant: seconds from 1970-01-01 in UTC, and nanoseconds after them. Midnight
/// is spelled as the date alone.
pub fn instant(seconds: i64, nanoseconds: u32) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let sign = if year < 0 { "-" } else { "" };
    let date = format!("{sign}{:04}-{month:02}-{day:02}", year.abs());
    match (seconds.rem_euclid(DAY), nanoseconds) {
        (0, 0) => date,
        (seconds, nanoseconds) => format!("{date} {}", clock(seconds, nanoseconds)),
    }
}

/// The spelling of a time of day: seconds from midnight, and nanoseconds after them.
pub fn clock(seconds: i64, nanoseconds: u32) -> String {
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let text = format!("{hour:02}:{minute:02}:{second:02}.{nanoseconds:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, as in Howard Hinnant's
/// "chrono-compatible low-level date algorithms". Years begin in March, so that the day that leap
/// years add is the last one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month < 3);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number of days from 1970-01-01; the inverse of [`days`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let place = (5 * of_year + 2) / 153;
    let month = (place + 2) % 12 + 1;
    (year + era * 400 + i64::from(month < 3), month, of_year - (153 * place + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        respelled(text).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn one_value_has_one_spelling() {
        let values: [&[&str]; 12] = [
            &["123", "123.0", "123.00", "1.23e2", "1.23E+02"],
            &["-5", "-5.0", "-5e0"],
            &["0", "-0", "0.0", "-0.0"],
            &["1000", "1e3", "1E+03", "1000.0"],
            &["0.00001", "1e-5", "1e-05"],
            &["1", "true", "True", "TRUE", "1.0"],
            &["0", "false", "False", "FALSE"],
            &[
                "2024-01-01",
                "2024-01-01 00:00:00",
                "2024-01-01T00:00:00Z",
                "2024-01-01T00:00:00.000",
            ],
            &["2024-02-29", "2024-02-29 02:00:00+02:00", "2024-02-28T19:00:00-0500"],
            &[
                "2024-01-01 12:30:00.5",
                "2024-01-01T12:30:00.500Z",
                "2024-01-01 12:30:00.500000 UTC",
            ],
            &["12:30:00", "12:30:00.000000"],
            &["1000000000000000000000", "1e21", "1e+21"],
        ];
        for texts in values {
            texts.iter().for_each(|text| assert_eq!(spelled(text), texts[0], "{text}"));
            // The spelling of a spelling is itself.
            assert_eq!(respelled(texts[0]), None);
        }
    }

    #[test]
    fn names_stay_names() {
        let names = [
            "",
            "007",
            "00.0",
            "+5",
            "1.10",
            "0.50",
            "1.",
            ".5",
            "12e4",
            "1e1234",
            "05e1",
            "1e400",
            "0e5",
            "5e250641",
            "tRUE",
            "yes",
            "t",
            "e",
            "Te",
            "-",
            "--1",
            "1_000",
            "1,000",
            "0x10",
            "2024-13-01T00:00:00Z",
            "2024-02-30T00:00:00Z",
            "2023-02-29 00:00:00",
            "2024-01-01T24:00:00Z",
            "2024-01-01 12:30",
            "20240101",
            "2024-01-01T00:00:00X",
            "25:00:00.0",
            "١٢٣.0",
            "1é:00:00.0",
            "2024-01-01T00:00:00+é:0",
            "9007199254740993",
            "nan",
            "inf",
        ];
        names.iter().for_each(|name| assert_eq!(respelled(name), None, "{name}"));
    }

    #[test]
    fn dates_and_times_are_instants() {
        let second = 1_000_000_000;
        for (text, instant) in [
            ("1970-01-01", Some(0)),
            ("1969-12-31T23:59:59.5Z", Some(-second / 2)),
            ("2013-11-01", Some(1_383_264_000 * second)),
            ("2013-11-01 01:00", Some(1_383_267_600 * second)),
            ("2013-11-01T01:00+01:00", Some(1_383_264_000 * second)),
            ("2013-11-01T01:00:00.000000001", Some(1_383_267_600 * second + 1)),
            ("2013-11-01 ", None),
            ("2013-11-01 1:00", None),
            ("2013-11-01 01:00:", None),
            ("2013-13-01", None),
            ("2013-11-01x", None),
            ("12:30:00", None),
            ("1383264000", None),
            ("", None),
        ] {
            assert_eq!(nanoseconds(text), instant, "{text}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(instant(0, 0), "1970-01-01");
        assert_eq!(instant(951_782_400, 1), "2000-02-29 00:00:00.000000001");
        assert_eq!(instant(-1, 0), "1969-12-31 23:59:59");
        assert_eq!(instant(253_402_214_400, 0), "9999-12-31");
        assert_eq!(instant(-62_167_219_201, 0), "-0001-12-31 23:59:59");
        for day in (-800_000..800_000).step_by(13) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
        // The ends of the range do not overflow.
        instant(i64::MAX, 999_999_999);
        instant(i64::MIN, 0);
    }
}
