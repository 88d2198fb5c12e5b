//! Compares DeLong's standard error with numbers from numpy, which compared all pairs one by one.
//! The AUC was checked with scipy's Mann-Whitney U.

use ssim_core::delong::Interval;
use ssim_core::metric::auc;

#[test]
fn agrees_with_all_pairs() {
    let scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.2, 0.4];
    let labels = [0, 0, 1, 1, 1, 1, 0, 0];
    let found = Interval::new(&scores, &labels).unwrap();
    assert!((found.auc - 0.8125).abs() < 1e-12);
    assert!((found.error - 0.161_374_306_091_975_7).abs() < 1e-12);
    let (low, high) = found.ends();
    assert!((low - 0.496_212_172_029_585).abs() < 1e-12);
    assert_eq!(high, 1.0);
}

#[test]
fn agrees_where_most_scores_are_tied() {
    // 300 rows, 86 clicks, 14 distinct scores.
    let label = |i: u64| u8::from((i * i + 3 * i) % 7 < 2);
    let labels: Vec<u8> = (0..300).map(label).collect();
    let score = |i: u64| ((i * 37 % 101) as f64 / 10.0 + 3.0 * f64::from(label(i))).floor() as f32;
    let scores: Vec<f32> = (0..300).map(score).collect();
    let found = Interval::new(&scores, &labels).unwrap();
    assert!((found.auc - 0.737_774_396_870_245_6).abs() < 1e-12);
    assert!((found.auc - auc(&scores, &labels).unwrap()).abs() < 1e-12);
    assert!((found.error - 0.030_737_211_520_827_05).abs() < 1e-12);
    let (low, high) = found.ends();
    assert!((low - 0.677_530_569_304_234_9).abs() < 1e-12);
    assert!((high - 0.798_018_224_436_256_3).abs() < 1e-12);
}

#[test]
fn perfect_and_undefined() {
    let perfect = Interval::new(&[1.0, 2.0, 3.0, 4.0], &[0, 0, 1, 1]).unwrap();
    assert_eq!((perfect.auc, perfect.error, perfect.ends()), (1.0, 0.0, (1.0, 1.0)));
    assert_eq!(Interval::new(&[1.0, 2.0, 3.0], &[0, 0, 1]), None);
    assert_eq!(Interval::new(&[], &[]), None);
}
