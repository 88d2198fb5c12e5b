//! The scenarios that learn from each other's shared rows.
//!
//! A row of a list trains the tower of every scenario. In a **directed** list it trains, beside its own tower, only
//! those of its scenario's borrowers: of the scenarios in which rows like it say the same.

use serde::{Deserialize, Serialize};

/// For every scenario the other scenarios whose towers its shared rows train, `[K]`, ascending.
///
/// ```
/// use ssim_core::borrowers::Borrowers;
/// let borrowers = Borrowers::new(3, |from, to| from + to == 2);
/// assert_eq!((borrowers.of(0), borrowers.of(1)), (&[2][..], &[][..]));
/// assert!(borrowers.lends(2, 0) && !borrowers.lends(2, 1));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Borrowers(Vec<Vec<u16>>);

impl Borrowers {
    /// The borrowers among `scenarios` scenarios: `lends` says whether rows of the first scenario may train
    /// the tower of the second.
    pub fn new(scenarios: usize, lends: impl Fn(usize, usize) -> bool) -> Self {
        let of = |from: usize| {
            let to = (0..scenarios).filter(|to| *to != from && lends(from, *to));
            to.map(|to| to as u16).collect()
        };
        Self((0..scenarios).map(of).collect())
    }

    /// Number of scenarios `K`.
    pub fn scenarios(&self) -> usize {
        self.0.len()
    }

    /// The borrowers of a scenario.
    pub fn of(&self, scenario: usize) -> &[u16] {
        self.0.get(scenario).map_or(&[], Vec::as_slice)
    }

    /// Whether shared rows of `from` train the tower of `to`.
    pub fn lends(&self, from: usize, to: usize) -> bool {
        u16::try_from(to).is_ok_and(|to| self.of(from).contains(&to))
    }

    /// Whether these are borrowers among `scenarios` scenarios, as read from a file.
    pub fn fit(&self, scenarios: usize) -> bool {
        let ascends = |of: &[u16]| of.windows(2).all(|pair| pair[0] < pair[1]);
        let in_range = |(from, of): (usize, &Vec<u16>)| {
            of.iter().all(|to| usize::from(*to) < scenarios && usize::from(*to) != from)
        };
        self.0.len() == scenarios
            && self.0.iter().all(|of| ascends(of))
            && self.0.iter().enumerate().all(in_range)
    }
}
