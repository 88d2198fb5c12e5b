//! Losses, the ids of a batch, optimisers and products.

use super::{DIM, FIELDS, PAIRS, ROWS, TOWERS, batch, each_too_short};
use ssim_kernels::loss::{self, BatchScores, Teaching};
use ssim_kernels::optimizer::{self, Moving, StepRate, TableKind, WIDEST};
use ssim_kernels::product::{self, Factor, Format, ProductSize};
use ssim_kernels::route::{MaskAt, Routed};
use ssim_kernels::touched::TouchedIds;
use ssim_kernels::{Array, DeviceError, Simulated};

const RATE: StepRate = StepRate { step: 0.1, scale: 1.0, l2: 0.0 };

#[test]
fn losses_refuse_arrays_that_are_too_short() {
    each_too_short(|maker| {
        let (rows, order, logits) = (maker.rows()?, maker.order()?, maker.array(PAIRS)?);
        let (mut routed, mut losses) = (maker.routed()?, maker.losses()?);
        routed.pairs = maker.array(PAIRS)?;
        routed.tower = maker.array(PAIRS)?;
        routed.own = maker.array(TOWERS)?;
        routed.seen = maker.array(TOWERS)?;
        losses.pairs = maker.array(PAIRS)?;
        losses.slopes = maker.array(PAIRS)?;
        let rows = (&rows, batch(&order));
        loss::pair_losses(maker.device, &logits, rows, &routed, true, &mut losses)
    });
    each_too_short(|maker| {
        let (rows, order, logits) =
            (maker.rows()?, maker.order()?, Array::zeros(maker.device, PAIRS)?);
        let (routed, mut losses) = (maker.routed()?, maker.losses()?);
        losses.towers = maker.array(TOWERS)?;
        let rows = (&rows, batch(&order));
        loss::pair_losses(maker.device, &logits, rows, &routed, true, &mut losses)
    });
    each_too_short(|maker| {
        let (rows, order) = (maker.rows()?, maker.order()?);
        let (mut routed, mut losses) = (maker.routed()?, maker.losses()?);
        routed.slots = maker.array(TOWERS * ROWS)?;
        routed.seen = maker.array(TOWERS)?;
        losses.pairs = maker.array(PAIRS)?;
        losses.towers = maker.array(TOWERS)?;
        losses.terms = maker.array(ROWS)?;
        let (scores, shared, logits) =
            (maker.array(ROWS)?, maker.array(ROWS)?, maker.array(PAIRS)?);
        let mut slopes = maker.array(ROWS * 2)?;
        let scored = BatchScores { scores: &scores, shared: &shared, heads: 2 };
        let mask = MaskAt { threshold: 0.5, temperature: 1.0 };
        let teaching = Teaching {
            mask,
            pull: 0.0,
            private_term: 0.0,
            log_term: 0.0,
            leak: 0.0,
            relaxed: true,
        };
        let (rows, given) = ((&rows, batch(&order)), (&routed, &logits, false));
        loss::score_slopes(maker.device, (scored, teaching), rows, given, &mut losses, &mut slopes)
    });
    each_too_short(|maker| {
        let mut losses = maker.losses()?;
        let routed = Routed::new(maker.device, ROWS, TOWERS, PAIRS)?;
        losses.towers = maker.array(TOWERS)?;
        losses.terms = maker.array(ROWS)?;
        losses.loss = maker.array(1)?;
        losses.shared = maker.array(1)?;
        let shared = maker.array(ROWS)?;
        loss::total(maker.device, &shared, &routed, true, &mut losses)
    });
}

#[test]
fn ids_refuse_arrays_that_are_too_short() {
    each_too_short(|maker| {
        let (rows, order) = (maker.rows()?, maker.order()?);
        let room = maker.len(ROWS * FIELDS);
        let mut touched = TouchedIds::new(maker.device, room, 7)?;
        touched.ids = maker.array(ROWS * FIELDS)?;
        touched.starts = maker.array(ROWS * FIELDS + 1)?;
        touched.found = maker.array(1)?;
        touched.find(maker.device, &rows, batch(&order))
    });
}

