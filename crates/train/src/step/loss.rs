//! The objectives, as plain functions from logits to a loss and its gradients.
//!
//! Autograd ends at the logits and the scores. The loss of each row and the gradient of its mask
//! are computed here, so that they can be read next to the equations.

use super::selection::Selection;
use super::slice::Slice;
use crate::config::{Kl, MaskGradient, Reduction};
use ssim_core::borrowers::Borrowers;
use ssim_core::metric::cross_entropy;
use std::f64::consts::E;

/// λ-term of the per-scenario form: −ln(1e-7), what a clipped log gives for a mask of 0.
const CLIPPED_LOG: f64 = 16.118_095_650_958_32;

/// Gradients of one slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SliceGradients {
    /// ∂L/∂logit of every pair of row and tower, in the order of the routing.
    pub logits: Vec<f32>,
    /// ∂L/∂z, `[n]`; empty outside search.
    pub scores: Vec<f32>,
}

/// The batch as a whole, which a single slice does not know.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// Number of rows `m`.
    pub rows: usize,
    /// Number of shared rows.
    pub shared: usize,
    /// Factor of a shared row's loss on other towers than its own: 1 if it trains all of them, and
    /// [`TowerDraw::factor`](ssim_core::tower_draw::TowerDraw::factor) where towers are drawn.
    pub others: f64,
    /// The borrowers, if the list is directed.
    pub borrowers: Option<&'a Borrowers>,
}

/// Loss and gradients of a batch of `m` rows given in slices.
///
/// With [`Reduction::Batch`]:
/// `L = (1/m) Σ_i {[g_i=0]·ℓ_{i,s_i} + g_i·(1/K) Σ_k ℓ_{i,k}}`, and
/// with [`Reduction::Scenario`]: `L = Σ_k Σ_i w_{i,k}·ℓ_{i,k} / D_k`, where tower k sees `D_k` rows.
/// If towers are drawn for shared rows, the pairs that were not drawn are missing from the sums over k,
/// and those of other towers count [`Whole::others`] times; the D_k are those without a draw.
/// A row of a directed list has the towers of its borrowers and its own in place of all K, and so `1/(1 + borrowers)`
/// in place of 1/K.
/// In search the λ-term is added, and a shared row's mask gets
/// `∂L/∂g_i = (ℓ̄_i − λe)/m`, respectively `Σ_k (ℓ_{i,k} − L_k)/D_k − λ/m`.
pub fn evaluate(
    slices: &[Slice],
    whole: Whole,
    reduction: Reduction,
    selection: Option<&Selection>,
) -> (f64, Vec<SliceGradients>) {
    let towers = slices.first().map_or(0, |s| s.routing.towers());
    let m = whole.rows as f64;
    let private = |k| slices.iter().map(|s| s.routing.private(k)).sum::<usize>();
    let seen = |k| slices.iter().map(|s| s.routing.tower(k).len()).sum::<usize>();
    // Weight of an own and of a shared (row, tower) pair.
    let weights: Vec<(f64, f64)> = (0..towers)
        .map(|k| match reduction {
            Reduction::Batch => (1.0 / m, 1.0 / (m * towers as f64)),
            Reduction::Scenario => {
                let rows = whole.borrowers.map_or_else(|| private(k) + whole.shared, |_| seen(k));
                let mean = 1.0 / (rows as f64 + 1e-10);
                (mean, mean)
            }
        })
        .collect();
    // The factor by which a directed row of a scenario weighs more, since fewer towers see it.
    let factor = |s: usize| match (whole.borrowers, reduction) {
        (Some(borrowers), Reduction::Batch) => towers as f64 / (1 + borrowers.of(s).len()) as f64,
        _ => 1.0,
    };
    let factors: Vec<f64> = (0..towers).map(factor).collect();
    let mut tower_loss = vec![0f64; towers];
    // Σ_k w_k·ℓ_{i,k} of the shared rows of each slice.
    let mut shared_loss: Vec<Vec<f64>> = Vec::with_capacity(slices.len());
    let mut gradients: Vec<SliceGradients> = Vec::with_capacity(slices.len());
    for slice in slices {
        let mut cost = vec![0f64; slice.labels.len()];
        let mut logits = Vec::with_capacity(slice.logits.len());
        for k in 0..towers {
            let rows = slice.routing.tower(k);
            let private = slice.routing.private(k);
            for (at, (row, z)) in rows.iter().zip(&slice.logits[slice.routing.range(k)]).enumerate()
            {
                let row = *row as usize;
                let y = slice.labels[row];
                let own = usize::from(slice.scenarios[row]).min(towers - 1);
                let weight = match at < private {
                    true => weights[k].0,
                    false if own == k => weights[k].1 * factors[own],
                    false => weights[k].1 * factors[own] * whole.others,
                };
                let loss = weight * cross_entropy(*z, y);
                tower_loss[k] += loss;
                if at >= private {
                    cost[row] += loss;
                }
                let p = 1.0 / (1.0 + (-f64::from(*z)).exp());
                logits.push((weight * (p - f64::from(y))) as f32);
            }
        }
        gradients.push(SliceGradients { logits, scores: Vec::new() });
        shared_loss.push(cost);
    }
    let mut loss: f64 = tower_loss.iter().sum();
    if let Some(selection) = selection {
        // What one more shared row takes from each tower's mean: 0 in the batch form.
        let pairs = weights.iter().zip(&tower_loss);
        let centres: Vec<f64> = match reduction {
            Reduction::Batch => vec![0.0; towers],
            Reduction::Scenario => pairs.map(|(w, l)| w.0 * l).collect(),
        };
        let step = Step { selection, reduction, m, centres: &centres, weights: &weights };
        for ((slice, cost), gradient) in slices.iter().zip(&shared_loss).zip(&mut gradients) {
            let (term, scores) = step.scores(slice, cost);
            loss += term;
            gradient.scores = scores;
        }
    }
    (loss, gradients)
}

