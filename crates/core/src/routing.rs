//! Routing says which tower sees which row of a batch.

use crate::borrowers::Borrowers;
use crate::parallel;
use crate::tower_draw::TowerDraw;
use std::ops::Range;

/// For every tower the rows of the batch that it sees: first the private rows of its scenario, then
/// the shared rows.
///
/// A pair of row and tower that is left out has loss weight 0. So leaving it out saves time and
/// does not change the result.
///
/// ```
/// use ssim_core::routing::Routing;
/// let r = Routing::new(2, &[0, 1, 0], &[false, false, true]);
/// assert_eq!(r.tower(0), [0, 2]); // its own row 0, and the shared row 2
/// assert_eq!(r.tower(1), [1, 2]);
/// assert_eq!(r.shared(), [2]);
/// assert_eq!(r.pairs(), [0, 2, 1, 2]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Routing {
    /// The rows of the first tower, then those of the second, and so on.
    pairs: Vec<u32>,
    /// The places where the rows of each tower begin in `pairs`, and the end of the last, `[K + 1]`.
    starts: Vec<usize>,
    /// Number of private rows of each tower, `[K]`.
    private: Vec<usize>,
    shared: Vec<u32>,
}

impl Routing {
    /// Routes row `i` to the tower of its scenario, or to all towers if `shared[i]`.
    pub fn new(towers: usize, scenarios: &[u16], shared: &[bool]) -> Self {
        Self::with(towers, scenarios, shared, |seen, all| {
            seen.iter_mut().for_each(|rows| rows.extend_from_slice(all));
        })
    }

    /// Routes row `i` to the tower of its scenario, and if `shared[i]` to those that are drawn for it
    /// too. Row `i` stands at place `first + i` of the batch.
    pub fn drawn(
        towers: usize,
        scenarios: &[u16],
        shared: &[bool],
        draw: TowerDraw,
        first: usize,
    ) -> Self {
        Self::with(towers, scenarios, shared, |seen, all| {
            let mut chosen = vec![false; towers];
            for row in all {
                let own = usize::from(scenarios[*row as usize]).min(towers - 1);
                draw.choose(first as u64 + u64::from(*row), own, &mut chosen);
                let seen = seen.iter_mut().zip(&chosen).filter(|(_, chosen)| **chosen);
                seen.for_each(|(rows, _)| rows.push(*row));
            }
        })
    }

    /// Routes row `i` to the tower of its scenario, and if `shared[i]` to those of its scenario's borrowers too.
    pub fn directed(
        towers: usize,
        scenarios: &[u16],
        shared: &[bool],
        borrowers: &Borrowers,
    ) -> Self {
        Self::with(towers, scenarios, shared, |seen, all| {
            for row in all {
                let own = usize::from(scenarios[*row as usize]).min(towers - 1);
                seen[own].push(*row);
                borrowers.of(own).iter().for_each(|to| seen[usize::from(*to)].push(*row));
            }
        })
    }

    /// A routing whose shared rows are added to the rows of the towers by `share`.
    fn with(
        towers: usize,
        scenarios: &[u16],
        shared: &[bool],
        share: impl FnOnce(&mut [Vec<u32>], &[u32]),
    ) -> Self {
        let mut seen = vec![Vec::new(); towers];
        let mut all = Vec::new();
        for (i, (scenario, everywhere)) in (0u32..).zip(scenarios.iter().zip(shared)) {
            if *everywhere {
                all.push(i);
            } else {
                // A model with a single tower uses it for every scenario.
                seen[usize::from(*scenario).min(towers - 1)].push(i);
            }
        }
        let private = seen.iter().map(Vec::len).collect();
        share(&mut seen, &all);
        let mut starts = vec![0];
        for rows in &seen {
            starts.push(starts[starts.len() - 1] + rows.len());
        }
        Self { pairs: seen.concat(), starts, private, shared: all }
    }

    /// Routes every row only to the tower of its scenario, as models do when they predict.
    pub fn own(towers: usize, scenarios: &[u16]) -> Self {
        Self::new(towers, scenarios, &vec![false; scenarios.len()])
    }

    /// Number of towers.
    pub fn towers(&self) -> usize {
        self.private.len()
    }

    /// The rows of all pairs of row and tower: those of the first tower, then those of the second.
    pub fn pairs(&self) -> &[u32] {
        &self.pairs
    }

