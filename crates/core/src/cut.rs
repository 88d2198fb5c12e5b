//! Finds the best rows among any number of rows by counting, without sorting or holding them.
//!
//! Rows are ranked as in [`Ranking`](crate::mask::Ranking): the best score comes first, and among
//! equal scores the lowest row number. Score and row number together are a key of 96 bits. The last
//! key on the list is found one digit of 16 bits at a time. A pass over the rows counts, for each
//! value of the next digit, the rows that have it; the digit of the last key is the one at which
//! the running total reaches the length of the list.
//!
//! Two passes are enough unless many rows have the same score, and six passes always are. Counts of
//! parts of the rows add up to the counts of all rows, so parts may be counted on different
//! machines.

use crate::error::{Error, Result};
use crate::mask::{Pool, part};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Number of bits of a key.
const KEY: u32 = 96;
/// Number of bits of a digit.
const DIGIT: u32 = 16;

/// The key of a row; better rows have smaller keys. −0 has the key of 0, because they are one score.
/// NaN would get a key too, so [`ListCutoff::count`] refuses it.
fn key(score: f32, row: u64) -> u128 {
    // The sum of −0 and 0 is 0; all other numbers stay as they are.
    let bits = (score + 0.0).to_bits();
    // As unsigned integers these have the order of `f32::total_cmp`: flip all bits of a negative
    // number, and only the sign of any other.
    let rising = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
    u128::from(!rising) << 64 | u128::from(row)
}

/// The score and the row number in a key.
fn parts(key: u128) -> (f32, u64) {
    let rising = !((key >> 64) as u32);
    let bits = if rising >> 31 == 1 { rising ^ 1 << 31 } else { !rising };
    (f32::from_bits(bits), key as u64)
}

/// For each of the `K` scenarios, the number of rows with each value of the next digit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram(Vec<BTreeMap<u16, u64>>);

impl Histogram {
    /// A histogram without rows, for this number of scenarios.
    pub fn new(scenarios: usize) -> Self {
        Self(vec![BTreeMap::new(); scenarios])
    }

    /// Adds the counts of other rows.
    pub fn merge(&mut self, other: &Histogram) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), BTreeMap::new());
        }
        for (counts, more) in self.0.iter_mut().zip(&other.0) {
            for (digit, n) in more {
                let count = counts.entry(*digit).or_default();
                // Counts that were read from a file may be any numbers.
                *count = count.saturating_add(*n);
            }
        }
    }

    /// Number of rows that are counted; at most `u64::MAX`.
    pub fn total(&self) -> u64 {
        self.0.iter().flat_map(BTreeMap::values).fold(0, |sum, n| sum.saturating_add(*n))
    }
}

/// The end of a list in every pool: a row is on the list if its key is not above the pool's last
/// key.
///
/// Call [`ListCutoff::count`] for every row and then [`ListCutoff::narrow`] with the counts, until
/// [`ListCutoff::is_found`]. After that [`ListCutoff::shares`] says which rows are on the list.
///
/// ```
/// use ssim_core::cut::{Histogram, ListCutoff};
/// use ssim_core::mask::Pool;
/// // Row number, score and scenario.
/// let rows = [(1, 0.1, 0), (2, 0.9, 0), (3, 0.5, 1), (4, 0.9, 1)];
/// let mut cutoff = ListCutoff::new(0.5, Pool::Global, 2)?;
/// while !cutoff.is_found() {
///     let mut counts = Histogram::new(2);
///     for (row, score, scenario) in rows {
///         cutoff.count(score, scenario, row, &mut counts)?;
///     }
///     cutoff.narrow(&counts)?;
/// }
/// let shared = rows.map(|(row, score, scenario)| cutoff.shares(score, scenario, row));
/// assert_eq!(shared, [false, true, false, true]);
/// # Ok::<(), ssim_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ListCutoff {
    ratio: f64,
    pool: Pool,
    /// Number of digits that are known.
    known: u32,
    /// One limit per pool.
    limits: Vec<Limit>,
}

/// The last key on one pool's list, or its first digits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    /// The digits that are known, and the number of rows on the list whose keys begin with them.
    Begun(u128, u64),
    /// The last key; `None` if no row of the pool is on the list.
    Found(Option<u128>),
}

impl ListCutoff {
    /// A cutoff for the ⌊n·ratio⌋ best rows (see [`part`]) of all, or of each of `scenarios` scenarios.
    ///
    /// # Errors
    /// When the ratio is not in [0, 1], or the pool is a batch, which needs an order of rows.
    pub fn new(ratio: f64, pool: Pool, scenarios: usize) -> Result<Self> {
        if !(0.0..=1.0).contains(&ratio) {
            return Err(Error::Config(format!("ratio: expected 0 to 1, got {ratio}")));
        }
        let pools = match pool {
            Pool::Batch => {
                return Err(Error::Config("by: expected global or scenario, got batch".into()));
            }
            Pool::Global => 1,
            Pool::Scenario => scenarios,
        };
        Ok(Self { ratio, pool, known: 0, limits: vec![Limit::Begun(0, 0); pools] })
    }

