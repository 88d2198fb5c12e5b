//! Draws the rows block by block. Each block has its own stream of random numbers.

use crate::synthetic::population::{Population, rank};
use crate::synthetic::preference::Preferences;
use crate::synthetic::{CTR, NOISE, SCENARIOS};
use ssim_core::instances::Planted;
use ssim_core::rng::Stream;

/// Drawn rows, column by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// Numbers of the rows, from 1, `[n]`.
    pub rows: Vec<u64>,
    /// Values of all fields, each counted from 0, row-major `[n, F]`.
    pub codes: Vec<u32>,
    /// Clicks, `[n]`.
    pub labels: Vec<u8>,
    /// Scenarios, counted from 0, `[n]`.
    pub scenarios: Vec<u32>,
    /// The planted truth.
    pub planted: Option<Planted>,
}

impl Drawn {
    /// Appends rows.
    pub(crate) fn append(&mut self, more: Drawn) {
        self.rows.extend(more.rows);
        self.codes.extend(more.codes);
        self.labels.extend(more.labels);
        self.scenarios.extend(more.scenarios);
        if let (Some(to), Some(more)) = (&mut self.planted, more.planted) {
            to.shared.extend(more.shared);
            to.probability.extend(more.probability);
        }
    }
}

/// Draws the `n` rows of block number `block`.
pub(crate) fn draw(
    population: &Population,
    preferences: &Preferences,
    n: usize,
    seed: u64,
    block: u64,
) -> Drawn {
    let Population { users, items, positions } = population;
    let mut stream = Stream::new(seed, "synthetic rows", &[block]);
    let mut out = Drawn::default();
    let mut planted = Planted::default();
    out.codes.reserve(n * 16);
    for _ in 0..n {
        let user = rank(&mut stream, users.attributes.len());
        let item = rank(&mut stream, items.attributes.len());
        let position = rank(&mut stream, positions.len());
        let scenario = scenario(stream.unit());
        let row = [user, item, position];
        let (shared, probability) = preferences.click(population, row, scenario, stream.normal());
        let luck = stream.unit();
        // The second draw decides whether the label is noise; noise uses the mean click
        // probability.
        let label = luck < if stream.unit() < NOISE { CTR } else { probability };
        out.codes.extend_from_slice(&users.attributes[user]);
        out.codes.extend_from_slice(&items.attributes[item]);
        out.codes.extend_from_slice(&[position as u32, scenario as u32]);
        out.labels.push(u8::from(label));
        out.scenarios.push(scenario as u32);
        planted.shared.push(shared);
        planted.probability.push(probability as f32);
    }
    out.planted = Some(planted);
    out
}

/// The scenario for a random number `u` from 0 to 1. The scenarios divide this range by their
/// shares.
fn scenario(u: f64) -> usize {
    let mut end = 0.0;
    let before = SCENARIOS.iter().take_while(|share| {
        end += **share;
        end <= u
    });
    before.count().min(SCENARIOS.len() - 1)
}
