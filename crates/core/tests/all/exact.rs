//! Metrics and cuts are those of exact arithmetic, on inputs that invite mistakes: ties, 0 and −0, the
//! smallest and the largest numbers, one class, one row, none. The definitions are written down as
//! they are, with a comparison of every pair of rows, and count in integers.

use proptest::prelude::*;
use proptest::sample::select;
use ssim_core::cut::{Histogram, ListCutoff};
use ssim_core::mask::{self, Pool};
use ssim_core::metric::{Metric, Metrics, auc, cross_entropy, gauc};

/// Scores that make mistakes likely: few different ones, so that there are ties, at the ends of `f32`.
fn score() -> impl Strategy<Value = f32> {
    let ends = [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e-45, -1e-45];
    prop_oneof![
        4 => select(vec![0.0f32, -0.0]),
        4 => (-2i8..3).prop_map(f32::from),
        3 => select(ends.to_vec()),
        2 => (0u32..4).prop_map(|i| f32::from_bits(0x3f80_0000 + i)),
    ]
}

/// Rows with a score, a label and a group.
fn rows() -> impl Strategy<Value = Vec<(f32, u8, u32)>> {
    let row = (score(), 0u8..2, 0u32..4);
    prop_oneof![
        8 => prop::collection::vec(row, 0..24),
        // Of one class.
        1 => (prop::collection::vec(score(), 0..6), 0u8..2)
            .prop_map(|(scores, label)| scores.into_iter().map(|z| (z, label, 0)).collect()),
    ]
}

/// The AUC as a fraction with a denominator of twice the number of pairs: a pair of a click and a
/// non-click counts 2 if the click has the higher score, and 1 if the scores are equal.
fn area(rows: &[(f32, u8, u32)]) -> Option<(i128, i128)> {
    let (mut twice, mut pairs) = (0, 0);
    for (click, _, _) in rows.iter().filter(|r| r.1 == 1) {
        for (other, _, _) in rows.iter().filter(|r| r.1 == 0) {
            twice += if click > other { 2 } else { i128::from(click == other) };
            pairs += 1;
        }
    }
    (pairs > 0).then_some((twice, 2 * pairs))
}

/// The quotient of two integers below 2^53, which division rounds correctly.
fn quotient((above, below): (i128, i128)) -> f64 {
    above as f64 / below as f64
}

fn columns(rows: &[(f32, u8, u32)]) -> (Vec<f32>, Vec<u8>, Vec<u32>) {
    let scores = rows.iter().map(|r| r.0).collect();
    let labels = rows.iter().map(|r| r.1).collect();
    (scores, labels, rows.iter().map(|r| r.2).collect())
}

/// The list of a pool of rows, by counting for each row the rows that come before it: those with a
/// higher score, and those with an equal one and a lower place. The share is `part` of `whole`.
fn listed(pool: &[usize], scores: &[f32], (part, whole): (u64, u64), shared: &mut [bool]) {
    let wanted = (pool.len() as u128 * u128::from(part) / u128::from(whole)) as usize;
    for i in pool {
        let before =
            |j: &&usize| scores[**j] > scores[*i] || (scores[**j] == scores[*i] && **j < *i);
        shared[*i] = pool.iter().filter(before).count() < wanted;
    }
}

