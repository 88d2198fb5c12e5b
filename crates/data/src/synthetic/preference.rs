//! What makes a click: one preference that scenarios share, and one that each has for itself.

use crate::synthetic::population::{D, Population, Taste, rank};
use crate::synthetic::{CTR, SCENARIOS};
use ssim_core::rng::Stream;

const K: usize = SCENARIOS.len();
/// Standard deviation of the logit in every scenario: how much can be known about a click.
const GAIN: f64 = 2.5;
/// Weight of what user and item have in common, against what each is on its own.
const MATCH: f64 = 0.4;
const MAIN: f64 = 0.6;
const POSITION: f64 = 0.3;
/// Noise in which rows are shared, against one standard deviation of what can be learned.
const GATE_NOISE: f64 = 0.2;
/// One own preference per scenario, along three directions: those of the small scenarios have nothing
/// to do with each other, and the large one's is opposed to all of them.
const OWN: [[f64; 3]; K] = [[-1.0, -1.0, -1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
/// Rows by which levels are set.
const SAMPLE: usize = 1 << 16;

/// Weights of a preference over [`evidence`].
type Weights = [f64; 2 * D];

/// Everything that turns a user, an item and a position into a click probability.
pub(crate) struct Preferences {
    shared: Weights,
    own: [Weights; K],
    /// A row is shared where its inclination is above this.
    threshold: f64,
    noise: f64,
    /// Logit = `scale · preference + bias`, per scenario.
    scale: [f64; K],
    bias: [f64; K],
}

/// What a preference weighs, `[2D]`: products of user and item, then both and the position.
fn evidence(user: &Taste, item: &Taste, position: &Taste) -> Weights {
    std::array::from_fn(|i| match i.checked_sub(D) {
        None => MATCH * user[i] * item[i],
        Some(j) => MAIN * user[j] + MAIN * item[j] + POSITION * position[j],
    })
}

fn dot(a: &Weights, b: &Weights) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// `D` random directions at right angles to each other (Gram-Schmidt).
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
    /// Draws the preferences and sets their levels; `share` of the rows follow the common one. Their angles are the same for every seed: each
    /// own one is at right angles to the shared one, and what the large scenario says misleads the
    /// others. Their lengths do not matter: the logit is scaled.
    pub fn new(population: &Population, share: f64, seed: u64) -> Self {
        let mut stream = Stream::new(seed, "synthetic preferences", &[]);
        let halves = [basis(&mut stream), basis(&mut stream)];
        let direction = |j: usize| -> Weights { std::array::from_fn(|i| halves[i / D][j][i % D]) };
        let shared = direction(0);
        let own = OWN.map(|weights| {
            let along = |i: usize| (0..3).map(|j| weights[j] * direction(j + 1)[i]).sum();
            std::array::from_fn(along)
        });
        let mut preferences =
            Self { shared, own, threshold: 0.0, noise: 0.0, scale: [1.0; K], bias: [0.0; K] };
        preferences.calibrate(
            population,
            share,
            &mut Stream::new(seed, "synthetic calibration", &[]),
        );
        preferences
    }

    /// Sets the threshold, and scale and bias per scenario, on a sample of rows.
    fn calibrate(&mut self, population: &Population, share: f64, stream: &mut Stream) {
        let Population { users, items, positions } = population;
        let drawn: Vec<_> = (0..SAMPLE)
            .map(|_| {
                let (u, i) = (rank(stream, users.tastes.len()), rank(stream, items.tastes.len()));
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

    fn is_shared(&self, lean: f64, noise: f64) -> bool {
        lean + self.noise * noise > self.threshold
    }

    fn says(&self, z: &Weights, scenario: usize, shared: bool) -> f64 {
        dot(z, if shared { &self.shared } else { &self.own[scenario] })
    }

    /// Whether a row is shared, and its click probability; `noise` is standard normal.
    pub fn click(
        &self,
        of: &Population,
        row: [usize; 3],
        scenario: usize,
        noise: f64,
    ) -> (bool, f64) {
        let [u, i, p] = row;
        let z = evidence(&of.users.tastes[u], &of.items.tastes[i], &of.positions[p]);
        let shared = self.is_shared(of.users.common[u] + of.items.common[i], noise);
        let logit = self.scale[scenario] * self.says(&z, scenario, shared) + self.bias[scenario];
        (shared, sigmoid(logit))
    }
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
}

/// The bias that gives the mean click probability [`CTR`], by bisection.
fn level(said: &[f64], scale: f64) -> f64 {
    let (mut low, mut high) = (-20.0, 5.0);
    for _ in 0..40 {
        let bias = (low + high) / 2.0;
        let mean = said.iter().map(|s| sigmoid(scale * s + bias)).sum::<f64>() / said.len() as f64;
        *if mean > CTR { &mut high } else { &mut low } = bias;
    }
    (low + high) / 2.0
}