    /// The places in [`Routing::pairs`] that belong to tower `k`.
    pub fn range(&self, k: usize) -> Range<usize> {
        self.starts[k]..self.starts[k + 1]
    }

    /// The rows of the batch that tower `k` sees.
    pub fn tower(&self, k: usize) -> &[u32] {
        &self.pairs[self.range(k)]
    }

    /// Number of private rows of tower `k`, the first ones of [`Routing::tower`].
    pub fn private(&self, k: usize) -> usize {
        self.private[k]
    }

    /// The rows of the batch that more than one tower may see.
    pub fn shared(&self) -> &[u32] {
        &self.shared
    }

    /// Cuts the pairs into at most `parts` pieces of equal size. Each is the rows that it needs, in
    /// ascending order, and a routing of these rows by their positions among them.
    ///
    /// Neighbouring pieces have at most one tower in common. So the weights of a tower, and their
    /// gradients, are the work of one piece, which is most of the work if towers see few rows.
    pub fn cut(&self, parts: usize) -> Vec<(Vec<u32>, Self)> {
        let n = self.pairs.iter().max().map_or(0, |last| *last as usize + 1);
        let pieces = parallel::ranges(self.pairs.len(), parts).into_iter();
        let pieces = pieces.filter(|piece| !piece.is_empty()).map(|piece| {
            // The position of each row among those of the piece, and `NONE` for all others.
            const NONE: u32 = u32::MAX;
            let mut positions = vec![NONE; n];
            self.pairs[piece.clone()].iter().for_each(|row| positions[*row as usize] = 0);
            let rows: Vec<u32> =
                (0..n as u32).filter(|row| positions[*row as usize] != NONE).collect();
            (0u32..).zip(&rows).for_each(|(at, row)| positions[*row as usize] = at);
            let position = |row: &u32| positions[*row as usize];
            let inside = |place: usize| place.clamp(piece.start, piece.end) - piece.start;
            let private = (0..self.towers()).map(|k| {
                let from = self.starts[k];
                inside(from + self.private[k]) - inside(from)
            });
            let routing = Self {
                pairs: self.pairs[piece.clone()].iter().map(position).collect(),
                starts: self.starts.iter().map(|start| inside(*start)).collect(),
                private: private.collect(),
                shared: self.shared.iter().map(position).filter(|at| *at != NONE).collect(),
            };
            (rows, routing)
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_every_pair_once() {
        let scenarios: Vec<u16> = (0..50).map(|i| i * i % 7).collect();
        let shared: Vec<bool> = (0..50).map(|i| i % 3 == 0).collect();
        let draw = TowerDraw { towers: 3, key: 5 };
        for whole in [
            Routing::new(7, &scenarios, &shared),
            Routing::own(7, &scenarios),
            Routing::drawn(7, &scenarios, &shared, draw, 0),
            Routing::directed(7, &scenarios, &shared, &Borrowers::new(7, |a, b| (a + b) % 3 == 0)),
        ] {
            for parts in [1, 2, 5, 1000] {
                let mut found = vec![Vec::new(); 7];
                let mut private = [0; 7];
                for (rows, piece) in whole.cut(parts) {
                    assert!(rows.is_sorted());
                    let row = |at: &u32| rows[*at as usize];
                    for k in 0..7 {
                        found[k].extend(piece.tower(k).iter().map(row));
                        private[k] += piece.private(k);
                    }
                    assert!(piece.shared().iter().all(|at| shared[row(at) as usize]));
                }
                for k in 0..7 {
                    assert_eq!(found[k], whole.tower(k));
                    assert_eq!(private[k], whole.private(k));
                }
            }
        }
        assert!(Routing::own(7, &[]).cut(4).is_empty());
    }

    #[test]
    fn a_directed_row_trains_its_own_tower_and_its_borrowers() {
        let borrowers = Borrowers::new(3, |from, to| (from, to) == (0, 2) || from == 1);
        let routing = Routing::directed(3, &[0, 1, 2, 0], &[true, true, true, false], &borrowers);
        assert_eq!(routing.tower(0), [3, 0, 1]);
        assert_eq!(routing.tower(1), [1]);
        assert_eq!(routing.tower(2), [0, 1, 2]);
        let all = Borrowers::new(3, |_, _| true);
        let (scenarios, shared) = ([0, 1, 2, 0], [true, false, true, true]);
        let directed = Routing::directed(3, &scenarios, &shared, &all);
        assert_eq!(directed, Routing::new(3, &scenarios, &shared));
    }
}
