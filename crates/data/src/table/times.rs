//! Spells the dates and times of a Parquet or Arrow batch. They are computed in nanoseconds in 128
//! bits, which no unit of 64 bits overflows.

use crate::arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use crate::arrow::compute::cast;
use crate::arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampNanosecondType};
use ssim_core::spelling::{clock, instant};

/// A value that cannot be used.
pub(super) struct Bad {
    /// Its row in the batch, counted from 0.
    pub row: usize,
    pub reason: String,
}

impl Bad {
    pub fn new(row: usize, reason: impl Into<String>) -> Self {
        Self { row, reason: reason.into() }
    }
}

/// A column of times.
pub(super) struct Times {
    pub texts: StringViewArray,
    /// The same times as numbers: nanoseconds from 1970-01-01 in UTC, or from midnight.
    pub nanoseconds: StringViewArray,
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// Spells a column of dates, timestamps, or times of day.
pub(super) fn times(column: &ArrayRef) -> Result<Times, Bad> {
    let nanoseconds = |unit: &TimeUnit| match unit {
        TimeUnit::Second => SECOND,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1000,
        TimeUnit::Nanosecond => 1,
    };
    // The number of nanoseconds in the column's unit, and whether they are counted from midnight.
    let (size, of_day) = match column.data_type() {
        DataType::Date32 => (DAY, false),
        DataType::Date64 => (1_000_000, false),
        DataType::Timestamp(unit, _) => (nanoseconds(unit), false),
        DataType::Time32(unit) | DataType::Time64(unit) => (nanoseconds(unit), true),
        other => return Err(Bad::new(0, format!("expected times, got {other}"))),
    };
    let whole = stored(column).map_err(|e| Bad::new(0, e.to_string()))?;
    let each = whole.as_primitive::<Int64Type>().iter();
    spelled(each.map(|stored| stored.map(|stored| Some(i128::from(stored) * size))), of_day)
}

/// The numbers that a column of times stores.
fn stored(column: &ArrayRef) -> crate::arrow::error::Result<ArrayRef> {
    match column.data_type() {
        DataType::Date32 | DataType::Time32(_) => {
            cast(&cast(column, &DataType::Int32)?, &DataType::Int64)
        }
        _ => cast(column, &DataType::Int64),
    }
}

/// Spells times of the old type INT96, given as nanoseconds of which the library keeps the low 64
/// bits, and as whole seconds. The nanosecond lies within the second, which gives the other bits.
pub(super) fn int96(low: &ArrayRef, seconds: &ArrayRef) -> Result<Times, Bad> {
    let seconds = cast(seconds, &DataType::Int64).map_err(|e| Bad::new(0, e.to_string()))?;
    let seconds = seconds.as_primitive::<Int64Type>().iter();
    let each = low.as_primitive::<TimestampNanosecondType>().iter().zip(seconds).map(|pair| {
        let (Some(low), Some(seconds)) = pair else { return None };
        let begin = i128::from(seconds) * SECOND;
        let rest = i128::from(low.wrapping_sub(begin as i64));
        Some((0..SECOND).contains(&rest).then(|| begin + rest))
    });
    spelled(each, false)
}

/// Spells nanoseconds; `None` is a null, and `Some(None)` a time that is out of range.
fn spelled(each: impl Iterator<Item = Option<Option<i128>>>, of_day: bool) -> Result<Times, Bad> {
    let (mut texts, mut numbers) = (StringViewBuilder::new(), StringViewBuilder::new());
    let text = |nanoseconds: i128| {
        let seconds = i64::try_from(nanoseconds.div_euclid(SECOND)).ok()?;
        let rest = nanoseconds.rem_euclid(SECOND) as u32;
        match of_day {
            true => (0..DAY).contains(&nanoseconds).then(|| clock(seconds, rest)),
            false => Some(instant(seconds, rest)),
        }
    };
    for (row, time) in each.enumerate() {
        let Some(time) = time else {
            texts.append_null();
            numbers.append_null();
            continue;
        };
        let Some((nanoseconds, text)) = time.and_then(|n| Some((n, text(n)?))) else {
            return Err(Bad::new(row, "expected a time, got one that is out of range"));
        };
        texts.append_value(text);
        numbers.append_value(nanoseconds.to_string());
    }
    Ok(Times { texts: texts.finish(), nanoseconds: numbers.finish() })
}
