//! The preferences that decide clicks: one that all scenarios share, and an own one for each
//! scenario.

use crate::synthetic::population::{D, Population, Taste, rank};
use crate::synthetic::{CTR, SCENARIOS, SyntheticWorld};
use ssim_core::rng::Stream;

const K: usize = SCENARIOS.len();
/// Standard deviation of the logit in every scenario. The larger it is, the better clicks can be
/// predicted.
const GAIN: f64 = 2.5;
/// Weight of the product of the user's and the item's taste.
const MATCH: f64 = 0.4;
/// Weight of the taste of the user alone, and of the item alone.
const MAIN: f64 = 0.6;
/// Weight of the taste of the position.
const POSITION: f64 = 0.3;
/// Noise in the decision which rows are shared, relative to the standard deviation of the
/// inclination, which can be learned.
const GATE_NOISE: f64 = 0.2;
/// The own preference of each scenario, along three directions. Those of the small scenarios are at
/// right angles to each other, and that of the large scenario (the first) is opposed to all of
/// them.
const OWN: [[f64; 3]; K] = [[-1.0, -1.0, -1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
/// Number of rows on which the preferences are calibrated.
const SAMPLE: usize = 1 << 16;

/// Weights of a preference over [`evidence`].
type Weights = [f64; 2 * D];

/// Turns a user, an item and a position into a click probability.
pub(crate) struct Preferences {
    /// The common preference of each cluster of scenarios.
    shared: Vec<Weights>,
    own: [Weights; K],
    /// A row is shared if its inclination plus noise is above this.
    threshold: f64,
    /// Standard deviation of that noise.
    noise: f64,
    /// Logit = `scale · preference + bias`, per scenario.
    scale: [f64; K],
    bias: [f64; K],
}

/// The features that a preference weighs, `[2D]`: first the products of the tastes of user and
/// item, then the weighted sum of the tastes of user, item and position.
fn evidence(user: &Taste, item: &Taste, position: &Taste) -> Weights {
    std::array::from_fn(|i| match i.checked_sub(D) {
        None => MATCH * user[i] * item[i],
        Some(j) => MAIN * user[j] + MAIN * item[j] + POSITION * position[j],
    })
}

fn dot(a: &Weights, b: &Weights) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Draws `D` random directions at right angles to each other (Gram-Schmidt).
fn basis(stream: &mut Stream) -> [Taste; D] {
    let mut basis = [[0.0; D]; D];
    for j in 0..D {
        let mut new: Taste = std::array::from_fn(|_| stream.normal());
        for old in &basis[..j] {
            let along: f64 = new.iter().zip(old).map(|(x, y)| x * y).sum();
            new.iter_mut().zip(old).for_each(|(x, y)| *x -= along * y);
        }
        let norm = new.iter().map(|x| x * x).sum::<f64>().sqrt();
        basis[j] = new.map(|x| x / norm);
    }
    basis
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Preferences {
    /// Draws the preferences and calibrates them. The common preferences of two clusters are opposed.
    /// The angles between preferences are the same for every seed: each own preference is at right
    /// angles to the shared one, and that of the large scenario misleads the others. The lengths do
    /// not matter, because the logit is scaled.
    pub fn new(population: &Population, world: SyntheticWorld, seed: u64) -> Self {
        let mut stream = Stream::new(seed, "synthetic preferences", &[]);
        let halves = [basis(&mut stream), basis(&mut stream)];
        let direction = |j: usize| -> Weights { std::array::from_fn(|i| halves[i / D][j][i % D]) };
        let signs = [1.0, -1.0].into_iter().take(world.clusters);
        let shared = signs.map(|sign| direction(0).map(|x| sign * x)).collect();
        let own = OWN.map(|weights| {
            std::array::from_fn(|i| (0..3).map(|j| weights[j] * direction(j + 1)[i]).sum())
        });
        let mut preferences =
            Self { shared, own, threshold: 0.0, noise: 0.0, scale: [1.0; K], bias: [0.0; K] };
        preferences.calibrate(
            population,
            world.shared,
            &mut Stream::new(seed, "synthetic calibration", &[]),
        );
        preferences
    }

    /// Sets the noise, the threshold, and the scale and bias of each scenario on a sample of rows.
    fn calibrate(&mut self, population: &Population, share: f64, stream: &mut Stream) {
        let Population { users, items, positions } = population;
        let drawn: Vec<_> = (0..SAMPLE)
            .map(|_| {
                let u = rank(stream, users.tastes.len());
                let i = rank(stream, items.tastes.len());
                let p = rank(stream, positions.len());
                let z = evidence(&users.tastes[u], &items.tastes[i], &positions[p]);
                (z, users.common[u] + items.common[i], stream.normal())
            })
            .collect();
        let lean: Vec<f64> = drawn.iter().map(|d| d.1).collect();
        self.noise = GATE_NOISE * deviation(&lean);
        let mut inclined: Vec<f64> = drawn.iter().map(|d| d.1 + self.noise * d.2).collect();
        inclined.sort_by(f64::total_cmp);
        self.threshold = inclined[((1.0 - share) * SAMPLE as f64) as usize];
        for k in 0..K {
            let said: Vec<f64> = drawn
                .iter()
                .map(|(z, lean, noise)| self.says(z, k, self.is_shared(*lean, *noise)))
                .collect();
            self.scale[k] = GAIN / deviation(&said);
            self.bias[k] = level(&said, self.scale[k]);
        }
    }

    /// True if a row with this inclination and standard normal noise is shared.
    fn is_shared(&self, lean: f64, noise: f64) -> bool {
        lean + self.noise * noise > self.threshold
    }

    /// The value of the preference that the row follows, before scaling.
    fn says(&self, z: &Weights, scenario: usize, shared: bool) -> f64 {
        let common = &self.shared[scenario % self.shared.len()];
        dot(z, if shared { common } else { &self.own[scenario] })
    }

    /// Returns whether a row is shared, and its click probability. `row` has the numbers of user,
    /// item and position, and `noise` is standard normal.
    pub fn click(
        &self,
        population: &Population,
        row: [usize; 3],
        scenario: usize,
        noise: f64,
    ) -> (bool, f64) {
        let [u, i, p] = row;
        let Population { users, items, positions } = population;
        let z = evidence(&users.tastes[u], &items.tastes[i], &positions[p]);
        let shared = self.is_shared(users.common[u] + items.common[i], noise);
        let logit = self.scale[scenario] * self.says(&z, scenario, shared) + self.bias[scenario];
        (shared, sigmoid(logit))
    }
}

/// The standard deviation of some values.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
}

/// Finds by bisection the bias with which the mean click probability is [`CTR`].
fn level(said: &[f64], scale: f64) -> f64 {
    let mut low = -20.0;
    let mut high = 5.0;
    for _ in 0..40 {
        let bias = (low + high) / 2.0;
        let mean = said.iter().map(|s| sigmoid(scale * s + bias)).sum::<f64>() / said.len() as f64;
        *if mean > CTR { &mut high } else { &mut low } = bias;
    }
    (low + high) / 2.0
}
