//! The list of any number of rows, by counting in place of sorting.
//!
//! Rows are ranked as [`Ranking`](crate::mask::Ranking) ranks them: the best score first, and of
//! equal scores the lowest row number. The two are one key of 96 bits, and the last key on a list
//! is found 16 bits at a time: a pass over the rows counts which digit follows, and the digit at
//! which the count reaches the length of the list is the key's. Two passes are enough unless many
//! rows have the same score, six always are. Counts of parts of the rows add up to those of all.

use crate::error::{Error, Result};
use crate::mask::Pool;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bits of a key, and of a digit.
const KEY: u32 = 96;
const DIGIT: u32 = 16;

/// Where a row stands: better rows have smaller keys. NaN has a place, too, so it is refused before.
fn key(score: f32, row: u64) -> u128 {
    let bits = score.to_bits();
    // The order of `f32::total_cmp` as that of integers.
    let rising = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
    u128::from(!rising) << 64 | u128::from(row)
}

/// The score and the row number in a key.
fn parts(key: u128) -> (f32, u64) {
    let rising = !((key >> 64) as u32);
    let bits = if rising >> 31 == 1 { rising ^ 1 << 31 } else { !rising };
    (f32::from_bits(bits), key as u64)
}

/// How many rows have which digit, for each of the `K` scenarios.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram(Vec<BTreeMap<u16, u64>>);

impl Histogram {
    /// No rows of `scenarios` scenarios.
    pub fn new(scenarios: usize) -> Self {
        Self(vec![BTreeMap::new(); scenarios])
    }

    /// Adds the counts of other rows.
    pub fn merge(&mut self, other: &Histogram) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), BTreeMap::new());
        }
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            other.iter().for_each(|(digit, n)| *own.entry(*digit).or_default() += n);
        }
    }
}

/// What is on a list, for each pool: rows up to a key.
///
/// ```
/// use ssim_core::cut::{Cut, Histogram};
/// use ssim_core::mask::Pool;
/// // Row number, score and scenario.
/// let rows = [(1, 0.1, 0), (2, 0.9, 0), (3, 0.5, 1), (4, 0.9, 1)];
/// let mut cut = Cut::new(0.5, Pool::Global, 2)?;
/// while !cut.is_found() {
///     let mut counts = Histogram::new(2);
///     for (row, score, scenario) in rows {
///         cut.count(score, scenario, row, &mut counts)?;
///     }
///     cut.narrow(&counts)?;
/// }
/// assert_eq!(rows.map(|(row, score, scenario)| cut.shares(score, scenario, row)), [false, true, false, true]);
/// # Ok::<(), ssim_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    ratio: f64,
    pool: Pool,
    /// Digits that are known.
    known: u32,
    limits: Vec<Limit>,
}

/// The last key on one pool's list, or what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    /// Its digits so far, and how many rows that begin with them are on the list.
    Begun(u128, u64),
    /// Nothing is on the list where there is none.
    Found(Option<u128>),
}

impl Cut {
    /// The ⌊n·ratio⌋ best rows of all, or of each of `scenarios` scenarios.
    ///
    /// # Errors
    /// When the ratio is not in [0, 1], or the pool is a batch, which a stream of rows does not have.
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

    /// The rows with a score of at least `threshold`.
    pub fn threshold(threshold: f32) -> Self {
        // Zero has two signs, which are equal as numbers.
        let lowest = if threshold == 0.0 { -0.0 } else { threshold };
        let limit = Limit::Found(Some(key(lowest, u64::MAX)));
        Self { ratio: 1.0, pool: Pool::Global, known: 0, limits: vec![limit] }
    }

    /// Whether no more passes are needed.
    pub fn is_found(&self) -> bool {
        self.limits.iter().all(|limit| matches!(limit, Limit::Found(_)))
    }

    /// Bits of a key that come after the digits that are known.
    fn below(&self) -> u32 {
        KEY - DIGIT * self.known
    }

    fn limit(&self, scenario: u16) -> Option<&Limit> {
        let at = if self.pool == Pool::Global { 0 } else { usize::from(scenario) };
        self.limits.get(at)
    }

    /// Counts a row in this pass.
    ///
    /// # Errors
    /// When the score is NaN.
    pub fn count(&self, score: f32, scenario: u16, row: u64, counts: &mut Histogram) -> Result<()> {
        if score.is_nan() {
            return Err(Error::Data(format!("row {row}: score: expected a number, got NaN")));
        }
        let (Some(Limit::Begun(digits, _)), below) = (self.limit(scenario), self.below()) else {
            return Ok(());
        };
        let key = key(score, row);
        if let Some(counts) =
            counts.0.get_mut(usize::from(scenario)).filter(|_| key >> below == *digits)
        {
            *counts.entry((key >> (below - DIGIT)) as u16).or_default() += 1;
        }
        Ok(())
    }

    /// Takes what a pass over all rows has counted.
    ///
    /// # Errors
    /// When rows that are to be told apart have the same number.
    pub fn narrow(&mut self, counts: &Histogram) -> Result<()> {
        let mut all = Histogram::new(1);
        if self.pool == Pool::Global {
            counts.0.iter().for_each(|one| all.merge(&Histogram(vec![one.clone()])));
        }
        let pools = if self.pool == Pool::Global { &all } else { counts };
        let (first, rest) = (self.known == 0, self.below() - DIGIT);
        let none = BTreeMap::new();
        for (at, limit) in self.limits.iter_mut().enumerate() {
            let Limit::Begun(digits, wanted) = limit else { continue };
            let counts = pools.0.get(at).unwrap_or(&none);
            if first {
                *wanted = (counts.values().sum::<u64>() as f64 * self.ratio) as u64;
            }
            let mut before = 0;
            let upto = |(digit, n): (&u16, &u64)| {
                before += n;
                (before >= *wanted).then_some((*digit, *n, before))
            };
            let Some((digit, n, upto)) = counts.iter().find_map(upto).filter(|_| *wanted > 0)
            else {
                *limit = Limit::Found(None);
                continue;
            };
            let (digits, wanted) = (*digits << DIGIT | u128::from(digit), *wanted + n - upto);
            *limit = match (wanted == n, rest) {
                // The whole digit is on the list, and with it every key that goes on from it.
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

    /// Whether a row is on the list; none is before the cut is found.
    pub fn shares(&self, score: f32, scenario: u16, row: u64) -> bool {
        match self.limit(scenario) {
            Some(Limit::Found(Some(last))) => key(score, row) <= *last,
            _ => false,
        }
    }

    /// For every pool the score from which rows are on the list, and of the rows with just this
    /// score the last number that is; none where all or nothing of them is decided by the score.
    pub fn limits(&self) -> Vec<Option<(f32, Option<u64>)>> {
        let told = |limit: &Limit| match limit {
            Limit::Found(Some(last)) => {
                let (score, row) = parts(*last);
                Some((score, (row != u64::MAX).then_some(row)))
            }
            _ => None,
        };
        self.limits.iter().map(told).collect()
    }
}
