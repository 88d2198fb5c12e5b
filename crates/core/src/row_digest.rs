//! A digest of rows, by which one data set is told from another.
//!
//! The fingerprint of a schema says what ids mean. It does not say which rows there are: the same
//! log with other labels, in another order or split by another seed has the same fingerprint. So
//! everything that is computed on rows also carries their digest.

use crate::borrowers::Borrowers;
use crate::checksum::Checksum;
use crate::instances::Instances;
use bytemuck::NoUninit;
use serde::{Deserialize, Serialize};

/// Counts and digests of the rows of one split, in their order.
///
/// ```
/// use ssim_core::instances::Instances;
/// use ssim_core::row_digest::RowDigest;
/// let rows = Instances {
///     fields: 1, sizes: vec![2], ids: vec![0, 1], labels: vec![0, 1], scenarios: vec![0, 0],
///     rows: vec![2, 3], planted: None,
/// };
/// let other = Instances { labels: vec![1, 1], ..rows.clone() };
/// let difference = RowDigest::of(&rows).difference(&RowDigest::of(&other));
/// assert_eq!(difference.unwrap(), "expected 1 click in 2 rows, got 2 in 2");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowDigest {
    /// Number of rows.
    pub rows: u64,
    /// Number of rows with a click.
    pub clicks: u64,
    /// Digest of the row numbers.
    pub numbers: String,
    /// Digest of the scenarios.
    pub scenarios: String,
    /// Digest of the labels.
    pub labels: String,
    /// Digest of the ids of all fields.
    pub ids: String,
    /// Digest of the planted truth; only synthetic rows have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planted: Option<String>,
}

impl RowDigest {
    /// The digest of all rows.
    pub fn of(rows: &Instances) -> Self {
        let mut hasher = RowHasher::default();
        hasher.add(rows);
        hasher.finish()
    }

    /// The first difference from `got` in words: what was expected, and what there is. `None` if
    /// the rows are the same.
    pub fn difference(&self, got: &Self) -> Option<String> {
        if (self.rows, self.clicks) != (got.rows, got.clicks) {
            let clicks = if self.clicks == 1 { "click" } else { "clicks" };
            return Some(format!(
                "expected {} {clicks} in {} rows, got {} in {}",
                self.clicks, self.rows, got.clicks, got.rows
            ));
        }
        let columns = [
            (self.numbers == got.numbers, "row numbers, or rows in another order"),
            (self.scenarios == got.scenarios, "scenarios of the rows"),
            (self.labels == got.labels, "labels"),
            (self.ids == got.ids, "values in the fields"),
            (self.planted == got.planted, "planted truth"),
        ];
        let (_, what) = columns.iter().find(|(same, _)| !same)?;
        Some(format!("expected the same {} rows, got other {what}", self.rows))
    }
}

/// Computes the digest of rows that arrive in pieces. The pieces' lengths do not matter.
#[derive(Clone, Default)]
pub struct RowHasher {
    rows: u64,
    clicks: u64,
    numbers: Checksum,
    scenarios: Checksum,
    labels: Checksum,
    ids: Checksum,
    planted: Option<Checksum>,
}

impl RowHasher {
    /// Adds rows.
    pub fn add(&mut self, rows: &Instances) {
        self.rows += rows.len() as u64;
        self.clicks += rows.labels.iter().map(|label| u64::from(*label)).sum::<u64>();
        write(&mut self.numbers, &rows.rows, |n| n.to_le_bytes());
        write(&mut self.scenarios, &rows.scenarios, |s| s.to_le_bytes());
        write(&mut self.labels, &rows.labels, |label| [label]);
        write(&mut self.ids, &rows.ids, |id| id.to_le_bytes());
        if let Some(truth) = &rows.planted {
            let planted = self.planted.get_or_insert_default();
            for (shared, probability) in truth.shared.iter().zip(&truth.probability) {
                planted.add(&[u8::from(*shared)]);
                planted.add(&probability.to_le_bytes());
            }
        }
    }

    /// The digest of all rows that were added.
    pub fn finish(self) -> RowDigest {
        let text = |hash: Checksum| format!("{:016x}", hash.value());
        RowDigest {
            rows: self.rows,
            clicks: self.clicks,
            numbers: text(self.numbers),
            scenarios: text(self.scenarios),
            labels: text(self.labels),
            ids: text(self.ids),
            planted: self.planted.map(text),
        }
    }
}

/// Adds the little-endian bytes of numbers; `bytes` gives those of one number, for other hosts.
fn write<T: NoUninit, const N: usize>(
    hash: &mut Checksum,
    values: &[T],
    bytes: impl Fn(T) -> [u8; N],
) {
    match cfg!(target_endian = "little") {
        true => hash.add(bytemuck::cast_slice(values)),
        false => values.iter().for_each(|value| hash.add(&bytes(*value))),
    }
}

/// The digest of a list, one mark per row `[n]`.
pub fn of_list(shared: &[bool]) -> String {
    let mut hash = Checksum::default();
    hash.add(&(shared.len() as u64).to_le_bytes());
    write(&mut hash, shared, |mark| [u8::from(mark)]);
    format!("{:016x}", hash.value())
}

/// The digest of a list whose rows train the towers of their scenario's `borrowers`, if it is directed.
pub fn of_directed(shared: &[bool], borrowers: Option<&Borrowers>) -> String {
    let list = of_list(shared);
    let Some(borrowers) = borrowers else { return list };
    let mut hash = Checksum::default();
    let k = borrowers.scenarios();
    let pairs = (0..k).flat_map(|from| (0..k).map(move |to| (from, to)));
    let marks: Vec<bool> = pairs.map(|(from, to)| borrowers.lends(from, to)).collect();
    write(&mut hash, &marks, |mark| [u8::from(mark)]);
    format!("{list} {:016x}", hash.value())
}
