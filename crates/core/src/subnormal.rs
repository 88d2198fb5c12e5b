//! Keeps subnormal numbers out of models: values nearer to 0 than [`f32::MIN_POSITIVE`], 1.2e-38.
//!
//! A unit that no row activates any more gets only the gradient of L2, and its weights fall towards
//! 0 as fast as a power. Subnormal weights change no prediction, but processors compute with them up
//! to a hundred times slower. Two things together keep them out:
//! - While a model computes, the processor takes them for 0 ([`as_zero`], by `parallel::compute`), with the feature
//!   `flush-to-zero`.
//! - Optimisers write 0 in their place ([`cut`]), also where a processor knows no such mode (wasm).

#![allow(unsafe_code, reason = "the mode is a register of the processor")]

/// Runs `work` while the processor takes subnormal numbers for 0, as results and (on x86) as
/// operands. It has no effect without the feature `flush-to-zero`.
///
/// Only numbers may depend on the mode, so `work` must not compare, read or print subnormal numbers
/// of others, such as scores.
pub fn as_zero<R>(work: impl FnOnce() -> R) -> R {
    // SAFETY: the compiler takes the default mode for granted when it computes constants and moves
    // operations. Either changes a result by less than the smallest normal number, which the callers
    // allow. The mode before is set again behind `work`, also if it panics.
    #[cfg(feature = "flush-to-zero")]
    return unsafe { no_denormals::no_denormals(work) };
    #[cfg(not(feature = "flush-to-zero"))]
    work()
}

/// The value, or 0 of its sign if it is subnormal.
#[inline(always)]
pub fn cut(value: f32) -> f32 {
    if value.abs() < f32::MIN_POSITIVE { 0.0 * value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    /// The largest subnormal number.
    const LARGEST: f32 = f32::from_bits(0x007f_ffff);

    #[test]
    fn only_subnormal_values_are_cut() {
        for value in [0.0, f32::MIN_POSITIVE, 1.0, f32::INFINITY, f32::MAX] {
            assert_eq!(cut(value), value);
            assert_eq!(cut(-value), -value);
        }
        for value in [f32::from_bits(1), LARGEST] {
            assert_eq!(cut(value).to_bits(), 0);
            assert_eq!(cut(-value).to_bits(), (-0.0f32).to_bits());
        }
        assert!(cut(f32::NAN).is_nan());
    }

    #[test]
    #[cfg(feature = "flush-to-zero")]
    fn the_processor_takes_them_for_zero_only_inside() {
        let half = || black_box(f32::MIN_POSITIVE) * black_box(0.5);
        assert_eq!(as_zero(half), 0.0);
        assert!(half() > 0.0);
        assert!(std::panic::catch_unwind(|| as_zero(|| panic!("in the mode"))).is_err());
        assert!(half() > 0.0);
    }
}
