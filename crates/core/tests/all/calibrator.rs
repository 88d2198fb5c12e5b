use ssim_core::calibrator::{Calibrator, LabelledLogits, LineRows};
use ssim_core::metric::{auc, calibration_error, cross_entropy};
use ssim_core::platt::{LEAST, Platt};
use ssim_core::schema::Schema;

/// Logits between -4 and 2, whose clicks follow a line of them.
fn rows(seed: u64, n: usize, slope: f64, intercept: f64) -> (Vec<f32>, Vec<u8>) {
    let mut state = seed;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    let row = |_| {
        let z = (((next() * 6.0 - 4.0) * 1000.0).round() / 1000.0) as f32;
        let p = 1.0 / (1.0 + (-(slope * f64::from(z) + intercept)).exp());
        (z, u8::from(next() < p))
    };
    (0..n).map(row).unzip()
}

fn fit(logits: &[f32], labels: &[u8]) -> Option<Platt> {
    Platt::fit(logits.iter().copied().zip(labels.iter().copied()))
}

/// The lines of scikit-learn 1.9.1 (`_SigmoidCalibration`, whose signs are turned), which stops at a gradient of 1e-6, and
/// of Newton's method in NumPy with floats of 80 bits, to a gradient of 1e-16, on the same rows.
#[test]
fn lines_are_those_of_scikit_learn() {
    let known = [
        (
            1,
            2000,
            0.6,
            -0.7,
            [0.5989694620417018, -0.6842293725095417],
            [0.5989694619837325, -0.6842293725732234],
        ),
        (
            2,
            3000,
            1.8,
            0.4,
            [1.7751812458412852, 0.4535705975792466],
            [1.775181245838083, 0.4535705975692582],
        ),
        (
            3,
            1500,
            1.0,
            0.0,
            [1.0842346199329047, -0.050681815208740454],
            [1.08423462017358, -0.05068181448075879],
        ),
    ];
    for (seed, n, slope, intercept, sklearn, newton) in known {
        let (logits, labels) = rows(seed, n, slope, intercept);
        let line = fit(&logits, &labels).unwrap();
        for (expected, tolerance) in [(sklearn, 1e-7), (newton, 1e-12)] {
            let [slope, intercept] = expected;
            let away = (line.slope - slope).abs().max((line.intercept - intercept).abs());
            assert!(away < tolerance, "{seed}: {line:?}, expected {expected:?}");
        }
    }
}

#[test]
fn rows_that_tell_too_little_have_no_line() {
    let (logits, labels) = rows(1, 2000, 0.6, -0.7);
    let clicks = |most: u64| {
        let mut seen = 0;
        let kept = logits.iter().zip(&labels).filter(|(_, label)| {
            seen += u64::from(**label);
            **label == 0 || seen <= most
        });
        kept.map(|(z, label)| (*z, *label)).collect::<Vec<_>>()
    };
    assert!(Platt::fit(clicks(LEAST).into_iter()).is_some());
    assert_eq!(Platt::fit(clicks(LEAST - 1).into_iter()), None);
    assert_eq!(fit(&[], &[]), None);
    // A line that falls would turn the order of the rows round.
    let turned: Vec<f32> = logits.iter().map(|z| -z).collect();
    assert_eq!(fit(&turned, &labels), None);
    // A logit that is no number tells nothing.
    let mut broken = logits.clone();
    broken[7] = f32::NAN;
    assert_eq!(fit(&broken, &labels), None);
    broken[7] = f32::INFINITY;
    assert_eq!(fit(&broken, &labels), None);
    // A model without any mistake has a line, too, since labels are smoothed.
    let certain: Vec<f32> = labels.iter().map(|y| if *y > 0 { 1.0 } else { -1.0 }).collect();
    let line = fit(&certain, &labels).unwrap();
    let clicks = labels.iter().filter(|y| **y > 0).count() as f64;
    // With two values the line meets both smoothed rates.
    let expected = (clicks + 1.0).ln();
    assert!((line.slope + line.intercept - expected).abs() < 1e-6, "{line:?} {expected}");
    // Equal logits tell the click rate alone.
    let equal = vec![0.5; logits.len()];
    let line = fit(&equal, &labels).unwrap();
    let z = f64::from(line.logit(0.5));
    let (p, rate) = (1.0 / (1.0 + (-z).exp()), clicks / labels.len() as f64);
    assert!((p - rate).abs() < 1e-3, "{p} {rate}");
}

