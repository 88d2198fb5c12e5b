//! The users and items of the synthetic world, with their attributes and tastes.

use crate::synthetic::SCENARIOS;
use ssim_core::rng::Stream;

/// Number of components of a taste.
pub(crate) const D: usize = 4;
/// A point in the space of tastes.
pub(crate) type Taste = [f64; D];

/// Name of the scenario's field. It is the last field, as in the paper.
pub(crate) const SCENARIO: &str = "scenario";

/// One attribute: its name, its number of values given the number of users or items, its weight in
/// the taste, and its weight in the inclination to be shared.
struct Attribute(&'static str, fn(usize) -> usize, f64, f64);

const USER: [Attribute; 8] = [
    Attribute("user", |n| n, ID, 0.0),
    Attribute("segment", |_| 97, 0.8, 0.8),
    Attribute("group", |_| 13, 0.8, 0.6),
    Attribute("gender", |_| 3, 0.8, 0.0),
    Attribute("age", |_| 7, 0.8, 0.7),
    Attribute("level", |_| 4, 0.8, 0.0),
    Attribute("occupation", |_| 3, 0.8, 0.0),
    Attribute("region", |_| 20, 0.8, 0.0),
];
const ITEM: [Attribute; 6] = [
    Attribute("item", |n| n, ID, 0.0),
    Attribute("category", |n| (n / 10).clamp(10, 300), 0.8, 1.0),
    Attribute("campaign", |n| (n / 2).max(10), ID, 0.0),
    Attribute("customer", |n| (n / 4).max(10), ID, 0.0),
    Attribute("brand", |n| (n / 8).max(10), ID, 0.0),
    Attribute("price", |_| 12, 0.8, 0.7),
];
/// Weight in the taste of attributes with many values. It is low because a small scenario never
/// sees most of these values.
const ID: f64 = 0.3;
const CONTEXT: &str = "position";
const POSITIONS: usize = 3;

/// Names of the 16 fields.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    USER.iter().chain(&ITEM).map(|a| a.0).chain([CONTEXT, SCENARIO])
}

/// All users, or all items. The first ones are drawn most often; see [`rank`].
pub(crate) struct Group<const A: usize> {
    /// Values of the attributes of each user or item. The first attribute is its number.
    pub attributes: Vec<[u32; A]>,
    /// Taste of each user or item. Each component has mean 0 and variance 1 over draws.
    pub tastes: Vec<Taste>,
    /// Inclination of each user or item to be in shared rows.
    pub common: Vec<f64>,
    /// Number of values of each attribute.
    sizes: [usize; A],
}

/// The users, items and positions that rows are drawn from.
pub(crate) struct Population {
    pub users: Group<8>,
    pub items: Group<6>,
    pub positions: [Taste; POSITIONS],
}

/// Draws a rank below `n` with a long tail: the probability of rank r falls as `1/√r`.
pub(crate) fn rank(stream: &mut Stream, n: usize) -> usize {
    let u = stream.unit();
    ((u * u * n as f64) as usize).min(n - 1)
}

/// The probability that [`rank`] draws rank `r` of `n`.
fn share(r: usize, n: usize) -> f64 {
    ((r + 1) as f64 / n as f64).sqrt() - (r as f64 / n as f64).sqrt()
}

impl Population {
    /// Makes users and items for this number of rows, about one user and one item per 500 rows.
    pub fn new(rows: usize, seed: u64) -> Self {
        let n = (rows / 500).max(50);
        let mut positions = [[0.0; D]; POSITIONS];
        let mut stream = Stream::new(seed, "synthetic positions", &[]);
        positions.iter_mut().flatten().for_each(|c| *c = stream.normal());
        standardise(&mut positions);
        Self {
            users: Group::new(n, &USER, &mut Stream::new(seed, "synthetic users", &[])),
            items: Group::new(n, &ITEM, &mut Stream::new(seed, "synthetic items", &[])),
            positions,
        }
    }

    /// Number of values of each of the 16 fields. The values are the numbers from 1.
    pub fn sizes(&self) -> impl Iterator<Item = usize> {
        let sizes = self.users.sizes.iter().chain(&self.items.sizes);
        sizes.copied().chain([POSITIONS, SCENARIOS.len()])
    }
}

impl<const A: usize> Group<A> {
    fn new(n: usize, kinds: &[Attribute; A], stream: &mut Stream) -> Self {
        let mut attributes = vec![[0u32; A]; n];
        let mut tastes = vec![[0.0; D]; n];
        let mut common = vec![0.0; n];
        let sizes = std::array::from_fn(|a| (kinds[a].1)(n));
        for (a, Attribute(_, _, taste, weight)) in kinds.iter().enumerate() {
            let size: usize = sizes[a];
            // The taste and the inclination that each value of this attribute adds.
            let about: Vec<(Taste, f64)> = (0..size)
                .map(|_| {
                    (std::array::from_fn(|_| taste * stream.normal()), weight * stream.normal())
                })
                .collect();
            for i in 0..n {
                let value = if a == 0 { i } else { rank(stream, size) };
                attributes[i][a] = value as u32;
                let (add, lean) = &about[value];
                tastes[i].iter_mut().zip(add).for_each(|(t, x)| *t += x);
                common[i] += lean;
            }
        }
        standardise(&mut tastes);
        Self { attributes, tastes, common, sizes }
    }
}

/// Shifts and scales tastes, so that each component has mean 0 and variance 1 over draws.
fn standardise(tastes: &mut [Taste]) {
    let n = tastes.len();
    for d in 0..D {
        let mean: f64 = (0..n).map(|i| share(i, n) * tastes[i][d]).sum();
        let square: f64 = (0..n).map(|i| share(i, n) * (tastes[i][d] - mean).powi(2)).sum();
        let scale = 1.0 / square.sqrt().max(1e-9);
        tastes.iter_mut().for_each(|t| t[d] = (t[d] - mean) * scale);
    }
}
