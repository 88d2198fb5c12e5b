//! Optimisers: one for the dense parameters, one for the embedding table.

mod adam;
mod current;
mod fresh;
mod kept;
mod replay;
mod table;
mod touched;

use multiversion::multiversion;
use ssim_core::subnormal::cut;

pub use adam::Adam;
pub use current::CurrentRows;
pub use kept::KeptMoments;
pub(crate) use kept::STEPS;
pub use table::TableOptimizer;
#[cfg(feature = "device")]
pub(crate) use table::TableState;
pub use touched::{FieldTouched, Touched};

/// Adam's constants; β and ε are the same everywhere in the method.
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f32 = 1e-8;
/// A weight and its momentum below this bound count as decayed to 0: nothing is seen of them beside
/// weights that mean something, and what is left would only be arithmetic on subnormal numbers on the way to 0.
const NOTHING: f32 = 1e-12;

/// Step size and denominator scale of one of Adam's steps.
type Rate = (f32, f32);

/// The rate of Adam's step `t` (from 1), bias corrections included.
pub(crate) fn corrections(lr: f64, t: u64) -> Rate {
    let t = t as f64;
    let step = lr / (1.0 - BETA1.powf(t));
    (step as f32, (1.0 / (1.0 - BETA2.powf(t)).sqrt()) as f32)
}

/// Whether L2 draws small weights to 0. Where √v is far below ε, a step without a gradient is linear, and
/// both of its eigenvalues are inside of the unit circle while `lr·l2/ε` is below 38. Two values that
/// begin near each other stay so then. Above it weights swing about 0 for ever.
fn is_calm(lr: f64, l2: f64) -> bool {
    lr * l2 < 30.0 * f64::from(EPSILON)
}

/// One element's Adam update with gradient `g`.
#[inline(always)]
fn update(w: &mut f32, m: &mut f32, v: &mut f32, g: f32, (step, scale): Rate) {
    const B1: f32 = BETA1 as f32;
    const B2: f32 = BETA2 as f32;
    // Subtracted in 64 bits: in 32, 1 − 0.999 is off by 1e-5 of itself.
    const C1: f32 = (1.0 - BETA1) as f32;
    const C2: f32 = (1.0 - BETA2) as f32;
    *m = cut(B1 * *m + C1 * g);
    *v = cut(B2 * *v + C2 * g * g);
    *w = cut(*w - step * *m / (v.sqrt() * scale + EPSILON));
}

/// One step of many values with the gradient `g`.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn step(w: &mut [f32], g: &[f32], (m, v): (&mut [f32], &mut [f32]), l2: f32, rate: Rate) {
    for ((w, g), (m, v)) in w.iter_mut().zip(g).zip(m.iter_mut().zip(v)) {
        let g = g + l2 * *w;
        update(w, m, v, g, rate);
    }
}

/// Steps of many values whose gradient is the L2 term alone.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn steps_without_gradient(w: &mut [f32], m: &mut [f32], v: &mut [f32], l2: f32, rates: &[Rate]) {
    for rate in rates {
        for ((w, m), v) in w.iter_mut().zip(&mut *m).zip(&mut *v) {
            let g = l2 * *w;
            update(w, m, v, g, *rate);
        }
    }
}
