//! Divides the rows between several jobs, so that each job works on its own part.

use parquet::arrow::arrow_reader::RowSelection;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Number of consecutive rows that go to the same part of a stream, whose total number of rows is
/// not known.
const PIECE: u64 = 16_384;

/// Part i of n parts of the rows, written `i/n` with i from 1. The division depends on the rows and
/// n only, so every row is in exactly one of the n parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobPart {
    /// Number of the part, counted from 0.
    index: u64,
    /// Number of parts.
    of: u64,
}

impl JobPart {
    /// All rows.
    pub const WHOLE: JobPart = JobPart { index: 0, of: 1 };

    /// Number of this part, counted from 1.
    pub fn number(&self) -> u64 {
        self.index + 1
    }

    /// Number of parts.
    pub fn of(&self) -> u64 {
        self.of
    }

    /// True if this part has the row at this place of a stream, counted from 0.
    pub(crate) fn owns(&self, place: u64) -> bool {
        place / PIECE % self.of == self.index
    }

    /// The places of this part's rows among `total` rows.
    pub(crate) fn range(&self, total: u64) -> Range<u64> {
        // In 128 bits, because `total` times `i` may not fit into 64.
        let at = |i: u64| (u128::from(total) * u128::from(i) / u128::from(self.of)) as u64;
        at(self.index)..at(self.index + 1)
    }

    /// The [`range`](Self::range) for a Parquet reader, which then does not decode the rows of
    /// other parts.
    pub(crate) fn selection(&self, total: u64) -> RowSelection {
        let Range { start, end } = self.range(total);
        let places = start as usize..end as usize;
        RowSelection::from_consecutive_ranges([places].into_iter(), total as usize)
    }
}

impl FromStr for JobPart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').map(|(i, n)| (i.parse::<u64>(), n.parse::<u64>()));
        match numbers {
            Some((Ok(i), Ok(n))) if (1..=n).contains(&i) => Ok(Self { index: i - 1, of: n }),
            _ => Err("expected i/n with i from 1 to n".to_owned()),
        }
    }
}

impl fmt::Display for JobPart {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.number(), self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::JobPart;

    #[test]
    fn parts_are_the_whole() {
        let parts: Vec<JobPart> = (1..=7).map(|i| format!("{i}/7").parse().unwrap()).collect();
        for place in (0..300_000).step_by(1009) {
            assert_eq!(parts.iter().filter(|part| part.owns(place)).count(), 1);
        }
        for total in [0, 3, 7, 1_000_003, u64::MAX] {
            let ends = parts.iter().map(|part| part.range(total));
            assert_eq!(ends.fold(0, |at, r| if r.start == at { r.end } else { 1 }), total);
        }
        assert_eq!(parts[2].to_string(), "3/7");
        for bad in ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b"] {
            assert!(bad.parse::<JobPart>().is_err(), "{bad}");
        }
    }
}
