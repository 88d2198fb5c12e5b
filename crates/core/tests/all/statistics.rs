use ssim_core::look::explained::explained;
use ssim_core::look::statistics::{deviation, holm, mean, paired};

#[test]
fn a_paired_test_is_the_one_of_the_textbook() {
    // scipy.stats.ttest_rel of the same numbers: t = 4.398554, p = 0.011704351.
    let a = [0.6251, 0.6262, 0.6233, 0.6270, 0.6241];
    let b = [0.6240, 0.6239, 0.6229, 0.6255, 0.6226];
    let test = paired(&a, &b).unwrap();
    assert!((test.difference - 0.001_36).abs() < 1e-12);
    assert!((test.p.unwrap() - 0.011_704_351).abs() < 1e-7, "{:?}", test.p);
    let back = paired(&b, &a).unwrap();
    assert_eq!((back.difference, back.p), (-test.difference, test.p));
}

#[test]
fn what_is_not_defined_is_absent() {
    assert_eq!((mean(&[]), deviation(&[1.0])), (None, None));
    assert!(paired(&[], &[]).is_none());
    assert_eq!(paired(&[1.0], &[0.5]).unwrap().p, None);
    assert_eq!(paired(&[1.0, 2.0], &[0.5, 1.5]).unwrap().p, None, "no variation");
    let (a, b) = ([0.7 + 0.1, 0.9 + 0.1], [0.8 - 0.1, 1.0 - 0.1]);
    assert_eq!(paired(&a, &b).unwrap().p, None, "variation by rounding alone");
}

#[test]
fn corrected_p_values_are_those_of_the_procedure() {
    // numpy's running maximum of the sorted p-values times n, n − 1, …
    let p = [0.01, 0.04, 0.03, 0.005, 0.5].map(Some);
    let expected = [0.04, 0.09, 0.09, 0.025, 0.5];
    for (found, expected) in holm(&p).into_iter().zip(expected) {
        assert!((found.unwrap() - expected).abs() < 1e-15, "{found:?} instead of {expected}");
    }
    assert_eq!(holm(&[None, Some(0.7), Some(0.8)]), [None, Some(1.0), Some(1.0)]);
    assert_eq!(holm(&[]), []);
}

#[test]
fn the_explained_part_is_that_of_a_regression_on_the_groups() {
    // numpy's least squares on one column per group; group 2 and 3 have no rows.
    let groups: Vec<u16> = (0..300u16).map(|i| (u32::from(i).pow(2) % 5) as u16).collect();
    let values: Vec<f32> =
        (0..300u16).zip(&groups).map(|(i, g)| f32::from(i * 37 % 101 + 20 * g)).collect();
    let found = explained(&values, &groups).unwrap();
    assert!((found - 0.544_576_947_187_047_4).abs() < 1e-12, "{found}");
    let moved: Vec<f32> = values.iter().map(|x| 3.0 - x / 4.0).collect();
    assert!((explained(&moved, &groups).unwrap() - found).abs() < 1e-12, "unit and origin");
    assert_eq!(explained(&values, &[0; 300]), Some(0.0), "one group explains nothing");
    for constant in [0.1, 1e30, -0.3] {
        assert_eq!(explained(&[constant; 300], &groups), None, "{constant} does not vary");
    }
    assert_eq!(explained(&[1.0, f32::INFINITY], &[0, 1]), None);
    assert_eq!(explained(&[1.0, f32::NAN], &[0, 1]), None);
    assert_eq!(explained(&[], &[]), None);
}
