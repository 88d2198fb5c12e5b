//! Whether a row is shared. Every view asks here: for all rows of the sample, or for one row whose
//! fields a reader has changed.

use crate::address::List;
use crate::sample::{Sample, scores};
use ssim_core::look::inspect::{Order, Orders};
use ssim_core::mask::{Pool, Ranking};

/// The criterion that decides which rows are shared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ShareCriterion {
    /// The best rows are shared, up to this part of all rows.
    Ratio(f64),
    /// Rows are shared from this share score on.
    Threshold(f32),
    /// The mask at a moment of the search: its number from 1, and the score above which it shared
    /// rows.
    Moment(usize, f64),
}

impl ShareCriterion {
    /// The number of the search's moment, from 1; `None` for other criteria.
    pub fn moment(self) -> Option<usize> {
        if let Self::Moment(i, _) = self { Some(i) } else { None }
    }
}

/// The decision about one row, for every share score that it could have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ShareVerdict {
    /// The score decides nothing: the row is shared, or it is private.
    Always(bool),
    /// The row is shared from this score on.
    From(f32),
}

impl ShareVerdict {
    /// Whether the row is shared with this score.
    pub fn shares(self, score: f32) -> bool {
        match self {
            Self::Always(shared) => shared,
            Self::From(lowest) => score >= lowest,
        }
    }

    /// The lowest score with which the row is shared; `None` where the score decides nothing.
    pub fn lowest(self) -> Option<f32> {
        if let Self::From(lowest) = self { Some(lowest) } else { None }
    }
}

/// The order of the rows on a list; `None` for lists of all rows or none, which need no order.
fn order(list: List) -> Option<Order> {
    match list {
        List::Ssim => Some(Order::Score),
        List::Random => Some(Order::Random),
        List::Planted => Some(Order::Planted),
        List::All | List::Nothing => None,
    }
}

impl Sample {
    /// The order in which a list takes the rows. `None` where the file has no such list, and for
    /// lists of all rows or none.
    pub fn ranking(&self, list: List, pool: Pool) -> Option<Ranking> {
        self.orders().ranking(order(list)?, pool)
    }

    /// Whether each row is shared, `[n]`. `ranking` is that of the list.
    pub fn shared(
        &self,
        list: List,
        ranking: Option<&Ranking>,
        criterion: ShareCriterion,
    ) -> Vec<bool> {
        let rows_where = |shares: &dyn Fn(f32) -> bool| {
            let column = self.column(&scores(criterion.moment())).unwrap_or_default();
            column.iter().map(|z| shares(*z)).collect()
        };
        match criterion {
            _ if order(list).is_none() => vec![list == List::All; self.len()],
            ShareCriterion::Ratio(ratio) => {
                let cut = ranking.and_then(|r| r.cut(ratio).ok());
                cut.unwrap_or_else(|| vec![false; self.len()])
            }
            ShareCriterion::Threshold(lowest) => rows_where(&|z| z >= lowest),
            ShareCriterion::Moment(_, above) => rows_where(&|z| f64::from(z) > above),
        }
    }

    /// The decision about row `row`, as a row of `scenario`. With its own scenario and score, it is
    /// the one of [`Sample::shared`].
    pub fn verdict(
        &self,
        list: List,
        pool: Pool,
        criterion: ShareCriterion,
        row: usize,
        scenario: u16,
    ) -> ShareVerdict {
        let orders = self.orders();
        let Some(order) = order(list) else { return ShareVerdict::Always(list == List::All) };
        let ratio = match criterion {
            ShareCriterion::Ratio(ratio) => ratio,
            ShareCriterion::Threshold(lowest) => return ShareVerdict::From(lowest),
            ShareCriterion::Moment(_, above) => {
                return ShareVerdict::From((above as f32).next_up());
            }
        };
        match orders.bar(order, pool, ratio, row, scenario) {
            None => ShareVerdict::Always(false),
            Some(bar) if bar == f32::NEG_INFINITY => ShareVerdict::Always(true),
            Some(bar) if order == Order::Score => ShareVerdict::From(bar),
            Some(bar) => {
                let own = orders.keys(order).and_then(|keys| keys.get(row).copied());
                ShareVerdict::Always(own.is_some_and(|own| own >= bar))
            }
        }
    }

    fn orders(&self) -> Orders<'_> {
        Orders {
            scenarios: &self.scenarios,
            scores: self.column("score"),
            planted: self.planted.as_deref(),
            weights: &self.weights,
            chance: &self.chance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_core::look::inspect::Chance;

    fn sample() -> Sample {
        let column = |name: &str, values: &[f32]| (name.to_owned(), values.to_vec());
        let mut sample = Sample::new(
            (0..6).map(f64::from).collect(),
            Chance::new(6),
            [
                column("scenario", &[1.0, 1.0, 1.0, 1.0, 2.0, 2.0]),
                column("planted", &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0]),
                column("score", &[0.9, 0.6, 0.5, 0.5, 0.4, 0.1]),
            ],
        );
        sample.weights = vec![1.0, 3.0];
        sample
    }

    /// What-if says of every row, as it is, what the map says.
    #[test]
    fn one_row_alone_has_the_decision_that_it_has_among_all() {
        let sample = sample();
        let score = sample.column("score").unwrap();
        let criteria = [0.0, 0.25, 0.5, 0.75, 1.0].map(ShareCriterion::Ratio);
        for criterion in criteria.into_iter().chain([ShareCriterion::Threshold(0.5)]) {
            for list in List::ALL {
                for pool in Pool::ALL {
                    let ranking = sample.ranking(*list, pool);
                    let shared = sample.shared(*list, ranking.as_ref(), criterion);
                    for (i, scenario) in sample.scenarios.iter().enumerate() {
                        let verdict = sample.verdict(*list, pool, criterion, i, *scenario);
                        let told = verdict.shares(score[i]);
                        assert_eq!(told, shared[i], "{list:?} {pool:?} {criterion:?} {i}");
                    }
                }
            }
        }
    }

    #[test]
    fn of_a_list_of_each_scenario_every_scenario_has_its_own_score() {
        let sample = sample();
        let half = ShareCriterion::Ratio(0.5);
        let of = |scenario| sample.verdict(List::Ssim, Pool::Scenario, half, 0, scenario);
        // Two of four rows are shared: after 0.6, row 0 comes before the other rows with 0.5.
        assert_eq!(of(0).lowest(), Some(0.5));
        assert_eq!(of(1).lowest(), Some(0.4));
        assert_eq!(sample.verdict(List::Random, Pool::Global, half, 0, 0).lowest(), None);
    }
}
