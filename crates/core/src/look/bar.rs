//! From which number on a row is on a list, when the number that orders it or its scenario changes.

use super::inspect::{BATCH, Order, Orders};
use crate::mask::{Pool, Ranking};

impl Orders<'_> {
    /// The lowest number with which row `row`, as a row of `scenario`, is on the list of `ratio`: it is on
    /// it if its number is at least this one. It is −∞ where every number is enough, and `None` where no
    /// number is, or the order is not known.
    ///
    /// For the row's own scenario this is the list of [`Orders::ranking`].
    pub fn bar(
        &self,
        order: Order,
        pool: Pool,
        ratio: f64,
        row: usize,
        scenario: u16,
    ) -> Option<f32> {
        let mut keys = self.keys(order)?;
        let mut scenarios = self.scenarios.to_vec();
        // As the last row of its pool it changes no rank.
        *keys.get_mut(row)? = f32::NEG_INFINITY;
        scenarios[row] = scenario;
        let rows = &self.chance.order;
        let ranking = Ranking::weighted(&keys, &scenarios, rows, pool, BATCH, self.weights).ok()?;
        let own = self.weights.get(usize::from(scenario)).copied().unwrap_or(1.0);
        let fits = |before: f64| (before + own) / ranking.pool[row] <= ratio;
        if !fits(0.0) {
            return None;
        }
        // The row must come before the best of the rows after which it does not fit in.
        let others = self.others(pool, row, scenario).into_iter().map(|i| i as usize);
        let late = others.filter(|i| !fits(ranking.rank[*i]));
        let first = late.min_by(|a, b| ranking.rank[*a].total_cmp(&ranking.rank[*b]));
        let Some(first) = first else { return Some(f32::NEG_INFINITY) };
        // Of equal rows the lower place comes first.
        let key = keys[first] + 0.0;
        Some(if row < first { key } else { key.next_up() })
    }

    /// The other rows of the pool that the row is in as a row of `scenario`.
    fn others(&self, pool: Pool, row: usize, scenario: u16) -> Vec<u32> {
        let order = &self.chance.order;
        let here = |i: &u32| *i as usize == row;
        let rows = match pool {
            Pool::Batch => order.chunks(BATCH).find(|rows| rows.iter().any(here)),
            Pool::Global | Pool::Scenario => Some(&order[..]),
        };
        let rows = rows.unwrap_or_default().iter().copied().filter(|i| !here(i));
        match pool {
            Pool::Scenario => rows.filter(|i| self.scenarios[*i as usize] == scenario).collect(),
            Pool::Batch | Pool::Global => rows.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::look::inspect::{Chance, Order, Orders};
    use crate::mask::Pool;
    use crate::rng::Stream;

    /// Every row is on the list of the ranking exactly where its score reaches its bar.
    #[test]
    fn a_row_that_reaches_its_bar_is_on_the_list() {
        for (n, seed) in [(1, 1), (60, 2), (2500, 3)] {
            let mut stream = Stream::new(seed, "bar", &[]);
            // Few values, so that many scores are equal.
            let scores: Vec<f32> =
                (0..n).map(|_| (8.0 * stream.unit()).floor() as f32 - 4.0).collect();
            let scenarios: Vec<u16> = (0..n).map(|_| (3.0 * stream.unit()) as u16).collect();
            let chance = Chance::new(n);
            let orders = Orders {
                scenarios: &scenarios,
                scores: Some(&scores),
                planted: None,
                weights: &[1.0, 0.5, 4.0],
                chance: &chance,
            };
            for pool in [Pool::Batch, Pool::Global, Pool::Scenario] {
                for ratio in [0.0, 0.3, 0.97, 1.0] {
                    let listed = orders.ranking(Order::Score, pool).unwrap().cut(ratio).unwrap();
                    for row in (0..n).step_by(n.div_ceil(50)) {
                        let bar = orders.bar(Order::Score, pool, ratio, row, scenarios[row]);
                        let reached = bar.is_some_and(|bar| scores[row] >= bar);
                        assert_eq!(reached, listed[row], "{pool:?} {ratio} row {row}: {bar:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn another_scenario_has_another_bar() {
        let chance = Chance::new(4);
        let orders = Orders {
            scenarios: &[0, 0, 1, 1],
            scores: Some(&[0.1, 0.9, 5.0, 6.0]),
            planted: None,
            weights: &[],
            chance: &chance,
        };
        let bar = |scenario| orders.bar(Order::Score, Pool::Scenario, 0.5, 0, scenario);
        assert_eq!(bar(0), Some(0.9));
        // Of three rows one is shared, so the row must be better than both others.
        assert_eq!(bar(1), Some(6.0));
        assert_eq!(orders.bar(Order::Score, Pool::Scenario, 0.0, 0, 0), None);
        assert_eq!(orders.bar(Order::Planted, Pool::Global, 0.5, 0, 0), None);
    }
}
