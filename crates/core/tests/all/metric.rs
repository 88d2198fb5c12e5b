use proptest::prelude::*;
use ssim_core::instances::{Instances, Planted};
use ssim_core::metric::{Metrics, Report, auc, cross_entropy, expected_auc, gauc};

/// The AUC by comparing every pair of a click and a non-click.
fn brute_auc(scores: &[f32], labels: &[u8]) -> Option<f64> {
    let (mut won, mut pairs) = (0.0, 0.0);
    for (a, ya) in scores.iter().zip(labels) {
        for (b, yb) in scores.iter().zip(labels) {
            if *ya == 1 && *yb == 0 {
                pairs += 1.0;
                won += if a > b {
                    1.0
                } else if a == b {
                    0.5
                } else {
                    0.0
                };
            }
        }
    }
    (pairs > 0.0).then(|| won / pairs)
}

proptest! {
    #[test]
    fn auc_counts_pairs(rows in prop::collection::vec((-3i8..3, 0u8..2), 0..60)) {
        let scores: Vec<f32> = rows.iter().map(|r| f32::from(r.0) * 0.5).collect();
        let labels: Vec<u8> = rows.iter().map(|r| r.1).collect();
        match (auc(&scores, &labels), brute_auc(&scores, &labels)) {
            (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-12),
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    #[test]
    fn expected_auc_weighs_pairs(rows in prop::collection::vec((-3i8..3, 0f64..1.0), 0..40)) {
        let scores: Vec<f32> = rows.iter().map(|r| f32::from(r.0) * 0.5).collect();
        let p: Vec<f64> = rows.iter().map(|r| r.1).collect();
        let (mut won, mut pairs) = (0.0, 0.0);
        for i in 0..rows.len() {
            for j in (0..rows.len()).filter(|j| *j != i) {
                let weight = p[i] * (1.0 - p[j]);
                pairs += weight;
                won += weight * match scores[i].total_cmp(&scores[j]) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
            }
        }
        match expected_auc(&scores, &p) {
            Some(a) => prop_assert!((a - won / pairs).abs() < 1e-9),
            None => prop_assert!(pairs < 1e-9),
        }
    }

    #[test]
    fn cross_entropy_is_minus_log_likelihood(z in -20f32..20.0, y in 0u8..2) {
        let p = 1.0 / (1.0 + (-f64::from(z)).exp());
        let direct = if y == 1 { -p.ln() } else { -(1.0 - p).ln() };
        prop_assert!((cross_entropy(z, y) - direct).abs() < 1e-6 * (1.0 + direct));
    }
}

#[test]
fn signed_zeros_tie() {
    assert_eq!(auc(&[-0.0, 0.0], &[1, 0]), Some(0.5));
}

#[test]
fn extreme_logits_stay_finite() {
    assert_eq!(cross_entropy(-200.0, 1), 200.0);
    assert_eq!(cross_entropy(f32::MAX, 1), 0.0);
}

#[test]
fn undefined_metrics_are_absent() {
    let none = Metrics::new(&[], &[]);
    assert_eq!(
        (none.auc(), none.logloss(), none.ctr, none.calibration()),
        (None, None, None, None)
    );
    assert_eq!(Metrics::new(&[1.0, 2.0], &[0, 0]).auc(), None);
}

#[test]
fn a_report_takes_scenarios_apart() {
    let names = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let mut rows =
        Instances { labels: vec![0, 1, 0, 1], scenarios: vec![0, 0, 1, 1], ..Instances::default() };
    let report = Report::new(&[0.0, 1.0, 1.0, 0.0], &rows, &names);
    assert_eq!(report.pooled.auc(), Some(0.5));
    let per: Vec<_> = report.scenarios.iter().map(|s| s.metrics.auc()).collect();
    assert_eq!(per, [Some(1.0), Some(0.0), None]);
    assert_eq!((report.mean_auc, report.gauc), (Some(0.5), Some(0.5)));
    assert_eq!(report.pooled.true_auc(), None);

    // In the first scenario the true probabilities are the opposite of the labels.
    let probability = vec![1.0, 0.0, 0.0, 1.0];
    rows.planted = Some(Planted { shared: vec![true; 4], probability });
    let report = Report::new(&[0.0, 1.0, 1.0, 0.0], &rows, &names);
    let per: Vec<_> = report.scenarios.iter().map(|s| s.metrics.true_auc()).collect();
    assert_eq!(per, [Some(0.0), Some(0.0), None]);
}

#[test]
fn gauc_weighs_groups_by_size_and_skips_one_sided_ones() {
    let labels = [0, 1, 0, 1, 1, 1];
    let scores = [0.0, 1.0, 1.0, 0.0, 1.0, 0.3];
    // Group 0 (2 rows) is ranked perfectly, group 1 (3 rows) has an AUC of 0.25, and group 2 has
    // only clicks.
    let expected = (2.0 * 1.0 + 3.0 * 0.25) / 5.0;
    assert_eq!(gauc(&scores, &labels, &[0, 0, 1, 1, 1, 2]), Some(expected));
}
