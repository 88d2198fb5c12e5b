//! Gradients against finite differences.
//!
//! The networks compute in 32 bits: outputs of size 1 carry errors of some 1e-7, and a sum of 70
//! of them divided by a step of 5e-3 leaves about 1e-3, which is the tolerance. A kink (a ReLU that
//! switches between the two points) is told from a wrong gradient by two step lengths and by the
//! slopes of both sides.

/// Elements of one array that are looked at.
const MOST: usize = 40;
const STEP: f32 = 1e-2;

/// Compares `gradient[i]` with the slope of `value(i, step)`, the network's value with element
/// `i` moved by `step`, for elements spread over the array.
pub fn check(what: &str, gradient: &[f32], mut value: impl FnMut(usize, f32) -> f64) {
    let (mut looked, mut kinks) = (0, 0);
    for i in (0..gradient.len()).step_by(gradient.len().div_ceil(MOST).max(1)) {
        looked += 1;
        let here = value(i, 0.0);
        let mut slopes = |h: f32| {
            let (up, down) = (value(i, h), value(i, -h));
            [up - down, 2.0 * (up - here), 2.0 * (here - down)].map(|d| d / (2.0 * f64::from(h)))
        };
        let ([wide, ..], [narrow, right, left]) = (slopes(STEP), slopes(STEP / 4.0));
        let expected = f64::from(gradient[i]);
        let near = |a: f64, b: f64| (a - b).abs() <= 2e-3 + 5e-3 * b.abs();
        // With a kink on one side, the other tells.
        if [narrow, left, right].iter().any(|slope| near(*slope, expected)) {
            continue;
        }
        assert!(
            !near(wide, narrow) || !near(left, right),
            "{what}[{i}]: gradient {expected}, but a slope of {wide} and {narrow}, {left} and {right}"
        );
        kinks += 1;
    }
    assert!(kinks * 5 <= looked, "{what}: {kinks} of {looked} elements stand at a kink");
}
