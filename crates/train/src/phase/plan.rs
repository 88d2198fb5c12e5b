//! The rows of an epoch in blocks. A batch never has rows of two blocks.

use super::scenario_draw::{ScenarioDraw, draw};
use crate::recipe::ScenarioOrder;
use crate::setup::Setup;
use ssim_core::rng::Stream;

/// The rule that makes the blocks of an epoch.
pub enum EpochPlan {
    /// One block of so many rows, each of them once.
    Once(usize),
    /// One block of the rows that are drawn from the scenarios.
    Drawn(ScenarioDraw),
    /// Domain negotiation: a block for every scenario, in a random order. Together they are an inner loop.
    Negotiation(ScenarioDraw),
    /// Domain regularisation of one scenario: for each of some others, drawn at random, and then for itself,
    /// an inner loop of two blocks. The first has as many rows of that scenario as the second has of its own.
    Regularisation {
        /// The rows of each scenario.
        draw: ScenarioDraw,
        /// The scenario that is regularised.
        own: usize,
        /// The number of others.
        helpers: usize,
    },
}

impl EpochPlan {
    /// The plan of an order for rows of the `scenarios` `[n]`. `own` is the scenario of a model that is
    /// trained for one.
    pub fn new(setup: &Setup, order: ScenarioOrder, scenarios: &[u16], own: usize) -> Self {
        let power = setup.config.train.scenario_power;
        match order {
            ScenarioOrder::Mixed if power == 1.0 => Self::Once(scenarios.len()),
            ScenarioOrder::Mixed => Self::Drawn(ScenarioDraw::new(scenarios, power)),
            ScenarioOrder::Negotiation => Self::Negotiation(ScenarioDraw::new(scenarios, power)),
            ScenarioOrder::Regularisation => Self::Regularisation {
                draw: ScenarioDraw::new(scenarios, 1.0),
                own,
                helpers: setup.config.mamdr.helpers,
            },
        }
    }

    /// The blocks of an epoch. `stream` gives the random numbers for a purpose and a place in the epoch.
    pub fn blocks(&self, stream: impl Fn(&str, &[u64]) -> Stream) -> Vec<Vec<u32>> {
        let mixed = |rows: Vec<u32>, at: &[u64]| -> Vec<u32> {
            let order = stream("", at).permutation(rows.len());
            order.into_iter().map(|place| rows[place as usize]).collect()
        };
        let drawn = |rows: &[u32], n: usize, at: &[u64]| draw(rows, n, stream(": rows", at));
        match self {
            Self::Once(n) => vec![stream("", &[]).permutation(*n)],
            Self::Drawn(from) => {
                let all = from.scenarios().flat_map(|(k, rows, n)| drawn(rows, n, &[k as u64]));
                vec![mixed(all.collect(), &[])]
            }
            Self::Negotiation(from) => {
                let scenarios: Vec<_> = from.scenarios().collect();
                let order = stream(": scenarios", &[]).permutation(scenarios.len());
                let block = |place: u32| {
                    let (k, rows, n) = scenarios[place as usize];
                    mixed(drawn(rows, n, &[k as u64]), &[k as u64])
                };
                order.into_iter().map(block).collect()
            }
            Self::Regularisation { draw: from, own, helpers } => {
                let Some((_, rows, n)) = from.scenarios().find(|(k, ..)| k == own) else {
                    return Vec::new();
                };
                let at = |block: usize| [*own as u64, block as u64];
                let others: Vec<_> = from.scenarios().filter(|(k, ..)| k != own).collect();
                let order = stream(": scenarios", &[*own as u64]).permutation(others.len());
                let first = order.iter().take(*helpers).map(|i| others[*i as usize].1);
                let loops = first.chain([rows]).enumerate().flat_map(|(i, first)| {
                    let (a, b) = (at(2 * i), at(2 * i + 1));
                    [mixed(drawn(first, n, &a), &a), mixed(rows.to_vec(), &b)]
                });
                loops.collect()
            }
        }
    }

