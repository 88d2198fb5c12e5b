//! Optimisers: one for the dense parameters, one for the embedding table.

mod adam;
mod table;
mod touched;

use ssim_core::subnormal::cut;

pub use adam::Adam;
pub use table::TableOptimizer;
pub use touched::{FieldTouched, Touched};

/// Adam's constants; β and ε are the same everywhere in the method.
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f32 = 1e-8;

/// Step size and denominator scale of Adam's step `t` (from 1), bias corrections included.
fn corrections(lr: f64, t: u64) -> (f32, f32) {
    let t = t as f64;
    let step = lr / (1.0 - BETA1.powf(t));
    (step as f32, (1.0 / (1.0 - BETA2.powf(t)).sqrt()) as f32)
}

/// One element's Adam update with gradient `g`.
#[inline(always)]
fn update(w: &mut f32, m: &mut f32, v: &mut f32, g: f32, (step, scale): (f32, f32)) {
    const B1: f32 = BETA1 as f32;
    const B2: f32 = BETA2 as f32;
    // Subtracted in 64 bits: in 32, 1 − 0.999 is off by 1e-5 of itself.
    const C1: f32 = (1.0 - BETA1) as f32;
    const C2: f32 = (1.0 - BETA2) as f32;
    *m = cut(B1 * *m + C1 * g);
    *v = cut(B2 * *v + C2 * g * g);
    *w = cut(*w - step * *m / (v.sqrt() * scale + EPSILON));
}
