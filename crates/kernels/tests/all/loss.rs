//! Losses of pairs, of towers, and of the batch.

use crate::check::{Told, Written, check, copy, near, room, same};
use crate::draw::Draw;
use crate::fixture::{Batch, Placed, Routing};
use crate::optimizer::LOSSES;
use ssim_kernels::loss::{self, Losses};
use ssim_kernels::route::Routed;
use ssim_kernels::{Array, KernelDevice, NONE};

/// The unit of the last place of an f64 near 1.
pub const ULP: f64 = f64::EPSILON;

/// A batch with logits, its losses on the host, and on a device before anything is computed there.
pub struct Lost {
    pub batch: Batch,
    pub routing: Routing,
    pub by_tower: bool,
    /// Logits of the pairs.
    pub logits: Vec<f32>,
    /// Weighted losses of the pairs, and those of the towers.
    pub pairs: Vec<f64>,
    pub towers: Vec<f64>,
}

/// The binary cross entropy of a logit.
pub fn cross_entropy(logit: f32, label: u8) -> f64 {
    let z = f64::from(logit);
    let against = if label > 0 { -z } else { z };
    against.max(0.0) + (-z.abs()).exp().ln_1p()
}

impl Lost {
    pub fn draw(draw: &mut Draw) -> Self {
        let towers = draw.towers();
        let count = draw.rows(if towers > 8 { 60 } else { 5000 });
        let scenarios = 1 + draw.below(2 * towers);
        let batch = Batch::draw(draw, count, (1, 1), scenarios);
        let routing = Routing::draw(draw, &batch, towers);
        let by_tower = draw.percent(50);
        let wild = draw.percent(10);
        let logit = |draw: &mut Draw| if wild { draw.wild() } else { 5.0 * draw.number() };
        let logits = draw.many(routing.pairs(), logit);
        let mut lost = Self { batch, routing, by_tower, logits, pairs: vec![], towers: vec![] };
        lost.towers = vec![0.0; towers];
        for (pair, (k, place)) in lost.routing.places().into_iter().enumerate() {
            let loss = match place {
                NONE => 0.0,
                _ => lost.weight(pair, k) * cross_entropy(lost.logits[pair], lost.label(place)),
            };
            lost.towers[k] += loss;
            lost.pairs.push(loss);
        }
        lost
    }

    /// The weight of a pair.
    pub fn weight(&self, pair: usize, k: usize) -> f64 {
        let (m, towers) = (self.batch.count as f64, self.routing.towers() as f64);
        let private = pair < (self.routing.starts[k] + self.routing.own[k]) as usize;
        match (self.by_tower, private) {
            (true, _) => 1.0 / (self.routing.seen[k].len() as f64 + 1e-10),
            (false, true) => 1.0 / m,
            (false, false) => 1.0 / (m * towers),
        }
    }

    /// The label of a row of the batch.
    pub fn label(&self, place: u32) -> u8 {
        self.batch.labels[self.batch.row(place as usize)]
    }

    /// Places everything on a device, with room for the losses.
    pub fn place(&self, device: &dyn KernelDevice) -> Told<(Placed, Routed, Array<u8>, Losses)> {
        let placed = self.batch.place(device)?;
        let (routed, shared) = self.routing.place(device, &placed)?;
        let mut losses = Losses::new(device, 0, 0, 0)?;
        losses.pairs = room(device, self.pairs.len())?;
        losses.slopes = room(device, self.pairs.len())?;
        losses.towers = room(device, self.towers.len())?;
        losses.terms = room(device, self.batch.count)?;
        Ok((placed, routed, shared, losses))
    }
}

/// Losses of pairs and of towers.
///
/// An exponential and a logarithm are within 4 units in the last place, and a few operations round, on the device and
/// on the host. A loss has terms of one sign, so its relative error is at most 24 units. In `p − y` they
/// cancel: its absolute error is at most 24 units of 1, and then it is rounded to f32 on both sides.
pub fn pair_losses(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let lost = Lost::draw(draw);
    let (placed, routed, _, mut losses) = lost.place(device)?;
    let logits = Array::copy(device, &lost.logits)?;
    let rows = (&placed.rows, placed.batch());
    loss::pair_losses(device, &logits, rows, &routed, lost.by_tower, &mut losses)?;
    let mut written = Written::default();
    let bounded = |loss: &f64| (*loss, 24.0 * ULP * loss);
    let expected: Vec<_> = lost.pairs.iter().map(bounded).collect();
    near("losses", &written.read(device, &losses.pairs, expected.len())?, &expected)?;
    let slopes = lost.routing.places().into_iter().enumerate().map(|(pair, (k, place))| {
        if place == NONE {
            return (0.0, 0.0);
        }
        let p = 1.0 / (1.0 + (-f64::from(lost.logits[pair])).exp());
        let weight = lost.weight(pair, k);
        let slope = weight * (p - f64::from(lost.label(place)));
        (
            slope,
            24.0 * ULP * weight + slope.abs() / f64::from(1 << 24) + f64::from(f32::from_bits(1)),
        )
    });
    let got = written.read(device, &losses.slopes, expected.len())?;
    let got: Vec<f64> = got.into_iter().map(f64::from).collect();
    near("gradients", &got, &slopes.collect::<Vec<_>>())?;
    // A sum of n positive numbers, in any order, is wrong by at most n/2 units of it.
    let seen = lost.routing.seen.iter().map(Vec::len);
    let bounded = |(loss, n): (&f64, usize)| (*loss, (24.0 + n as f64) * ULP * loss);
    let expected: Vec<_> = lost.towers.iter().zip(seen).map(bounded).collect();
    near("losses of towers", &written.read(device, &losses.towers, expected.len())?, &expected)?;
    Ok(written.digest())
}

/// The loss of a batch, and its number of shared rows.
pub fn total(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let lost = Lost::draw(draw);
    let (_, routed, shared, mut losses) = lost.place(device)?;
    let (wild, search) = (draw.percent(10), draw.percent(50));
    let value = |draw: &mut Draw| f64::from(if wild { draw.wild() } else { draw.number() });
    let towers = draw.many(lost.towers.len(), value);
    let terms = draw.many(lost.batch.count, value);
    losses.towers = copy(device, &towers)?;
    losses.terms = copy(device, &terms)?;
    // A loss before that is not finite stays.
    let before = draw.pick(&LOSSES);
    losses.loss = copy(device, &[before])?;
    losses.shared = room(device, 1)?;
    loss::total(device, &shared, &routed, search, &mut losses)?;
    let added: Vec<f64> = if search { [towers, terms].concat() } else { towers };
    // A sum of n numbers, in any order, is wrong by at most n/2 units of the sum of their sizes.
    let sizes: f64 = added.iter().map(|value| value.abs()).sum();
    let expected = match before.is_finite() {
        true => (added.iter().sum(), added.len() as f64 * ULP * sizes),
        false => (before, 0.0),
    };
    let mut written = Written::default();
    near("loss", &written.read(device, &losses.loss, 1)?, &[expected])?;
    let count = lost.routing.shared.iter().map(|shared| u32::from(*shared)).sum();
    same("shared rows", &written.read(device, &losses.shared, 1)?, &[count])?;
    Ok(written.digest())
}

#[test]
fn a_pair_counts_in_the_loss_by_its_weight() {
    check(pair_losses);
}

#[test]
fn the_loss_is_that_of_the_towers_and_of_the_terms() {
    check(total);
}