    /// A cutoff for the rows with a score of at least `threshold`. It is found already.
    pub fn threshold(threshold: f32) -> Self {
        let limit = Limit::Found(Some(key(threshold, u64::MAX)));
        Self { ratio: 1.0, pool: Pool::Global, known: 0, limits: vec![limit] }
    }

    /// Whether the last keys are known, so that no more passes are needed.
    pub fn is_found(&self) -> bool {
        self.limits.iter().all(|limit| matches!(limit, Limit::Found(_)))
    }

    /// Number of bits of a key after the known digits.
    fn below(&self) -> u32 {
        KEY - DIGIT * self.known
    }

    /// The limit of the pool to which the scenario's rows belong.
    fn limit(&self, scenario: u16) -> Option<&Limit> {
        let at = if self.pool == Pool::Global { 0 } else { usize::from(scenario) };
        self.limits.get(at)
    }

    /// Counts the next digit of a row in `counts`, unless it is already decided whether the row is
    /// on the list.
    ///
    /// # Errors
    /// When the score is NaN.
    pub fn count(&self, score: f32, scenario: u16, row: u64, counts: &mut Histogram) -> Result<()> {
        if score.is_nan() {
            return Err(Error::Data(format!("row {row}: score: expected a number, got NaN")));
        }
        let Some(Limit::Begun(digits, _)) = self.limit(scenario) else {
            return Ok(());
        };
        let below = self.below();
        let key = key(score, row);
        if let Some(counts) =
            counts.0.get_mut(usize::from(scenario)).filter(|_| key >> below == *digits)
        {
            *counts.entry((key >> (below - DIGIT)) as u16).or_default() += 1;
        }
        Ok(())
    }

    /// Finds the next digit of every last key from the counts of a pass over all rows.
    ///
    /// # Errors
    /// When several rows have the same number and the same score, and only some of them fit on the
    /// list; or when a pass has found other rows than the one before it.
    pub fn narrow(&mut self, counts: &Histogram) -> Result<()> {
        let mut all = Histogram::new(1);
        if self.pool == Pool::Global {
            counts.0.iter().for_each(|one| all.merge(&Histogram(vec![one.clone()])));
        }
        let pools = if self.pool == Pool::Global { &all } else { counts };
        let first_pass = self.known == 0;
        let rest = self.below() - DIGIT;
        let none = BTreeMap::new();
        for (at, limit) in self.limits.iter_mut().enumerate() {
            let Limit::Begun(digits, wanted) = limit else { continue };
            let counts = pools.0.get(at).unwrap_or(&none);
            // Only now is the number of rows known, and with it the length of the list.
            if first_pass {
                let rows = counts.values().fold(0u64, |sum, n| sum.saturating_add(*n));
                *wanted = part(rows, self.ratio);
            }
            // The digit at which the running total reaches `wanted`, its count, and the total.
            let mut total = 0;
            let reached = counts.iter().find_map(|(digit, n)| {
                total = u64::saturating_add(total, *n);
                (total >= *wanted).then_some((*digit, *n, total))
            });
            if *wanted == 0 {
                *limit = Limit::Found(None);
                continue;
            }
            let Some((digit, n, total)) = reached else {
                let text =
                    format!("scores: expected {wanted} more rows as counted before, got {total}");
                return Err(Error::Data(text));
            };
            let digits = *digits << DIGIT | u128::from(digit);
            // Of the rows with this digit, those that are still on the list.
            let wanted = *wanted - (total - n);
            *limit = match (wanted == n, rest) {
                // All rows with this digit are on the list, so the last key has the largest rest.
                (true, _) => Limit::Found(Some(digits << rest | ((1 << rest) - 1))),
                (false, 0) => {
                    let row = parts(digits).1;
                    return Err(Error::Data(format!("row {row}: expected once, got {n} times")));
                }
                (false, _) => Limit::Begun(digits, wanted),
            };
        }
        self.known += 1;
        Ok(())
    }

    /// Whether a row is on the list; `false` for all rows of a pool whose last key is not found
    /// yet.
    pub fn shares(&self, score: f32, scenario: u16, row: u64) -> bool {
        match self.limit(scenario) {
            Some(Limit::Found(Some(last))) => key(score, row) <= *last,
            _ => false,
        }
    }

    /// The end of the list in every pool: rows with a higher score than this one are on the list,
    /// and of the rows with exactly this score those up to the row number. The number is `None` if
    /// all of them are on the list. A pool without rows on the list has `None`.
    pub fn limits(&self) -> Vec<Option<(f32, Option<u64>)>> {
        self.limits
            .iter()
            .map(|limit| match limit {
                Limit::Found(Some(last)) => {
                    let (score, row) = parts(*last);
                    // The keys after the last one of −∞ are NaN's, and stand for no row.
                    let score = if score.is_nan() { f32::NEG_INFINITY } else { score };
                    Some((score, (row != u64::MAX).then_some(row)))
                }
                _ => None,
            })
            .collect()
    }
}
