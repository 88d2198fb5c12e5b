//! One step of the rows that a batch touches.
//!
//! The gradient of a row is a sum over the cells of its id. Its order is another on the device, so the plain form gets
//! the range in which the sum lies. All operations after it, rounded as they are, grow or fall with each of their
//! operands. So the results lie between those of the ends of the range. Where gradients are multiples
//! of 1/64, sums are exact, and the range is one number.

use crate::check::{Told, Written, check, compare, copy, same};
use crate::draw::Draw;
use crate::embed::DIMS;
use crate::fixture::Batch;
use crate::optimizer::{Cell, LOSSES, cut, draw_cell, place_cells, rate, update};
use ssim_kernels::optimizer::{StepRate, Table, TableKind};
use ssim_kernels::touched::TouchedIds;
use ssim_kernels::{Array, KernelDevice};

/// The numbers from the first to the second.
type Span = (f32, f32);

/// The range of some numbers; NaN if one is NaN.
fn span(numbers: &[f32]) -> Span {
    let nan = numbers.iter().find(|x| x.is_nan());
    let fold = |pick: fn(f32, f32) -> f32| numbers.iter().copied().reduce(pick).unwrap_or(f32::NAN);
    nan.map_or_else(|| (fold(f32::min), fold(f32::max)), |nan| (*nan, *nan))
}

/// The range of a sum: n numbers, added in any order, are wrong by at most n·2⁻²⁴ of the sum of their sizes.
fn sum_span(numbers: &[f32], exact: bool) -> Span {
    let sum: f64 = numbers.iter().map(|x| f64::from(*x)).sum();
    let sizes: f64 = numbers.iter().map(|x| f64::from(x.abs())).sum();
    let bound = numbers.len() as f64 * sizes / f64::from(1 << 24);
    match exact || !sum.is_finite() {
        true => (sum as f32, sum as f32),
        false => ((sum - bound) as f32, (sum + bound) as f32),
    }
}

/// The ranges of a square, whose least is 0 if there is 0 in the range.
fn square((low, high): Span, of: impl Fn(f32) -> f32) -> Span {
    let zero = low < 0.0 && high > 0.0;
    span(&[of(low), of(high), if zero { of(0.0) } else { of(low) }])
}

/// Weight and moments of a value after a step of Adam with a gradient `sum + l2·w`.
fn adam((w, m, v): Cell, sum: Span, rate: StepRate) -> [Span; 3] {
    let g = (sum.0 + rate.l2 * w, sum.1 + rate.l2 * w);
    let ms = span(&[g.0, g.1].map(|g| update((w, m, v), g, rate).1));
    let vs = square(g, |g| update((w, m, v), g, rate).2);
    let move_by = |m: f32, v: f32| cut(w - rate.step * m / (v.sqrt() * rate.scale + 1e-8));
    let corners = [(ms.0, vs.0), (ms.0, vs.1), (ms.1, vs.0), (ms.1, vs.1)];
    [span(&corners.map(|(m, v)| move_by(m, v))), ms, vs]
}

/// A row's weights, and its sum of squares `v`, after a step of Adagrad with gradients `sums + l2·w`.
fn adagrad(ws: &[f32], v: f32, sums: &[Span], lr: f32, l2: f32) -> (Vec<Span>, Span) {
    let gradients = ws.iter().zip(sums).map(|(w, sum)| (sum.0 + l2 * w, sum.1 + l2 * w));
    let gradients: Vec<Span> = gradients.collect();
    let squares: Vec<Span> = gradients.iter().map(|g| square(*g, |g| g * g)).collect();
    let v_with = |end: fn(&Span) -> f32| v + squares.iter().map(end).sum::<f32>() / ws.len() as f32;
    let vs = span(&[v_with(|s| s.0), v_with(|s| s.1)]);
    let rates = [vs.0, vs.1].map(|v| lr / (v.sqrt() + 1e-8));
    let of_w = |(w, g): (&f32, &Span)| {
        let corners = [(g.0, rates[0]), (g.0, rates[1]), (g.1, rates[0]), (g.1, rates[1])];
        span(&corners.map(|(g, rate)| cut(w - rate * g)))
    };
    (ws.iter().zip(&gradients).map(of_w).collect(), vs)
}

