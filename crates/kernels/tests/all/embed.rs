//! Embedded rows and their gradients. Nothing is rounded otherwise than in the plain form, so bits are equal.

use crate::check::{Told, Written, check, copy, room, same_bits};
use crate::draw::Draw;
use crate::fixture::{Batch, Routing};
use ssim_kernels::{Array, KernelDevice, NONE, embed};

/// Widths of embeddings.
pub const DIMS: [usize; 4] = [1, 3, 16, 256];

/// The embeddings of a batch, or of pairs.
pub fn embedded(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let (fields, dim, ids) = (draw.pick(&[1, 2, 7]), draw.pick(&DIMS), 1 + draw.below(50));
    let count = draw.rows(20_000 / (fields * dim));
    let batch = Batch::draw(draw, count, (fields, ids), 1);
    let table = draw.many(ids * dim, Draw::wild);
    let places: Option<Vec<u32>> = draw.percent(70).then(|| {
        let n = draw.rows(20_000 / (fields * dim));
        draw.many(n, |draw| match count == 0 || draw.percent(20) {
            true => NONE,
            false => draw.below(count) as u32,
        })
    });
    let mut expected = Vec::new();
    let rows: Vec<usize> = batch.rows().collect();
    for place in places.clone().unwrap_or_else(|| (0..count as u32).collect()) {
        for f in 0..fields {
            for d in 0..dim {
                expected.push(match place {
                    NONE => 0.0,
                    _ => table[batch.ids[rows[place as usize] * fields + f] as usize * dim + d],
                });
            }
        }
    }
    let placed = batch.place(device)?;
    let table = Array::copy(device, &table)?;
    let pairs = places.map(|places| copy(device, &places).map(|pairs| (pairs, places.len())));
    let pairs = pairs.transpose()?;
    let pairs = pairs.as_ref().map(|(pairs, count)| (pairs, *count));
    let mut out = room(device, expected.len())?;
    embed::embed(device, (&table, dim), &placed.rows, placed.batch(), pairs, &mut out)?;
    let mut written = Written::default();
    same_bits("embedded rows", &written.read(device, &out, expected.len())?, &expected)?;
    Ok(written.digest())
}

/// The gradients of a batch's embeddings.
pub fn collected(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let (width, towers) = (draw.pick(&[1, 3, 33]), draw.towers());
    let count = draw.rows(30_000 / (width * towers));
    let scenarios = 1 + draw.below(2 * towers);
    let batch = Batch::draw(draw, count, (1, 1), scenarios);
    let routing = Routing::draw(draw, &batch, towers);
    let slopes = draw.many(routing.pairs() * width, Draw::wild);
    let selector = draw.percent(50).then(|| draw.many(count * width, Draw::wild));
    let mut expected = selector.clone().unwrap_or_else(|| vec![0.0; count * width]);
    for (pair, (_, place)) in routing.places().into_iter().enumerate() {
        if place != NONE {
            for i in 0..width {
                expected[place as usize * width + i] += slopes[pair * width + i];
            }
        }
    }
    let placed = batch.place(device)?;
    let (routed, _) = routing.place(device, &placed)?;
    let slopes = Array::copy(device, &slopes)?;
    let selector = selector.map(|selector| Array::copy(device, &selector)).transpose()?;
    let mut out = room(device, count * width)?;
    embed::collect(device, &routed, &slopes, selector.as_ref(), width, &mut out)?;
    let mut written = Written::default();
    same_bits("gradients of rows", &written.read(device, &out, count * width)?, &expected)?;
    Ok(written.digest())
}

#[test]
fn every_pair_gets_the_embeddings_of_its_row() {
    check(embedded);
}

#[test]
fn a_row_gets_the_gradients_of_all_towers_that_see_it() {
    check(collected);
}
