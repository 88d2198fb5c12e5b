//! The two masks: in search an annealed mask with a straight-through gradient, and afterwards the
//! best rows of a ranking.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The search mask, `g = 1[σ(τ·z) > ε]`, whose temperature τ rises from 1 to `final_temperature`.
///
/// ```
/// use ssim_core::mask::SearchMask;
/// let mask = SearchMask { threshold: 0.49, final_temperature: 1000.0 };
/// assert!(mask.shares(0.0, 1.0) && !mask.shares(-0.1, 1.0));
/// assert_eq!(mask.temperature(0, 11), 1.0);
/// assert!((mask.temperature(10, 11) - 1000.0).abs() < 1e-9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchMask {
    /// The threshold ε: rows whose probability is above it are shared.
    pub threshold: f64,
    /// The temperature T of the last step.
    pub final_temperature: f64,
}

impl SearchMask {
    /// The temperature `τ_t = T^{t/(n−1)}` at step `t` of `n` steps; 1 if there is only one step.
    pub fn temperature(&self, step: u64, steps: u64) -> f64 {
        match steps {
            0 | 1 => 1.0,
            n => self.final_temperature.powf(step as f64 / (n - 1) as f64),
        }
    }

    /// The probability `p = σ(τ·z)` of a raw score.
    pub fn probability(&self, z: f32, temperature: f64) -> f64 {
        1.0 / (1.0 + (-temperature * f64::from(z)).exp())
    }

    /// Whether a row with raw score `z` is shared.
    pub fn shares(&self, z: f32, temperature: f64) -> bool {
        self.probability(z, temperature) > self.threshold
    }

    /// `∂L/∂z` from `∂L/∂g`, for a row with raw score `z`. The hard threshold passes the gradient
    /// straight through, clamped to [−1, 1], and the sigmoid multiplies it by `τ·p·(1−p)`. The
    /// gradient of a private row is 0.
    pub fn backward(&self, z: f32, temperature: f64, dg: f64) -> f64 {
        let p = self.probability(z, temperature);
        if p > self.threshold { temperature * p * (1.0 - p) * dg.clamp(-1.0, 1.0) } else { 0.0 }
    }
}

/// The rows among which the best ones are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Pool {
    /// Within each batch of the scoring order, all scenarios together: the published form.
    #[default]
    Batch,
    /// Over all rows.
    Global,
    /// Within each scenario.
    Scenario,
}

impl Pool {
    /// All pools, in the order of menus.
    pub const ALL: [Self; 3] = [Self::Batch, Self::Global, Self::Scenario];

    /// The name in settings, addresses and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Global => "global",
            Self::Scenario => "scenario",
        }
    }

    /// The pool of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pool| pool.name() == name)
    }
}

/// The rank of every row in its pool, from the best score down. A list of any ratio follows from
/// it.
///
/// ```
/// use ssim_core::mask::{Pool, Ranking};
/// let scores = [0.1, 0.9, 0.5, 0.9];
/// let ranking = Ranking::new(&scores, &[0, 0, 1, 1], &[0, 1, 2, 3], Pool::Global, 4)?;
/// assert_eq!(ranking.cut(0.5)?, [false, true, false, true]);
/// assert_eq!(ranking.cut(0.75)?, [false, true, true, true]);
/// # Ok::<(), ssim_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// Weight of the row and of all better rows of its pool, `[n]`; without weights the row's rank.
    pub(crate) rank: Vec<f64>,
    /// Weight of the row's pool, `[n]`; without weights its number of rows.
    pub(crate) pool: Vec<f64>,
}

impl Ranking {
    /// Ranks rows by score; of equal scores the lower position comes first, and −0 and 0 are equal.
    /// `order` lists the rows
    /// in the sequence in which they form batches of `batch` rows.
    ///
    /// # Errors
    /// When a score is NaN, or the columns differ in length.
    pub fn new(
        scores: &[f32],
        scenarios: &[u16],
        order: &[u32],
        pool: Pool,
        batch: usize,
    ) -> Result<Self> {
        Self::weighted(scores, scenarios, order, pool, batch, &[])
    }

