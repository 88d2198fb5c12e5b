//! The gradients of the scores, and the λ-terms.

use crate::check::{Told, Written, check, compare, near, room};
use crate::draw::Draw;
use crate::loss::{Lost, ULP, cross_entropy};
use crate::route::{draw_mask, shares};
use ssim_kernels::loss::{self, BatchScores, Teaching};
use ssim_kernels::{Array, KernelDevice};

/// The gradient ∂L/∂g of the mask of shared row `place`, and its largest error.
///
/// All sums have terms of one sign, in the order of the towers, so each is wrong by as many units in the last place as
/// it has terms, and each term by 24 as in the test of losses. The bound takes the largest of these numbers for all.
fn mask_gradient(lost: &Lost, place: u32, scenario: usize, teaching: &Teaching) -> (f64, f64) {
    let routing = &lost.routing;
    let mean = |k: usize| match lost.by_tower {
        true => 1.0 / (routing.seen[k].len() as f64 + 1e-10),
        false => 1.0 / lost.batch.count as f64,
    };
    let centre = |k: usize| if lost.by_tower { mean(k) * lost.towers[k] } else { 0.0 };
    let pair = |k: usize| {
        let slot = routing.seen[k].iter().position(|row| *row == place);
        slot.map(|slot| routing.starts[k] as usize + slot)
    };
    let towers = 0..routing.towers();
    let cost: f64 = towers.clone().filter_map(pair).map(|pair| lost.pairs[pair]).sum();
    let centres: f64 = towers.clone().map(centre).sum();
    let (mut dg, mut sizes) = (cost - centres - teaching.pull, cost + centres + teaching.pull);
    if teaching.relaxed && scenario < routing.towers() {
        dg += centre(scenario);
        sizes += centre(scenario);
        if let Some(pair) = pair(scenario) {
            let own = mean(scenario) * cross_entropy(lost.logits[pair], lost.label(place));
            dg -= own;
            sizes += own;
        }
    }
    let terms = 64 + towers.len() + routing.seen.iter().map(Vec::len).max().unwrap_or(0);
    (dg, terms as f64 * ULP * sizes)
}

/// Gradients of scores and λ-terms.
pub fn score_slopes(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let lost = Lost::draw(draw);
    let (count, heads) = (lost.batch.count, draw.pick(&[1, 3, 33]));
    let mask = draw_mask(draw);
    let wild = draw.percent(10);
    let score = |draw: &mut Draw| match wild {
        true => draw.wild(),
        false => draw.number() / mask.temperature as f32,
    };
    let scores = draw.many(count, score);
    let per_row = |draw: &mut Draw| draw.pick(&[0.0, 0.001, 0.5]) / count.max(1) as f64;
    let teaching = Teaching {
        mask,
        pull: per_row(draw),
        private_term: per_row(draw),
        log_term: per_row(draw),
        leak: draw.pick(&[0.0, 0.1, 1.0]),
        relaxed: draw.percent(50),
    };
    let (placed, routed, shared, mut losses) = lost.place(device)?;
    let logits = Array::copy(device, &lost.logits)?;
    let rows = (&placed.rows, placed.batch());
    loss::pair_losses(device, &logits, rows, &routed, lost.by_tower, &mut losses)?;
    let on_device = Array::copy(device, &scores)?;
    let scored = BatchScores { scores: &on_device, shared: &shared, heads };
    let mut slopes = room(device, count * heads)?;
    let given = (&routed, &logits, lost.by_tower);
    loss::score_slopes(device, (scored, teaching), rows, given, &mut losses, &mut slopes)?;
    let tau = mask.temperature;
    let (mut expected, mut terms) = (Vec::new(), Vec::new());
    for (i, row) in lost.batch.rows().enumerate() {
        let (z, scenario) = (scores[i], lost.batch.scenarios[row] as usize);
        let p = 1.0 / (1.0 + (-tau * f64::from(z)).exp());
        let slope = tau * p * (1.0 - p);
        // p is within 12 units of its size, and 1 − p and τ·p·(1 − p) of 1 and of τ.
        let of_slope = 32.0 * ULP * tau;
        let (mut dz, mut bound, mut term) = (0.0, 0.0, 0.0);
        let mut sure = true;
        if lost.routing.shared[i] == 1 {
            let (dg, of_dg) = mask_gradient(&lost, i as u32, scenario, &teaching);
            sure = shares(z, mask).is_some();
            if p > mask.threshold {
                dz = slope * dg.clamp(-1.0, 1.0);
                bound = of_slope + if dg.is_finite() { slope * of_dg } else { 0.0 };
            }
        } else {
            term = teaching.private_term;
            dz = -teaching.leak * slope * teaching.pull;
            bound = of_slope * teaching.leak * teaching.pull;
        }
        if teaching.log_term != 0.0 {
            term += teaching.log_term * cross_entropy((tau * f64::from(z)) as f32, 1);
            dz -= teaching.log_term * tau * (1.0 - p);
            bound += of_slope * teaching.log_term;
        }
        let rounded = dz.abs() / f64::from(1 << 24) + f64::from(f32::from_bits(1));
        let head = scenario.min(heads - 1);
        let of_row = (0..heads).map(|h| if h == head { (dz, bound + rounded) } else { (0.0, 0.0) });
        expected.extend(of_row.map(|(dz, bound)| (dz, bound, sure)));
        terms.push((term, 24.0 * ULP * term));
    }
    let mut written = Written::default();
    let got = written.read(device, &slopes, count * heads)?;
    compare("gradients", &got, &expected, |got, (dz, bound, sure)| match dz.is_finite() {
        true => !sure || (f64::from(*got) - dz).abs() <= *bound,
        false => got.is_nan() && dz.is_nan() || f64::from(*got) == *dz,
    })?;
    near("terms", &written.read(device, &losses.terms, count)?, &terms)?;
    Ok(written.digest())
}

#[test]
fn a_score_learns_from_the_losses_of_all_towers() {
    check(score_slopes);
}
