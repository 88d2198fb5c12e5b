//! Adam of dense parameters, and the steps that rows of the table have missed. The plain form does the same
//! operations, so bits are equal.

use crate::check::{Told, Written, check, copy, same, same_bits, same_numbers};
use crate::draw::Draw;
use crate::embed::DIMS;
use ssim_kernels::optimizer::{self, Moving, StepRate, Table, TableKind};
use ssim_kernels::{Array, KernelDevice};

/// The value, or 0 of its sign if it is subnormal.
pub fn cut(value: f32) -> f32 {
    if value.abs() < f32::MIN_POSITIVE { 0.0 * value } else { value }
}

/// One value of a parameter: its weight and its moments.
pub type Cell = (f32, f32, f32);

/// One value's step with gradient `g`.
pub fn update((w, m, v): Cell, g: f32, rate: StepRate) -> Cell {
    let m = cut(0.9 * m + (1.0 - 0.9f64) as f32 * g);
    let v = cut(0.999 * v + (1.0 - 0.999f64) as f32 * g * g);
    (cut(w - rate.step * m / (v.sqrt() * rate.scale + 1e-8)), m, v)
}

/// The rate of step `t` (from 0).
pub fn rate(lr: f64, t: usize, l2: f32) -> StepRate {
    let t = (t + 1) as f64;
    let step = lr / (1.0 - 0.9f64.powf(t));
    StepRate { step: step as f32, scale: (1.0 / (1.0 - 0.999f64.powf(t)).sqrt()) as f32, l2 }
}

/// A weight with its moments, which are 0 now and then.
pub fn draw_cell(draw: &mut Draw, wild: bool) -> Cell {
    let value = |draw: &mut Draw| match draw.below(4) {
        0 => 0.0,
        1 if wild => draw.wild(),
        // So little that it is cut off in a few steps.
        2 => f32::MIN_POSITIVE * (1.0 + draw.unit() as f32 / 100.0),
        _ => draw.number(),
    };
    // A gradient that makes v NaN makes m NaN too, so v alone never is.
    (value(draw), value(draw), value(draw).abs().max(0.0))
}

/// Copies weights and moments to a device.
pub fn place_cells(device: &dyn KernelDevice, cells: &[Cell]) -> Told<Moving> {
    let part = |part: fn(&Cell) -> f32| copy(device, &cells.iter().map(part).collect::<Vec<_>>());
    Ok(Moving { w: part(|c| c.0)?, m: part(|c| c.1)?, v: part(|c| c.2)? })
}

/// Losses, most of which are finite.
pub const LOSSES: [f64; 8] =
    [0.3, 0.7, 0.0, -1.5, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// One step of dense parameters. Nothing may move by a loss that is not finite.
pub fn adam(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let (n, loss) = (draw.rows(5000), draw.pick(&LOSSES));
    let now = draw.below(1000);
    let rate = rate(1e-3, now, draw.pick(&[0.0, 1e-6, 0.1]));
    let cells = draw.many(n, |draw| draw_cell(draw, true));
    let gradient = draw.many(n, Draw::wild);
    let step = |(cell, g): (&Cell, &f32)| match loss.is_finite() {
        true => update(*cell, g + rate.l2 * cell.0, rate),
        false => *cell,
    };
    let expected: Vec<Cell> = cells.iter().zip(&gradient).map(step).collect();
    let mut moving = place_cells(device, &cells)?;
    // The number of weights says how many move, so they have none behind them.
    moving.w = Array::copy(device, &moving.w.read(device, 0..n)?)?;
    let (gradient, loss) = (Array::copy(device, &gradient)?, Array::copy(device, &[loss])?);
    optimizer::adam(device, &mut moving, &gradient, &loss, rate)?;
    let mut written = Written::default();
    let parts = |part: fn(&Cell) -> f32| expected.iter().map(part).collect::<Vec<_>>();
    same_bits("w", &written.read(device, &moving.w, n)?, &parts(|c| c.0))?;
    same_bits("m", &written.read(device, &moving.m, n)?, &parts(|c| c.1))?;
    same_bits("v", &written.read(device, &moving.v, n)?, &parts(|c| c.2))?;
    Ok(written.digest())
}

/// The steps that rows have missed. The kernel ends early where nothing but v moves; then the sign of a zero may be
/// another, and nothing else.
pub fn caught_up(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let (dim, rows, now) = (draw.pick(&DIMS), 1 + draw.below(30), draw.below(60));
    let kind = match draw.below(10) {
        0 => TableKind::Lazy,
        1 => TableKind::Adagrad,
        _ => TableKind::Adam,
    };
    let (l2, wild) = (draw.pick(&[0.0, 1e-6, 0.1]), draw.percent(30));
    let cells = draw.many(rows * dim, |draw| draw_cell(draw, wild));
    let last = draw.many(rows, |draw| draw.below(now + 1) as u32);
    let (ids, others): (Vec<u32>, Vec<u32>) = (0..rows as u32).partition(|_| draw.percent(60));
    let rates: Vec<StepRate> = (0..now).map(|step| rate(1e-3, step, l2)).collect();
    let (mut expected, mut expected_last) = (cells.clone(), last.clone());
    if kind == TableKind::Adam {
        for id in ids.iter().map(|id| *id as usize) {
            for cell in &mut expected[id * dim..(id + 1) * dim] {
                for rate in &rates[last[id] as usize..] {
                    *cell = update(*cell, l2 * cell.0, *rate);
                }
            }
            expected_last[id] = now as u32;
        }
    }
    let mut table = Table {
        moving: place_cells(device, &cells)?,
        last: copy(device, &last)?,
        rates: Array::copy(
            device,
            &rates.iter().flat_map(|rate| [rate.step, rate.scale]).collect::<Vec<_>>(),
        )?,
        rows,
        dim,
        kind,
        l2,
    };
    let found = Array::copy(device, &[ids.len() as u32])?;
    // Behind the ids stand rows that must not move.
    let ids = Array::copy(device, &[ids, others].concat())?;
    table.catch_up_ids(device, (&ids, &found, rows), now)?;
    let mut written = Written::default();
    let parts = |part: fn(&Cell) -> f32| expected.iter().map(part).collect::<Vec<_>>();
    same_numbers("w", &written.read(device, &table.moving.w, rows * dim)?, &parts(|c| c.0))?;
    same_numbers("m", &written.read(device, &table.moving.m, rows * dim)?, &parts(|c| c.1))?;
    same_bits("v", &written.read(device, &table.moving.v, rows * dim)?, &parts(|c| c.2))?;
    same("last", &written.read(device, &table.last, rows)?, &expected_last)?;
    Ok(written.digest())
}

#[test]
fn a_step_of_adam_is_the_hosts_own() {
    check(adam);
}

#[test]
fn missed_steps_are_taken_one_by_one() {
    check(caught_up);
}
