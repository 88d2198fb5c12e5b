//! Gradients are compared with finite differences.
//!
//! The networks compute in 32 bits. Outputs around 1 have errors of about 1e-7, and a sum of 70 of
//! them divided by a step of 5e-3 has an error of about 1e-3, which is the tolerance. At a kink (a
//! ReLU that switches between the two points) the slopes of two step lengths, or of the two sides,
//! differ; with a wrong gradient they agree.

/// The number of elements of one array that are checked at most.
const MOST: usize = 40;
const STEP: f32 = 1e-2;

/// Compares `gradient[i]` with the slope of `value(i, step)`, for elements spread over the array.
/// `value(i, step)` is the network's value after element `i` was moved by `step`.
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
        // If there is a kink on one side, the slope of the other side is the gradient.
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