/// A ratio as a fraction, the form in which people think of it: 0.29 is 29/100.
fn share() -> impl Strategy<Value = (u64, u64)> {
    prop_oneof![
        select(vec![(0, 1), (1, 1), (1, 2), (1, 3), (29, 100), (57, 100), (7, 10)]),
        select(vec![10u64, 100, 1000, 3, 7, 1 << 20])
            .prop_flat_map(|whole| (0..=whole, Just(whole))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_auc_is_a_count_of_pairs(rows in rows()) {
        let (scores, labels, _) = columns(&rows);
        prop_assert_eq!(auc(&scores, &labels), area(&rows).map(quotient));
    }

    #[test]
    fn a_grouped_auc_is_a_mean_of_fractions(rows in rows()) {
        let (scores, labels, groups) = columns(&rows);
        let members = |g: u32| rows.iter().filter(|r| r.2 == g).copied().collect::<Vec<_>>();
        // Σ_g n_g·a_g/b_g over Σ_g n_g, all over the product of the b_g.
        let (mut above, mut below, mut weight) = (0i128, 1i128, 0i128);
        for g in 0..4 {
            let rows = members(g);
            let Some((a, b)) = area(&rows) else { continue };
            let n = rows.len() as i128;
            (above, below) = (above * b + n * a * below, below * b);
            weight += n;
        }
        let exact = (weight > 0).then(|| quotient((above, below * weight)));
        match (gauc(&scores, &labels, &groups), exact) {
            // A few roundings of numbers of at most 24.
            (Some(got), Some(exact)) => prop_assert!((got - exact).abs() < 1e-14, "{got} {exact}"),
            (got, exact) => prop_assert_eq!(got, exact),
        }
    }

    #[test]
    fn a_loss_is_infinite_or_the_logarithm(rows in rows()) {
        let (scores, labels, _) = columns(&rows);
        // −ln σ(z) of a click and −ln(1 − σ(z)) of the others, which are ln(1 + e^t).
        let loss = |(z, y, _): &(f32, u8, u32)| {
            let t = f64::from(if *y == 1 { -*z } else { *z });
            if t > 40.0 { t } else { (1.0 + t.exp()).ln() }
        };
        let n = rows.len() as f64;
        let exact = rows.iter().map(loss).sum::<f64>() / n;
        let got = Metrics::new(&scores, &labels).get(Metric::LOGLOSS);
        match got {
            None => prop_assert!(rows.is_empty()),
            Some(got) if exact.is_infinite() => prop_assert_eq!(got, exact),
            Some(got) => prop_assert!((got - exact).abs() <= 1e-14 * exact.max(1.0), "{got} {exact}"),
        }
        for (z, y, _) in &rows {
            let right = (*y == 1) == (*z > 0.0);
            if z.is_infinite() {
                prop_assert_eq!(cross_entropy(*z, *y), if right { 0.0 } else { f64::INFINITY });
            }
        }
    }

    #[test]
    fn a_calibration_is_predicted_clicks_over_clicks(rows in rows()) {
        // The probabilities of these logits are exactly 0, 1/2 and 1.
        let sure = |z: f32| if z.abs() < 1e-30 { z } else { z.signum() * f32::INFINITY };
        let rows: Vec<_> = rows.into_iter().map(|(z, y, g)| (sure(z), y, g)).collect();
        let (scores, labels, _) = columns(&rows);
        let twice = |z: &f32| if *z == f32::INFINITY { 2 } else { i128::from(z.is_finite()) };
        let predicted: i128 = scores.iter().map(twice).sum();
        let clicks = labels.iter().map(|y| i128::from(*y)).sum::<i128>();
        let exact = (clicks > 0).then(|| quotient((predicted, 2 * clicks)));
        let got = Metrics::new(&scores, &labels).get(Metric::CALIBRATION);
        prop_assert_eq!(got, exact);
    }

    #[test]
    fn a_list_is_a_count_of_better_rows(
        rows in prop::collection::vec((score(), 0u16..3), 0..40),
        share in share(),
        batch in 1usize..50,
        seed in 0u64..1000,
    ) {
        let (scores, scenarios): (Vec<f32>, Vec<u16>) = rows.iter().copied().unzip();
        let n = scores.len();
        let ratio = share.0 as f64 / share.1 as f64;
        // Some order of all rows, as a batch's pools have one.
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_by_key(|i| (u64::from(*i) + 1).wrapping_mul(2 * seed + 0x9e37_79b9_7f4a_7c15));
        let all: Vec<usize> = (0..n).collect();
        let of = |k: u16| all.iter().copied().filter(|i| scenarios[*i] == k).collect();
        let batches = order.chunks(batch).map(|rows| rows.iter().map(|i| *i as usize).collect());
        let cases: [(Pool, Vec<Vec<usize>>); 3] = [
            (Pool::Global, vec![all.clone()]),
            (Pool::Scenario, (0..3).map(of).collect()),
            (Pool::Batch, batches.collect()),
        ];
        for (by, pools) in cases {
            let mut exact = vec![false; n];
            pools.iter().for_each(|pool| listed(pool, &scores, share, &mut exact));
            let sorted = mask::cut(&scores, &scenarios, &order, ratio, by, batch).unwrap();
            prop_assert_eq!(&sorted, &exact, "{:?}", by);
            if by == Pool::Batch {
                continue;
            }
            let mut cutoff = ListCutoff::new(ratio, by, 3).unwrap();
            while !cutoff.is_found() {
                let mut counts = Histogram::new(3);
                for i in 0..n {
                    cutoff.count(scores[i], scenarios[i], i as u64, &mut counts).unwrap();
                }
                prop_assert_eq!(counts.total() <= n as u64, true);
                cutoff.narrow(&counts).unwrap();
            }
            let counted = |i: usize| cutoff.shares(scores[i], scenarios[i], i as u64);
            prop_assert_eq!((0..n).map(counted).collect::<Vec<_>>(), exact, "{:?}", by);
        }
    }
}

#[test]
fn a_score_that_is_no_number_has_no_place() {
    let (scores, labels) = ([0.1, f32::NAN, 0.3, 0.4], [0, 1, 1, 0]);
    assert_eq!(auc(&scores, &labels), None);
    assert_eq!(gauc(&scores, &labels, &[0; 4]), None);
    assert!(ssim_core::delong::Interval::new(&scores, &labels).is_none());
}

#[test]
fn zero_and_minus_zero_are_one_score() {
    let scores = [-0.0, 0.0, -1.0, -1.0];
    let order = [3, 2, 1, 0];
    let shared = mask::cut(&scores, &[0; 4], &order, 0.25, Pool::Global, 4).unwrap();
    assert_eq!(shared, [true, false, false, false]);
    let mut cutoff = ListCutoff::new(0.25, Pool::Global, 1).unwrap();
    while !cutoff.is_found() {
        let mut counts = Histogram::new(1);
        for (row, z) in (1..).zip(scores) {
            cutoff.count(z, 0, row, &mut counts).unwrap();
        }
        cutoff.narrow(&counts).unwrap();
    }
    // The cut says which row is the last one, and that its score is 0.
    assert_eq!(cutoff.limits(), [Some((0.0, Some(1)))]);
    assert!(!cutoff.limits()[0].unwrap().0.is_sign_negative());
}

#[test]
fn counts_of_other_rows_are_refused() {
    let mut cutoff = ListCutoff::new(0.5, Pool::Global, 1).unwrap();
    let mut counts = Histogram::new(1);
    for row in 0..4 {
        cutoff.count(0.5, 0, row, &mut counts).unwrap();
    }
    cutoff.narrow(&counts).unwrap();
    // The second pass finds rows with other scores only.
    let mut counts = Histogram::new(1);
    for row in 0..4 {
        cutoff.count(-0.5, 0, row, &mut counts).unwrap();
    }
    let error = cutoff.narrow(&counts).unwrap_err().to_string();
    assert_eq!(error, "scores: expected 2 more rows as counted before, got 0");
    // Counts that a file makes up may be as large as they like.
    let huge: Histogram = serde_json::from_str(r#"[{"0":18446744073709551615,"1":7}]"#).unwrap();
    let mut twice = huge.clone();
    twice.merge(&huge);
    assert_eq!(twice.total(), u64::MAX);
    let mut cutoff = ListCutoff::new(1.0, Pool::Global, 1).unwrap();
    assert!(cutoff.narrow(&twice).is_ok());
}
