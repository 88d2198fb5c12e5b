//! Bias, ReLU and dropout, whose bits are those of the plain form, and sums over rows.

use crate::check::{Told, Written, check, copy, near, room, same_bits};
use crate::draw::Draw;
use crate::fixture::{Batch, Routing};
use ssim_kernels::dense::{self, LayerEnd, LayerRows};
use ssim_kernels::{Array, KernelDevice, NONE};

/// Widths of layers.
const WIDTHS: [usize; 5] = [1, 5, 32, 33, 70];

fn mix(a: u64, b: u64) -> u64 {
    let mut z = a ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn word(key: u64, i: u32) -> u32 {
    let mut x = (key as u32).wrapping_add(i.wrapping_mul(0x9E37_79B9));
    x = (x ^ (x >> 16)).wrapping_mul(0x21F0_AAAD) ^ (key >> 32) as u32;
    x = (x ^ (x >> 15)).wrapping_mul(0x735A_2D97);
    x ^ (x >> 15)
}

/// Drops units of a row: 32 units share 16 words, the first 16 units the lower halves of them.
fn drop_units(units: &mut [f32], key: u64, p: f32) {
    for (unit, value) in units.iter_mut().enumerate() {
        let (block, at) = (unit / 32, unit % 32);
        let bits = word(key, (block * 16 + at % 16) as u32);
        let bits = if at < 16 { bits & 0xFFFF } else { bits >> 16 };
        *value *= if bits >= (p * 65536.0) as u32 { 1.0 / (1.0 - p) } else { 0.0 };
    }
}

fn draw_end(draw: &mut Draw) -> LayerEnd {
    LayerEnd {
        layer: draw.below(4),
        relu: draw.percent(80),
        // The smallest drops no unit, since a unit has 16 bits, but it scales them.
        dropout: draw.pick(&[0.0, 1e-5, 0.2, 0.5, 0.999]),
        key: draw.bits(),
    }
}

/// The routing of a batch, so small that layers of all widths fit.
fn draw_routing(draw: &mut Draw) -> (Batch, Routing) {
    let towers = draw.towers();
    let count = draw.rows(if towers > 8 { 10 } else { 1100 });
    let scenarios = 1 + draw.below(2 * towers);
    let batch = Batch::draw(draw, count, (1, 1), scenarios);
    let routing = Routing::draw(draw, &batch, towers);
    (batch, routing)
}

/// The end of a layer, for the rows of a batch or for pairs.
pub fn finished(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let (batch, routing) = draw_routing(draw);
    let (outputs, first, end) = (draw.pick(&WIDTHS), draw.below(5), draw_end(draw));
    let all = draw.percent(30);
    let rows: Vec<(usize, u32)> = match all {
        true => (0..batch.count as u32).map(|place| (0, place)).collect(),
        false => routing.places(),
    };
    let networks = if all { 1 } else { routing.towers() };
    let products = draw.many(rows.len() * outputs, Draw::wild);
    let biases = draw.many(first + networks * outputs, Draw::wild);
    let mut expected = products.clone();
    for ((k, place), y) in rows.iter().zip(expected.chunks_exact_mut(outputs)) {
        if *place == NONE {
            y.fill(0.0);
            continue;
        }
        for (y, b) in y.iter_mut().zip(&biases[first + k * outputs..]) {
            *y += b;
            *y = if end.relu && *y < 0.0 { 0.0 } else { *y };
        }
        let key = mix(mix(end.key, *k as u64 + 1), u64::from(*place));
        drop_units(y, mix(key, end.layer as u64), end.dropout);
    }
    let placed = batch.place(device)?;
    let (routed, _) = routing.place(device, &placed)?;
    let rows = if all { LayerRows::All(batch.count) } else { LayerRows::Pairs(&routed) };
    let mut y = copy(device, &products)?;
    dense::finish(device, &mut y, (&Array::copy(device, &biases)?, first, outputs), rows, end)?;
    let mut written = Written::default();
    same_bits("outputs", &written.read(device, &y, products.len())?, &expected)?;
    Ok(written.digest())
}

/// The gradient of a layer's products.
pub fn begun(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let (outputs, count, end) = (draw.pick(&WIDTHS), draw.rows(1100), draw_end(draw));
    let y = draw.many(count * outputs, Draw::wild);
    let slopes = draw.many(count * outputs, Draw::wild);
    let scale = 1.0 / (1.0 - end.dropout);
    let expected = y.iter().zip(&slopes).map(|(y, g)| if *y > 0.0 { g * scale } else { 0.0 });
    let expected: Vec<f32> = expected.collect();
    let mut got = copy(device, &slopes)?;
    let y = Array::copy(device, &y)?;
    dense::begin(device, &mut got, (&y, outputs), LayerRows::All(count), end)?;
    let mut written = Written::default();
    same_bits("gradients", &written.read(device, &got, expected.len())?, &expected)?;
    Ok(written.digest())
}

/// The gradients of biases.
pub fn columns(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let (batch, routing) = draw_routing(draw);
    let (outputs, first, towers) = (draw.pick(&WIDTHS), draw.below(5), routing.towers());
    let places = routing.places();
    // Pairs that fill up count nothing, whatever is there.
    let slopes: Vec<f32> = places
        .iter()
        .flat_map(|(_, place)| {
            let unused = *place == NONE;
            draw.many(outputs, |draw| if unused { f32::NAN } else { draw.number() })
        })
        .collect();
    // A sum of n numbers, in any order, is wrong by at most n·2⁻²⁴ of the sum of their sizes.
    let mut expected = vec![(0.0, 0.0); towers * outputs];
    for ((k, place), slopes) in places.iter().zip(slopes.chunks_exact(outputs)) {
        if *place != NONE {
            let n = routing.seen[*k].len() as f64;
            for ((sum, bound), g) in expected[k * outputs..].iter_mut().zip(slopes) {
                *sum += f64::from(*g);
                *bound += n * f64::from(g.abs()) / f64::from(1 << 24);
            }
        }
    }
    let placed = batch.place(device)?;
    let (routed, _) = routing.place(device, &placed)?;
    let slopes = Array::copy(device, &slopes)?;
    let mut out = room(device, first + towers * outputs)?;
    dense::sum_columns(device, (&slopes, outputs), &routed, (&mut out, first))?;
    let mut written = Written::default();
    let got = written.read(device, &out, first + towers * outputs)?;
    let got: Vec<f64> = got[first..].iter().map(|sum| f64::from(*sum)).collect();
    near("sums", &got, &expected)?;
    Ok(written.digest())
}

#[test]
fn a_layer_ends_as_the_hosts_own() {
    check(finished);
}

#[test]
fn a_gradient_passes_where_the_output_is_positive() {
    check(begun);
}

#[test]
fn the_gradient_of_a_bias_is_a_sum_over_the_rows_of_its_tower() {
    check(columns);
}