    /// The sizes of an epoch's blocks, in some order.
    pub fn sizes(&self) -> Vec<usize> {
        match self {
            Self::Once(n) => vec![*n],
            Self::Drawn(from) => vec![from.scenarios().map(|(_, _, n)| n).sum()],
            Self::Negotiation(from) => from.scenarios().map(|(_, _, n)| n).collect(),
            Self::Regularisation { draw: from, own, helpers } => {
                let n = from.scenarios().find(|(k, ..)| k == own).map_or(0, |(_, _, n)| n);
                let others = from.scenarios().filter(|(k, ..)| k != own).count();
                vec![n; 2 * ((*helpers).min(others) + 1)]
            }
        }
    }

    /// The number of blocks between two outer steps; `None` if there are no outer steps.
    pub fn inner_loop(&self) -> Option<usize> {
        match self {
            Self::Once(_) | Self::Drawn(_) => None,
            Self::Negotiation(from) => Some(from.scenarios().count()),
            Self::Regularisation { .. } => Some(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 5 rows of scenario 0, none of 1, 2 of 2 and 3 of 3.
    const SCENARIOS: [u16; 10] = [0, 2, 3, 0, 0, 3, 2, 0, 3, 0];

    fn blocks(plan: &EpochPlan, epoch: u64) -> Vec<Vec<u32>> {
        plan.blocks(|purpose, at| Stream::new(7, purpose, &[&[epoch], at].concat()))
    }

    /// The scenario of a block's rows, which must be one, and the rows in their order.
    fn told(blocks: &[Vec<u32>]) -> Vec<(u16, Vec<u32>)> {
        let of = |block: &Vec<u32>| {
            let mut rows = block.clone();
            rows.sort_unstable();
            let scenario = SCENARIOS[rows[0] as usize];
            assert!(rows.iter().all(|row| SCENARIOS[*row as usize] == scenario));
            (scenario, rows)
        };
        blocks.iter().map(of).collect()
    }

    #[test]
    fn negotiation_visits_every_scenario_once() {
        let plan = EpochPlan::Negotiation(ScenarioDraw::new(&SCENARIOS, 1.0));
        let mut orders = Vec::new();
        for epoch in 0..20 {
            let mut visits = told(&blocks(&plan, epoch));
            orders.push(visits.iter().map(|(k, _)| *k).collect::<Vec<_>>());
            visits.sort();
            let expected = [(0, vec![0, 3, 4, 7, 9]), (2, vec![1, 6]), (3, vec![2, 5, 8])];
            assert_eq!(visits, expected);
        }
        assert!([0, 2, 3].iter().all(|k| orders.iter().any(|order| order[0] == *k)));
        assert_eq!(plan.sizes(), [5, 2, 3]);
        assert_eq!(plan.inner_loop(), Some(3));
    }

    #[test]
    fn regularisation_goes_from_others_to_its_own_scenario() {
        let plan = |own, helpers| {
            let draw = ScenarioDraw::new(&SCENARIOS, 1.0);
            EpochPlan::Regularisation { draw, own, helpers }
        };
        let mut first = Vec::new();
        for epoch in 0..20 {
            let visits = told(&blocks(&plan(3, 1), epoch));
            let [helper, own, itself, again] = &visits[..] else { panic!("{visits:?}") };
            first.push(helper.0);
            assert_eq!(helper.1.len(), 3, "as many rows as scenario 3 has");
            assert!([own, itself, again].iter().all(|visit| **visit == (3, vec![2, 5, 8])));
        }
        assert!(first.contains(&0) && first.contains(&2) && !first.contains(&3));
        // More helpers than scenarios: each of them once.
        let scenarios: Vec<u16> = told(&blocks(&plan(3, 9), 0)).iter().map(|(k, _)| *k).collect();
        assert!(
            [[0, 3, 2, 3, 3, 3], [2, 3, 0, 3, 3, 3]].contains(&scenarios[..].try_into().unwrap())
        );
        assert_eq!(plan(3, 9).sizes(), [3; 6]);
        // A scenario without rows has no epoch.
        assert!(blocks(&plan(1, 1), 0).is_empty() && plan(1, 1).sizes().iter().all(|n| *n == 0));
    }
}
