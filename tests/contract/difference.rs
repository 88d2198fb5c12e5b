//! Gradients against finite differences.
//!
//! The networks compute in 32 bits: outputs of size 1 carry errors of some 1e-7, and a sum of 70
//! of them divided by a step of 5e-3 leaves about 1e-3, which is the tolerance. Two step lengths
//! tell a kink (a ReLU that switches between the two points) from a wrong gradient.

/// Elements of one array that are looked at.
const MOST: usize = 40;
const STEP: f32 = 1e-2;

/// Compares `gradient[i]` with the slope of `value(i, step)`, the network's value with element
/// `i` moved by `step`, for elements spread over the array.
pub fn check(what: &str, gradient: &[f32], mut value: impl FnMut(usize, f32) -> f64) {
    let (mut looked, mut kinks) = (0, 0);
    for i in (0..gradient.len()).step_by(gradient.len().div_ceil(MOST).max(1)) {
        looked += 1;
        let mut slope = |h: f32| (value(i, h) - value(i, -h)) / (2.0 * f64::from(h));
        let (wide, narrow) = (slope(STEP), slope(STEP / 4.0));
        let expected = f64::from(gradient[i]);
        let near = |a: f64, b: f64| (a - b).abs() <= 2e-3 + 5e-3 * b.abs();
        if near(narrow, expected) {
            continue;
        }
        assert!(
            !near(wide, narrow),
            "{what}[{i}]: gradient {expected}, but a slope of {wide} and {narrow}"
        );
        kinks += 1;
    }
    assert!(kinks * 5 <= looked, "{what}: {kinks} of {looked} elements stand at a kink");
}
