//! Which rows are shared, and which tower sees which rows.

use crate::check::{Told, Written, check, compare, room, same, same_bits};
use crate::draw::Draw;
use crate::fixture::{Batch, Routing};
use ssim_kernels::route::{self, MaskAt};
use ssim_kernels::{Array, KernelDevice, NONE};

/// The rows of a batch that are on a list.
pub fn listed(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let count = draw.rows(5000);
    let batch = Batch::draw(draw, count, (1, 1), 1);
    let list = draw.shared(batch.labels.len());
    let expected: Vec<u8> = batch.rows().map(|row| list[row]).collect();
    let placed = batch.place(device)?;
    let mut shared = room(device, count)?;
    route::listed(device, &Array::copy(device, &list)?, placed.batch(), &mut shared)?;
    let mut written = Written::default();
    same("shared rows", &written.read(device, &shared, count)?, &expected)?;
    Ok(written.digest())
}

/// The largest error of p = 1/(1 + exp(−τ·z)) by the device and by the host together, in parts of p. Each has an
/// exponential within 4 units of 2⁻⁵², whose error p has at most, and rounds twice.
const OF_P: f64 = 12.0 / (1u64 << 52) as f64;

/// Whether σ(τ·z) > ε by the host, if an error of the exponential cannot change it. That of 0 has none.
pub fn shares(z: f32, mask: MaskAt) -> Option<bool> {
    let p = 1.0 / (1.0 + (-mask.temperature * f64::from(z)).exp());
    let sure = z == 0.0 || p.is_nan() || (p - mask.threshold).abs() > OF_P * p;
    sure.then_some(p > mask.threshold)
}

/// A threshold and a temperature.
pub fn draw_mask(draw: &mut Draw) -> MaskAt {
    MaskAt {
        threshold: draw.pick(&[0.0, 0.3, 0.49, 0.5, 0.9, 1.0]),
        temperature: draw.pick(&[1.0, 3.7, 1000.0]),
    }
}

/// The search mask.
pub fn masked(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let (width, mask) = (draw.pick(&[1, 3, 33]), draw_mask(draw));
    let count = draw.rows(5000);
    let scenarios = 1 + draw.below(2 * width);
    let batch = Batch::draw(draw, count, (1, 1), scenarios);
    let heads = draw.many(count * width, Draw::wild);
    let rows = batch.rows().enumerate();
    let scores: Vec<f32> = rows
        .map(|(i, row)| heads[i * width + (batch.scenarios[row] as usize).min(width - 1)])
        .collect();
    let expected: Vec<Option<bool>> = scores.iter().map(|z| shares(*z, mask)).collect();
    let placed = batch.place(device)?;
    let heads = Array::copy(device, &heads)?;
    let (mut got_scores, mut shared) = (room(device, count)?, room(device, count)?);
    let (rows, out) = (placed.batch(), (&mut got_scores, &mut shared));
    route::masked(device, (&heads, width), &placed.rows, rows, mask, out)?;
    let mut written = Written::default();
    same_bits("scores", &written.read(device, &got_scores, count)?, &scores)?;
    compare("mask", &written.read(device, &shared, count)?, &expected, |got, expected| {
        *got < 2 && expected.is_none_or(|expected| u8::from(expected) == *got)
    })?;
    Ok(written.digest())
}

/// The routing of a batch.
pub fn routed(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let towers = draw.towers();
    let count = draw.rows(if towers > 8 { 257 } else { 5000 });
    let scenarios = 1 + draw.below(2 * towers);
    let batch = Batch::draw(draw, count, (1, 1), scenarios);
    let routing = Routing::draw(draw, &batch, towers);
    let places = routing.places();
    let pairs: Vec<u32> = places.iter().map(|(_, place)| *place).collect();
    let tower: Vec<u32> = places.iter().map(|(k, _)| *k as u32).collect();
    let mut slots = vec![NONE; towers * count];
    for (k, rows) in routing.seen.iter().enumerate() {
        for (slot, place) in rows.iter().enumerate() {
            slots[k * count + *place as usize] = slot as u32;
        }
    }
    let seen: Vec<u32> = routing.seen.iter().map(|rows| rows.len() as u32).collect();
    let placed = batch.place(device)?;
    let (got, _) = routing.place(device, &placed)?;
    let mut written = Written::default();
    same("pairs", &written.read(device, &got.pairs, pairs.len())?, &pairs)?;
    same("towers", &written.read(device, &got.tower, pairs.len())?, &tower)?;
    same("slots", &written.read(device, &got.slots, slots.len())?, &slots)?;
    same("own", &written.read(device, &got.own, towers)?, &routing.own)?;
    same("seen", &written.read(device, &got.seen, towers)?, &seen)?;
    Ok(written.digest())
}

#[test]
fn a_list_is_looked_up() {
    check(listed);
}

#[test]
fn a_score_is_that_of_the_rows_head_and_decides_its_mask() {
    check(masked);
}

#[test]
fn a_tower_sees_its_own_rows_and_then_the_shared_ones() {
    check(routed);
}