    /// [`Ranking::new`] for a sample in which a row of scenario k stands for `weights[k]` rows, or
    /// for 1 if there is no such weight. A ratio is then a part of the rows for which the sample
    /// stands.
    ///
    /// # Errors
    /// As [`Ranking::new`].
    pub fn weighted(
        scores: &[f32],
        scenarios: &[u16],
        order: &[u32],
        pool: Pool,
        batch: usize,
        weights: &[f64],
    ) -> Result<Self> {
        if scores.len() != scenarios.len() || scores.len() != order.len() || batch == 0 {
            return Err(Error::Data(format!(
                "cut: {} scores, {} scenarios and an order of {} rows",
                scores.len(),
                scenarios.len(),
                order.len()
            )));
        }
        if let Some(i) = scores.iter().position(|z| z.is_nan()) {
            return Err(Error::Data(format!("cut: the score of position {i} is NaN")));
        }
        let mut ranking = Self { rank: vec![0.0; scores.len()], pool: vec![0.0; scores.len()] };
        for mut rows in pools(scenarios, order, pool, batch) {
            rows.sort_unstable_by(|a, b| {
                // The sum of −0 and 0 is 0; all other numbers stay as they are.
                let [a_score, b_score] = [a, b].map(|i| scores[*i as usize] + 0.0);
                b_score.total_cmp(&a_score).then(a.cmp(b))
            });
            let mut total = 0.0;
            for i in &rows {
                let scenario = usize::from(scenarios[*i as usize]);
                total += weights.get(scenario).copied().unwrap_or(1.0);
                ranking.rank[*i as usize] = total;
            }
            rows.iter().for_each(|i| ranking.pool[*i as usize] = total);
        }
        Ok(ranking)
    }

    /// Marks the ⌊m·ratio⌋ best rows of every pool of m rows, `[n]`; see [`part`].
    ///
    /// # Errors
    /// When the ratio is not in [0, 1].
    pub fn cut(&self, ratio: f64) -> Result<Vec<bool>> {
        if !(0.0..=1.0).contains(&ratio) {
            return Err(Error::Config(format!("ratio: expected 0 to 1, got {ratio}")));
        }
        Ok(self.rank.iter().zip(&self.pool).map(|(rank, pool)| rank / pool <= ratio).collect())
    }
}

/// The number of rows of a list, ⌊m·ratio⌋ for `m` rows: the most rows whose share of the `m` rows is
/// at most the ratio. The product is not rounded down, because of 100 rows it would give 28 for the
/// ratio 0.29, which is a little less than 29/100 in binary.
///
/// ```
/// use ssim_core::mask::part;
/// assert_eq!([part(100, 0.29), part(10, 0.7), part(3, 0.5), part(0, 1.0)], [29, 7, 1, 0]);
/// ```
pub fn part(m: u64, ratio: f64) -> u64 {
    let near = ((m as f64 * ratio) as u64).min(m);
    let fits = |k: &u64| *k <= m && (*k as f64 / m as f64) <= ratio;
    // The product is wrong by 1 at most.
    [near.saturating_add(1), near].into_iter().find(fits).unwrap_or(near.saturating_sub(1))
}

/// Marks the ⌊m·ratio⌋ best rows of every pool of m rows, `[n]`. To try several ratios, make a
/// [`Ranking`] once.
///
/// ```
/// use ssim_core::mask::{Pool, cut};
/// let shared = cut(&[0.1, 0.9, 0.5, 0.9], &[0, 0, 1, 1], &[0, 1, 2, 3], 0.5, Pool::Scenario, 4)?;
/// assert_eq!(shared, [false, true, false, true]);
/// # Ok::<(), ssim_core::Error>(())
/// ```
///
/// # Errors
/// When the ratio is not in [0, 1], a score is NaN, or the columns differ in length.
pub fn cut(
    scores: &[f32],
    scenarios: &[u16],
    order: &[u32],
    ratio: f64,
    pool: Pool,
    batch: usize,
) -> Result<Vec<bool>> {
    Ranking::new(scores, scenarios, order, pool, batch)?.cut(ratio)
}

/// The rows of every pool.
fn pools(scenarios: &[u16], order: &[u32], pool: Pool, batch: usize) -> Vec<Vec<u32>> {
    match pool {
        Pool::Batch => order.chunks(batch).map(<[u32]>::to_vec).collect(),
        Pool::Global => vec![order.to_vec()],
        Pool::Scenario => {
            let count = scenarios.iter().max().map_or(0, |s| usize::from(*s) + 1);
            let mut pools = vec![Vec::new(); count];
            order.iter().for_each(|i| pools[usize::from(scenarios[*i as usize])].push(*i));
            pools
        }
    }
}

/// The positions of each batch of `n` rows; the last batch may be shorter.
pub fn batches(n: usize, batch: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n).step_by(batch.max(1)).map(move |from| from..(from + batch).min(n))
}