fn names(names: [&str; 3]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

/// Three scenarios whose clicks follow other lines; the last one has few rows.
fn world(seed: u64) -> (Vec<f32>, Vec<u8>, Vec<u16>) {
    let parts = [(2000, 0.6, -0.7), (2000, 1.8, 0.4), (200, 1.0, 0.0)];
    let (mut logits, mut labels, mut scenarios) = (Vec::new(), Vec::new(), Vec::new());
    for (k, (n, slope, intercept)) in (0u16..).zip(parts) {
        let (z, y) = rows(seed + u64::from(k), n, slope, intercept);
        logits.extend(z);
        labels.extend(y);
        scenarios.extend(vec![k; n]);
    }
    (logits, labels, scenarios)
}

#[test]
fn a_scenario_with_few_clicks_has_the_line_of_all_rows() {
    let (logits, labels, scenarios) = world(1);
    let val = LabelledLogits { logits: &logits, labels: &labels, scenarios: &scenarios };
    let fitted = Calibrator::fit(&names(["a", "b", "c"]), val);
    let from = fitted.scenarios.iter().map(|line| line.from);
    assert!(from.eq([LineRows::Scenario, LineRows::Scenario, LineRows::Pooled]));
    let pooled = fit(&logits, &labels).unwrap();
    assert_eq!(
        (fitted.scenarios[2].slope, fitted.scenarios[2].intercept),
        (pooled.slope, pooled.intercept)
    );
    // Where all rows together are too few, logits stay as they are.
    let few = LabelledLogits {
        logits: &logits[..90],
        labels: &labels[..90],
        scenarios: &scenarios[..90],
    };
    let few = Calibrator::fit(&names(["a", "b", "c"]), few);
    assert!(few.scenarios.iter().all(|line| line.from == LineRows::Nothing && line.slope == 1.0));
    let mut same = logits.clone();
    few.apply(&mut same, &scenarios);
    assert_eq!(same, logits);
}

/// On other rows of the same kind, the calibrated CTRs fit better, and rows keep their order within a scenario.
#[test]
fn order_stays_and_the_fit_gets_better() {
    let (logits, labels, scenarios) = world(1);
    let val = LabelledLogits { logits: &logits, labels: &labels, scenarios: &scenarios };
    let (logits, labels, scenarios) = world(11);
    let test = LabelledLogits { logits: &logits, labels: &labels, scenarios: &scenarios };
    let fitted = Calibrator::fit(&names(["a", "b", "c"]), val).measured(test);
    let mut moved = logits.clone();
    fitted.apply(&mut moved, &scenarios);
    let own = |of: &[f32], k: u16| -> Vec<f32> {
        of.iter().zip(&scenarios).filter(|(_, s)| **s == k).map(|(z, _)| *z).collect()
    };
    for (k, line) in (0u16..).zip(&fitted.scenarios) {
        let clicks: Vec<u8> =
            labels.iter().zip(&scenarios).filter(|(_, s)| **s == k).map(|(y, _)| *y).collect();
        assert_eq!(auc(&own(&logits, k), &clicks), auc(&own(&moved, k), &clicks), "{k}");
        for (fit, of) in [(line.before, &logits), (line.after, &moved)] {
            let of = own(of, k);
            let loss: f64 = of.iter().zip(&clicks).map(|(z, y)| cross_entropy(*z, *y)).sum();
            let mean = loss / clicks.len() as f64;
            assert!((fit.logloss.unwrap() - mean).abs() < 1e-12);
            assert_eq!(fit.error, calibration_error(&of, &clicks));
        }
    }
    for line in &fitted.scenarios[..2] {
        assert!(line.after.logloss < line.before.logloss && line.after.error < line.before.error);
    }
    assert!(fitted.after.logloss < fitted.before.logloss);
    assert!(fitted.after.error < fitted.before.error);
    // A row of a scenario that the model does not know stays.
    let mut foreign = vec![0.25];
    fitted.apply(&mut foreign, &[7]);
    assert_eq!(foreign, [0.25]);
}

#[test]
fn the_error_is_the_mean_over_tenths() {
    // Forty rows in tenths of four; in the first tenth one of four is clicked, in the others none.
    let logits: Vec<f32> = (0..40).map(|i| i as f32 / 10.0 - 2.0).collect();
    let labels: Vec<u8> = (0..40).map(|i| u8::from(i == 2)).collect();
    let p = |i: usize| 1.0 / (1.0 + (-f64::from(logits[i])).exp());
    let expected: f64 = (0..10)
        .map(|g| {
            let rows = 4 * g..4 * g + 4;
            let clicks = if g == 0 { 1.0 } else { 0.0 };
            (rows.map(p).sum::<f64>() - clicks).abs() / 40.0
        })
        .sum();
    assert!((calibration_error(&logits, &labels).unwrap() - expected).abs() < 1e-12);
    // The order of rows with equal logits changes nothing.
    let equal = vec![-0.0, 0.0, 0.0, -0.0];
    for labels in [[1, 0, 0, 0], [0, 0, 0, 1]] {
        assert_eq!(calibration_error(&equal, &labels), Some(0.25));
    }
    assert_eq!(calibration_error(&[], &[]), None);
    assert_eq!(calibration_error(&[f32::NAN], &[1]), None);
}

#[test]
fn another_models_lines_are_refused() {
    let (logits, labels, scenarios) = world(1);
    let val = LabelledLogits { logits: &logits, labels: &labels, scenarios: &scenarios };
    let schema =
        Schema { dataset: String::new(), fields: Vec::new(), scenarios: names(["a", "b", "c"]) };
    let fitted = Calibrator::fit(&schema.scenarios, val);
    fitted.check(&schema).unwrap();
    let mut fallen = fitted.clone();
    fallen.scenarios[1].slope = 0.0;
    fallen.check(&schema).unwrap_err();
    let mut other = fitted.clone();
    other.scenarios.swap(0, 1);
    other.check(&schema).unwrap_err();
    let text = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<Calibrator>(&text).unwrap(), fitted);
}