/// One step of a table. Nothing may move by a loss that is not finite.
pub fn step(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let (mut dim, mut fields, mut ids) = (draw.pick(&DIMS), draw.pick(&[1, 3]), 1 + draw.below(40));
    let mut count = draw.rows(30_000 / (fields * dim));
    if draw.percent(2) {
        // One id in every row of a large batch.
        (dim, fields, ids, count) = (dim.min(16), 1, 1, 4096);
    }
    let batch = Batch::draw(draw, count, (fields, ids), 1);
    let (now, loss) = (draw.below(1000), draw.pick(&LOSSES));
    let kind = draw.pick(&[TableKind::Adam, TableKind::Lazy, TableKind::Adagrad]);
    let adagrads = kind == TableKind::Adagrad;
    let (lr, rate) = (0.01, rate(1e-3, now, draw.pick(&[0.0, 1e-6, 0.1])));
    let (exact, wild) = (draw.percent(50), draw.percent(10));
    let slopes = draw.many(count * fields * dim, |draw| match exact {
        true => (draw.below(129) as f32 - 64.0) / 64.0,
        // Not so large that a sum may overflow in one order and not in another.
        false if wild => {
            draw.pick(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e15, -1e15, 1e-30])
        }
        false => draw.number(),
    });
    let cells = draw.many(ids * dim, |draw| draw_cell(draw, false));
    let last = draw.many(ids, |draw| draw.below(now + 1) as u32);
    let of_row = if adagrads { 1 } else { dim };
    let point = |x: f32| (x, x);
    let mut ws: Vec<Span> = cells.iter().map(|c| point(c.0)).collect();
    let mut ms: Vec<Span> = cells.iter().map(|c| point(c.1)).collect();
    let mut vs: Vec<Span> = cells[..ids * of_row].iter().map(|c| point(c.2)).collect();
    let mut expected_last = last.clone();
    let of_cells = batch.cells();
    for id in (0..ids).filter(|_| loss.is_finite()) {
        let here: Vec<usize> =
            (0..of_cells.len()).filter(|i| of_cells[*i] as usize == id).collect();
        if here.is_empty() {
            continue;
        }
        let column = |d: usize| here.iter().map(|i| slopes[i * dim + d]).collect::<Vec<_>>();
        let sums: Vec<Span> = (0..dim).map(|d| sum_span(&column(d), exact)).collect();
        let row = id * dim..(id + 1) * dim;
        if adagrads {
            let w: Vec<f32> = cells[row.clone()].iter().map(|c| c.0).collect();
            let (to, v) = adagrad(&w, cells[id].2, &sums, lr, rate.l2);
            ws[row].copy_from_slice(&to);
            vs[id] = v;
            continue;
        }
        for (i, sum) in row.zip(sums) {
            [ws[i], ms[i], vs[i]] = adam(cells[i], sum, rate);
        }
        if kind == TableKind::Adam {
            expected_last[id] = now as u32 + 1;
        }
    }
    let placed = batch.place(device)?;
    let mut touched = TouchedIds::new(device, of_cells.len(), ids)?;
    touched.find(device, &placed.rows, placed.batch())?;
    let mut moving = place_cells(device, &cells)?;
    let of_v: Vec<f32> = cells[..ids * of_row].iter().map(|c| c.2).collect();
    moving.v = copy(device, &of_v)?;
    let (last, rates) = (copy(device, &last)?, Array::zeros(device, 0)?);
    let mut table = Table { moving, last, rates, rows: ids, dim, kind, l2: rate.l2 };
    let given = (&Array::copy(device, &slopes)?, &Array::copy(device, &[loss])?);
    table.step(device, &touched, given, (now, rate, lr))?;
    let mut written = Written::default();
    let inside = |x: &f32, (low, high): &Span| low <= x && x <= high || x.is_nan() && low.is_nan();
    compare("w", &written.read(device, &table.moving.w, ids * dim)?, &ws, inside)?;
    compare("m", &written.read(device, &table.moving.m, ids * dim)?, &ms, inside)?;
    compare("v", &written.read(device, &table.moving.v, ids * of_row)?, &vs, inside)?;
    same("last", &written.read(device, &table.last, ids)?, &expected_last)?;
    Ok(written.digest())
}

#[test]
fn a_touched_row_takes_a_step_by_the_sum_of_its_gradients() {
    check(step);
}