/// The λ-term in a batch of m rows.
pub(crate) struct Pull {
    /// Its gradient with respect to the mask of a shared row.
    pub pull: f64,
    /// Its value for a row that is not shared.
    pub private: f64,
    /// λ/m where it is a logarithm, else 0.
    pub log: f64,
}

impl Pull {
    /// The λ-term of a search with this reduction, in a batch of `m` rows.
    pub fn of(selection: &Selection, reduction: Reduction, m: f64) -> Self {
        let lambda = selection.lambda;
        let (pull, private, log) = match (selection.kl, reduction) {
            (Kl::Log, _) => (0.0, 0.0, lambda / m),
            (Kl::Linear, Reduction::Batch) => (lambda * E / m, lambda * E / m, 0.0),
            (Kl::Linear, Reduction::Scenario) => (lambda / m, lambda * CLIPPED_LOG / m, 0.0),
        };
        Self { pull, private, log }
    }
}

struct Step<'a> {
    selection: &'a Selection,
    reduction: Reduction,
    m: f64,
    centres: &'a [f64],
    weights: &'a [(f64, f64)],
}

impl Step<'_> {
    /// The slice's part of the λ-term, and ∂L/∂z of its rows.
    fn scores(&self, slice: &Slice, shared_loss: &[f64]) -> (f64, Vec<f32>) {
        let s = self.selection;
        let Pull { pull, private, log } = Pull::of(s, self.reduction, self.m);
        let centre: f64 = self.centres.iter().sum();
        let mut dg = vec![None; slice.labels.len()];
        for row in slice.routing.shared() {
            dg[*row as usize] = Some(shared_loss[*row as usize] - centre - pull);
        }
        if s.gradient == MaskGradient::Relaxed {
            self.credit_own_loss(slice, &mut dg);
        }
        let mut term = 0.0;
        let scores = slice.scores.iter().zip(&dg).map(|(z, dg)| {
            let p = s.mask.probability(*z, s.temperature);
            let slope = s.temperature * p * (1.0 - p);
            let mut dz = match dg {
                Some(dg) => s.mask.backward(*z, s.temperature, *dg),
                None => {
                    term += private;
                    // Below the threshold only the pull towards sharing is known.
                    -s.leak * slope * pull
                }
            };
            if s.kl == Kl::Log {
                // −ln p, which is the cross entropy of a click.
                term += log * cross_entropy((s.temperature * f64::from(*z)) as f32, 1);
                dz -= log * s.temperature * (1.0 - p);
            }
            dz as f32
        });
        let scores = scores.collect();
        (term, scores)
    }

    /// Sharing row i takes its own loss out of the private sum, and the row out of its own
    /// tower's count: −w·ℓ_{i,s_i} + L_{s_i}/D_{s_i}.
    fn credit_own_loss(&self, slice: &Slice, dg: &mut [Option<f64>]) {
        for k in 0..slice.routing.towers() {
            let logits = &slice.logits[slice.routing.range(k)];
            for (row, z) in slice.routing.tower(k).iter().zip(logits) {
                let row = *row as usize;
                if usize::from(slice.scenarios[row]) == k
                    && let Some(dg) = &mut dg[row]
                {
                    *dg += self.centres[k];
                    *dg -= self.weights[k].0 * cross_entropy(*z, slice.labels[row]);
                }
            }
        }
    }
}
