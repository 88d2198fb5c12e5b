//! The draw of the towers that a shared row trains, where it does not train all of them.
//!
//! # The weights
//! A shared row adds `(1/K) Σ_k ℓ_k` to the objective, over all K towers. With a draw of s towers,
//! the own tower is always one of them and the other s − 1 are drawn from the K − 1 others, each with
//! probability `(s − 1)/(K − 1)`. So the sum in which the loss of the own tower counts once and that
//! of every other tower that was drawn counts `(K − 1)/(s − 1)` times has the full sum as its
//! expectation, and so has its gradient.
//!
//! If all s towers were drawn from the K, the factor would be K/s for each. That is unbiased as well,
//! but the loss of the own tower would then be drawn too, which adds noise where the row matters
//! most. With the own tower always there, K/s would be wrong: it would count that tower K/s times.
//!
//! With s = 1 there is no other tower, so nothing stands for the others: the objective is then
//! another one, in which a shared row has weight 1/K on its own tower.

use crate::rng::mix;

/// A draw of towers for every row, which depends only on the key and the row's place in the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TowerDraw {
    /// Number of towers that a shared row trains, with its own; at least 1.
    pub towers: usize,
    /// Key of the step.
    pub key: u64,
}

impl TowerDraw {
    /// The factor of the losses of other towers than the row's own, out of `all` towers.
    pub fn factor(&self, all: usize) -> f64 {
        let drawn = self.towers.min(all).saturating_sub(1);
        if drawn == 0 { 0.0 } else { (all - 1) as f64 / drawn as f64 }
    }

    /// Marks the towers of the row at `place` of the batch, whose own tower is `own`, in `chosen [K]`.
    pub(crate) fn choose(&self, place: u64, own: usize, chosen: &mut [bool]) {
        chosen.fill(false);
        chosen[own] = true;
        let others = chosen.len() - 1;
        let row = mix(self.key, place);
        // Floyd's method: every set of so many of the others is equally likely.
        let tower = |other: u64| other as usize + usize::from(other as usize >= own);
        for last in others - self.towers.saturating_sub(1).min(others)..others {
            let last = last as u64;
            let bits = mix(row, last + 1);
            let drawn = tower(((u128::from(bits) * u128::from(last + 1)) >> 64) as u64);
            chosen[if chosen[drawn] { tower(last) } else { drawn }] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gets_its_own_tower_and_every_other_equally_often() {
        let (all, rows) = (12, 40_000);
        for towers in [1, 2, 4, 11, 12, 99] {
            let draw = TowerDraw { towers, key: 7 };
            let mut counts = vec![0usize; all];
            let mut chosen = vec![false; all];
            for place in 0..rows {
                let own = (place % 3) as usize;
                draw.choose(place, own, &mut chosen);
                assert!(chosen[own]);
                assert_eq!(chosen.iter().filter(|c| **c).count(), towers.min(all));
                counts.iter_mut().zip(&chosen).for_each(|(n, c)| *n += usize::from(*c));
            }
            let share = (towers.min(all) - 1) as f64 / (all - 1) as f64;
            for n in &counts[3..] {
                // The standard error of a share is at most .0025.
                assert!((*n as f64 / rows as f64 - share).abs() < 0.01, "{towers}: {counts:?}");
            }
        }
    }

    #[test]
    fn the_weighted_draws_have_the_full_sum_as_their_mean() {
        let losses: Vec<f64> = (0..9).map(|k| 0.3 + f64::from(k * k)).collect();
        let all: f64 = losses.iter().sum();
        let draws = 60_000;
        for towers in [2, 4, 9] {
            let mut mean = 0.0;
            let mut chosen = vec![false; 9];
            for key in 0..draws {
                let draw = TowerDraw { towers, key };
                draw.choose(3, 5, &mut chosen);
                let weight = |k: usize| if k == 5 { 1.0 } else { draw.factor(9) };
                let drawn = (0..9).filter(|k| chosen[*k]);
                mean += drawn.map(|k| weight(k) * losses[k]).sum::<f64>() / draws as f64;
            }
            // With two towers the standard deviation of a draw is 166, that of the mean .7.
            assert!((mean - all).abs() < 2.5, "{towers}: {mean}, {all}");
        }
    }
}
