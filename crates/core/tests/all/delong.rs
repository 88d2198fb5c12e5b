//! Compares DeLong's standard error with numbers from numpy, which compared all pairs one by one.
//! The AUC was checked with scipy's Mann-Whitney U. The error of a difference is compared with the
//! covariances of numpy, which compared all pairs, too.

use ssim_core::delong::{AucDifference, Interval};
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

/// Compares the two AUCs, the error, p, and the ends of the interval. The functions of statrs from which
/// p and the ends come have ten digits.
fn is(found: &AucDifference, expected: [f64; 6]) {
    let (low, high) = found.ends();
    let exact = [found.first, found.second, found.error()].map(|x| (x, 1e-12));
    let from_quantiles = [found.p().unwrap(), low, high].map(|x| (x, 1e-10));
    let numbers = exact.into_iter().chain(from_quantiles);
    for ((found, tolerance), expected) in numbers.zip(expected) {
        assert!((found - expected).abs() < tolerance, "{found} instead of {expected}");
    }
}

#[test]
fn a_difference_agrees_with_all_pairs() {
    let labels = [0, 0, 1, 1, 1, 1, 0, 0];
    let first = vec![0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.2, 0.4];
    let second = vec![0.3, 0.2, 0.35, 0.5, 0.1, 0.9, 0.5, 0.4];
    is(
        &AucDifference::new(&[first], &[second], &labels).unwrap(),
        [
            0.8125,
            0.593_75,
            0.237_992_909_558_247_15,
            0.358_019_718_822_815_97,
            -0.247_707_531_310_062_8,
            0.685_207_531_310_062_7,
        ],
    );
}

/// 300 rows, most of whose scores are tied, and the scores of three fits of two methods.
fn tied() -> ([Vec<Vec<f32>>; 2], Vec<u8>) {
    let label = |i: u32| u8::from((i * i + 3 * i) % 7 < 2);
    let score = |i: u32, (factor, of, gain): (u32, u32, f64)| {
        (f64::from(i * factor % of) / 10.0 + gain * f64::from(label(i))).floor() as f32
    };
    let fits = [
        [(37, 101, 3.0), (41, 103, 2.5), (43, 107, 3.5)],
        [(53, 89, 2.0), (59, 97, 1.0), (61, 91, 2.0)],
    ];
    let scores =
        fits.map(|fits| fits.map(|fit| (0..300).map(|i| score(i, fit)).collect()).to_vec());
    (scores, (0..300).map(label).collect())
}

#[test]
fn a_difference_of_tied_scores_agrees_with_all_pairs() {
    let ([first, second], labels) = tied();
    let found = AucDifference::new(&first[..1], &second[..1], &labels).unwrap();
    is(
        &found,
        [
            0.737_774_396_870_245_6,
            0.679_471_853_944_794_6,
            0.045_136_078_317_747_85,
            0.196_458_980_774_756_7,
            -0.030_162_544_980_714_01,
            0.146_767_630_831_616_04,
        ],
    );
    let alone = Interval::new(&first[0], &labels).unwrap().auc;
    assert!((found.first - alone).abs() < 1e-15, "sums in another order");
    let back = AucDifference::new(&second[..1], &first[..1], &labels).unwrap();
    assert!((back.difference() + found.difference()).abs() < 1e-15);
    assert_eq!(back.error(), found.error());
}

#[test]
fn fits_with_other_seeds_add_their_own_error() {
    // numpy: the covariances of all six AUCs for the rows, and the differences of the three pairs for the
    // seeds. Student's t with 41.74 degrees of freedom was integrated.
    let ([first, second], labels) = tied();
    let found = AucDifference::new(&first, &second, &labels).unwrap();
    is(
        &found,
        [
            0.734_994_204_158_516_2,
            0.655_926_247_917_119_4,
            0.029_963_579_983_058_247,
            0.011_644_057_827_761_012,
            0.018_587_997_421_854_657,
            0.139_547_915_060_939_05,
        ],
    );
    assert!((found.rows - 0.026_481_989_615_547_277).abs() < 1e-12);
    let fits = [0.058_302_542_925_451_006, 0.105_765_051_075_853_1, 0.073_136_274_722_886_42];
    for (found, expected) in found.fits.iter().zip(fits) {
        assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
    }
}

#[test]
fn a_mean_of_differences_agrees_with_numpy() {
    let ([first, second], labels) = tied();
    let half = |k: usize| {
        let of = |fits: &[Vec<f32>]| -> Vec<Vec<f32>> {
            fits.iter().map(|z| z.iter().skip(k).step_by(2).copied().collect()).collect()
        };
        let labels: Vec<u8> = labels.iter().skip(k).step_by(2).copied().collect();
        AucDifference::new(&of(&first), &of(&second), &labels).unwrap()
    };
    let mean = AucDifference::mean(&[(150.0, &half(0)), (150.0, &half(1))]).unwrap();
    assert!((mean.first - 0.733_979_223_955_639_1).abs() < 1e-12);
    assert!((mean.rows - 0.026_504_381_613_021_25).abs() < 1e-12);
    let fits = [0.053_178_063_201_648_14, 0.108_930_159_637_706_8, 0.072_205_092_252_262_07];
    for (found, expected) in mean.fits.iter().zip(fits) {
        assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
    }
    let average = mean.fits.iter().sum::<f64>() / 3.0;
    assert!((mean.difference() - average).abs() < 1e-12);
    assert_eq!(AucDifference::mean(&[]), None);
}

#[test]
fn scores_of_one_order_do_not_differ() {
    let ([first, _], labels) = tied();
    let moved = |z: &Vec<f32>| z.iter().map(|z| z / 7.0 - 3.0).collect();
    let other: Vec<Vec<f32>> = first.iter().map(moved).collect();
    let found = AucDifference::new(&first, &other, &labels).unwrap();
    assert_eq!((found.difference(), found.error(), found.p()), (0.0, 0.0, None));
    assert_eq!(found.ends(), (0.0, 0.0));
    let of = |scores: &[f32], labels: &[u8]| {
        AucDifference::new(&[scores.to_vec()], &[scores.to_vec()], labels)
    };
    assert_eq!(of(&[1.0, 2.0, 3.0], &[0, 0, 1]), None);
    assert_eq!(of(&[f32::NAN; 4], &[0, 0, 1, 1]), None);
    assert_eq!(of(&[], &[]), None);
    assert_eq!(AucDifference::new(&[], &[], &labels), None);
}
