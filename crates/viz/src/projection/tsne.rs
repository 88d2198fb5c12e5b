//! t-SNE: positions whose neighbourhoods imitate those of the vectors.

use super::affinity;
use super::descent::Descent;
use super::{Vectors, pca};

/// Settings of [`tsne`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TsneConfig {
    /// Number of neighbours that a row has, roughly. It is limited to the range from 1 to
    /// `(n - 1) / 3`.
    pub perplexity: f64,
    /// Number of steps. The first 250 exaggerate the attraction twelvefold.
    pub iterations: usize,
    /// Seed of the nudges: small random shifts of the start, without which rows on a line would
    /// stay on it.
    pub seed: u64,
}

impl Default for TsneConfig {
    fn default() -> Self {
        Self { perplexity: 30.0, iterations: 1000, seed: 0 }
    }
}

/// The result of [`tsne`].
#[derive(Clone, Debug, PartialEq)]
pub struct Tsne {
    /// Positions `[n, 2]`. Rows near each other are similar, but the distance between far rows
    /// means little.
    pub positions: Vec<[f32; 2]>,
    /// Kullback-Leibler divergence at the end, in nats. Divergences can be compared only if the
    /// perplexity is the same.
    pub divergence: f64,
    /// The perplexity that was used, after the limits.
    pub perplexity: f64,
}

/// Factor of the attraction in the first steps.
const EXAGGERATION: f64 = 12.0;
/// Number of steps with exaggerated attraction.
const EXAGGERATED: usize = 250;
/// Standard deviation of the start along its first axis.
const START: f64 = 1e-4;
/// Size of a nudge, relative to `START`.
const NUDGE: f64 = 0.01;

/// Exact t-distributed stochastic neighbour embedding (van der Maaten and Hinton, 2008). Every step
/// takes time in `n²`, and the memory is `4 n²` bytes. It starts from [`pca`], so that the places
/// of groups depend on the vectors. Learning rate, momentum and gains are those of scikit-learn.
pub fn tsne(vectors: Vectors<'_>, config: &TsneConfig) -> Tsne {
    let n = vectors.len() as f64;
    // `clamp` would panic: with 2 or 3 rows the upper limit is below 1.
    let perplexity = config.perplexity.min((n - 1.0) / 3.0).max(1.0);
    let rate = (n / EXAGGERATION / 4.0).max(50.0) as f32;
    let p = affinity::joint(vectors, perplexity);
    let early = config.iterations.min(EXAGGERATED);
    let mut descent = Descent::new(&p, &start(vectors, config.seed));
    for _ in 0..early {
        descent.step(EXAGGERATION, 0.5, rate);
    }
    // A new descent begins at rest, as in scikit-learn. With the momentum of the exaggerated steps
    // the positions would end in worse places.
    let mut descent = Descent::new(&p, &descent.positions());
    for _ in early..config.iterations {
        descent.step(1.0, 0.8, rate);
    }
    Tsne { positions: descent.positions(), divergence: descent.divergence(), perplexity }
}

/// The positions to start from `[n, 2]`: the principal components, made very small, plus nudges.
/// Without the nudges, rows on a line would stay on it.
fn start(vectors: Vectors<'_>, seed: u64) -> Vec<[f32; 2]> {
    let mut start = pca(vectors).positions;
    let squares: f64 = start.iter().map(|p| f64::from(p[0]).powi(2)).sum();
    let deviation = (squares / start.len() as f64).sqrt();
    let scale = if deviation > 0.0 { START / deviation } else { 0.0 };
    for (i, v) in start.as_flattened_mut().iter_mut().enumerate() {
        *v = (scale * f64::from(*v) + START * NUDGE * hash(seed, i as u64)) as f32;
    }
    start
}

