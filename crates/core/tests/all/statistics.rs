use ssim_core::look::statistics::{deviation, mean, paired};

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