#[test]
fn optimizers_refuse_arrays_that_are_too_short() {
    each_too_short(|maker| {
        let w = Array::zeros(maker.device, 9)?;
        let mut moving = Moving { w, m: maker.array(9)?, v: maker.array(9)? };
        let (gradient, loss) = (maker.array(9)?, maker.array(1)?);
        optimizer::adam(maker.device, &mut moving, &gradient, &loss, RATE)
    });
    each_too_short(|maker| {
        let mut table = maker.table(TableKind::Adam)?;
        table.moving.w = maker.array(7 * DIM)?;
        table.moving.m = maker.array(7 * DIM)?;
        table.moving.v = maker.array(7 * DIM)?;
        table.last = maker.array(7)?;
        table.rates = maker.array(2 * 3)?;
        let (ids, found) = (maker.array(2)?, maker.array(1)?);
        table.catch_up_ids(maker.device, (&ids, &found, 2), 3)
    });
    for kind in [TableKind::Adam, TableKind::Lazy, TableKind::Adagrad] {
        each_too_short(|maker| {
            let (mut table, mut touched) = (maker.table(kind)?, maker.touched()?);
            let adagrad = kind == TableKind::Adagrad;
            table.moving.w = maker.array(7 * DIM)?;
            table.moving.v = maker.array(if adagrad { 7 } else { 7 * DIM })?;
            if !adagrad {
                table.moving.m = maker.array(7 * DIM)?;
            }
            if kind == TableKind::Adam {
                table.last = maker.array(7)?;
            }
            touched.ids = maker.array(ROWS * FIELDS)?;
            touched.starts = maker.array(ROWS * FIELDS + 1)?;
            touched.found = maker.array(1)?;
            let (slopes, loss) = (maker.array(ROWS * FIELDS * DIM)?, maker.array(1)?);
            table.step(maker.device, &touched, (&slopes, &loss), (0, RATE, 0.1))
        });
    }
}

#[test]
fn products_refuse_arrays_that_are_too_short() {
    let size = ProductSize { rows: 2, inner: 3, columns: 4, batch: 5 };
    each_too_short(|maker| {
        let (left, right) = (maker.array(1 + 4 * 7 + 6)?, maker.array(12)?);
        let mut out = maker.array(2 + 4 * 9 + 8)?;
        let factors = (Factor::rows(&left, 7).at(1), Factor::rows(&right, 0));
        product::multiply(maker.device, factors, (&mut out, 2, 9), size, Format::F32)
    });
    // Products must not lie on each other.
    each_too_short(|maker| {
        let (left, right) = (Array::zeros(maker.device, 6)?, Array::zeros(maker.device, 12)?);
        let (stride, mut out) = (maker.len(8), Array::zeros(maker.device, 100)?);
        let factors = (Factor::rows(&left, 0), Factor::rows(&right, 0));
        product::multiply(maker.device, factors, (&mut out, 0, stride), size, Format::F32)
    });
}

#[test]
fn a_row_wider_than_a_block_is_refused() {
    let device = Simulated::default();
    let mut maker = super::Maker { device: &device, short: usize::MAX, made: 0 };
    let touched = maker.touched().expect("room");
    let mut table = maker.table(TableKind::Adam).expect("room");
    let loss = Array::zeros(&device, 1).expect("room");
    let slopes = Array::zeros(&device, ROWS * FIELDS * (WIDEST + 1)).expect("room");
    for array in [&mut table.moving.w, &mut table.moving.m, &mut table.moving.v] {
        *array = Array::zeros(&device, 7 * (WIDEST + 1)).expect("room");
    }
    let mut step = |dim| {
        table.dim = dim;
        table.step(&device, &touched, (&slopes, &loss), (0, RATE, 0.1))
    };
    let refused = step(WIDEST + 1);
    assert!(matches!(refused, Err(DeviceError::Size { got: WIDEST, .. })), "{refused:?}");
    step(WIDEST).expect("as wide as a block");
    step(0).expect("nothing to move");
}