/// A number in `-1..1` that looks random, from SplitMix64's output function.
fn hash(seed: u64, position: u64) -> f64 {
    let mut z = seed.wrapping_add(position.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::super::fixture::clusters;
    use super::super::{NEIGHBOURS, trustworthiness};
    use super::*;

    fn of(values: &[f32], width: usize, config: TsneConfig) -> Tsne {
        tsne(Vectors::new(values, width).unwrap(), &config)
    }

    fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
        ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt()
    }

    fn mean(rows: impl Iterator<Item = [f32; 2]>) -> [f64; 2] {
        let (mut sum, mut n) = ([0.0; 2], 0.0);
        for row in rows {
            sum = [sum[0] + f64::from(row[0]), sum[1] + f64::from(row[1])];
            n += 1.0;
        }
        sum.map(|s| s / n)
    }

    /// The expected numbers are scikit-learn's: the `kl_divergence_` of
    /// `TSNE(method="exact", init="pca", perplexity=p, random_state=0)` after
    /// `fit(clusters(150, 10))`. The test takes the mean of several seeds, because a nudge moves
    /// the result of either program by 2 %.
    #[test]
    fn diverges_no_more_than_scikit_learn() {
        let x = clusters(150, 10);
        for (perplexity, expected) in DIVERGENCES {
            let of = |seed| {
                of(&x, 10, TsneConfig { perplexity, seed, ..TsneConfig::default() }).divergence
            };
            let mean = (0..8).map(of).sum::<f64>() / 8.0;
            assert!(mean < 1.05 * expected, "{perplexity}: {mean} {expected}");
        }
    }

    const DIVERGENCES: [(f64, f64); 3] =
        [(5.0, 0.6243222804153484), (15.0, 0.47953724367750006), (30.0, 0.24081291344107963)];

    #[test]
    fn clusters_stay_together_and_apart() {
        let x = clusters(150, 10);
        let found = of(&x, 10, TsneConfig::default()).positions;
        let trusted = trustworthiness(Vectors::new(&x, 10).unwrap(), &found, NEIGHBOURS).unwrap();
        assert!(trusted > 0.95, "{trusted}");
        let own = |c: usize| found.iter().skip(c).step_by(3).copied();
        let centres = [0, 1, 2].map(|c| mean(own(c)));
        for c in 0..3 {
            let radius = own(c).map(|p| distance(p.map(f64::from), centres[c])).fold(0.0, f64::max);
            assert!(distance(centres[c], centres[(c + 1) % 3]) > 2.0 * radius);
        }
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        let config = TsneConfig { iterations: 300, ..TsneConfig::default() };
        let x = clusters(61, 5);
        assert_eq!(of(&x, 5, config), of(&x, 5, config));
        assert_ne!(of(&x, 5, config), of(&x, 5, TsneConfig { seed: 1, ..config }));
    }

    #[test]
    fn rows_on_a_line_leave_it() {
        let line: Vec<f32> = (0..60).map(|i| i as f32).collect();
        let found = of(&line, 1, TsneConfig::default()).positions;
        for axis in 0..2 {
            let along = || found.iter().map(|p| p[axis]);
            assert!(along().fold(f32::MIN, f32::max) - along().fold(f32::MAX, f32::min) > 1.0);
        }
    }

    #[test]
    fn equal_rows_stay_together() {
        let twice = [clusters(30, 4), clusters(30, 4)].concat();
        for (values, width) in [(vec![7.0; 120], 2), (twice, 4)] {
            let found = of(&values, width, TsneConfig::default()).positions;
            for (a, b) in found[..30].iter().zip(&found[30..]) {
                assert!(distance(a.map(f64::from), b.map(f64::from)) < 0.1);
            }
        }
    }

    #[test]
    fn few_rows_and_odd_settings_end_somewhere_finite() {
        for n in 2..12 {
            for perplexity in [0.0, 2.0, 1e9, f64::NAN] {
                let config = TsneConfig { perplexity, ..TsneConfig::default() };
                let found = of(&clusters(n, 3), 3, config);
                assert!(found.divergence.is_finite(), "{n} {perplexity}");
                assert!(found.positions.as_flattened().iter().all(|v| v.is_finite()));
                assert!(1.0 <= found.perplexity && found.perplexity <= 4.0);
            }
        }
        let none = of(&clusters(9, 3), 3, TsneConfig { iterations: 0, ..TsneConfig::default() });
        assert!(none.positions.as_flattened().iter().all(|v| v.abs() < 1e-3));
    }
}
