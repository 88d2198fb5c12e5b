//! Contrasts of scenarios and towers, compared with numpy: DeLong's covariances of all pairs, and Holm's
//! correction of the p-values.

use ssim_core::delong::AucDifference;
use ssim_core::look::likeness::{Contrast, Finding, by_scenario, largest, places, transfer};

const ROWS: u32 = 300;

/// Logits of T towers of S fits, `[T][S][n]`.
type Towers = Vec<Vec<Vec<f32>>>;

/// The logits of three towers of one fit, labels, and the places of the rows of three scenarios: 60, 60 and 180.
fn towers() -> (Towers, Vec<u8>, Vec<Vec<usize>>) {
    let label = |i: u32| u8::from((i * i + 3 * i) % 7 < 2);
    let score = |i: u32, (factor, of, gain): (u32, u32, f64)| {
        (f64::from(i * factor % of) / 10.0 + gain * f64::from(label(i))).floor() as f32
    };
    let kinds = [(37, 101, 3.0), (53, 89, 2.0), (29, 97, 1.0)];
    let towers = kinds.map(|kind| vec![(0..ROWS).map(|i| score(i, kind)).collect()]).to_vec();
    let scenarios: Vec<u16> = (0..ROWS).map(|i| (i % 5).min(2) as u16).collect();
    (towers, (0..ROWS).map(label).collect(), places(&scenarios, 3))
}

/// Compares contrasts with their expected difference, error, and corrected p. The error function of
/// statrs, from which p comes, has ten digits.
fn are(found: &[Option<Contrast>], expected: &[[f64; 3]]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let Contrast { auc, p } = found.as_ref().unwrap();
        let numbers = [(auc.difference(), 1e-12), (auc.error(), 1e-12), (p.unwrap(), 1e-10)];
        for ((found, tolerance), expected) in numbers.iter().zip(expected) {
            assert!((found - expected).abs() < *tolerance, "{found} instead of {expected}");
        }
    }
}

#[test]
fn scenarios_are_compared_each_for_itself() {
    let (towers, labels, places) = towers();
    let found = by_scenario(&towers[0], &towers[2], &labels, &places);
    let expected = [
        [0.745_554_035_567_715_5 - 0.599_179_206_566_347_5, 0.085_520_940_526_384_15],
        [0.820_793_433_652_530_8 - 0.616_963_064_295_485_6, 0.104_538_566_704_329],
        [0.706_655_649_038_461_6 - 0.601_487_379_807_692_3, 0.063_812_084_515_509_3],
    ];
    let p = [0.173_952_947_754_939_94, 0.153_596_216_625_333_46, 0.173_952_947_754_939_94];
    let expected: Vec<[f64; 3]> = expected.iter().zip(p).map(|([d, e], p)| [*d, *e, p]).collect();
    are(&found, &expected);
}

#[test]
fn towers_are_compared_with_the_own_one() {
    let (towers, labels, places) = towers();
    let found = transfer(&towers, &labels, &places);
    for own in [0, 4, 8] {
        assert_eq!(found[own], None, "a tower is not compared with itself");
    }
    let others: Vec<_> = found.into_iter().enumerate().filter(|(at, _)| at % 4 != 0).collect();
    let others: Vec<_> = others.into_iter().map(|(_, contrast)| contrast).collect();
    are(
        &others,
        &[
            [-0.079_343_365_253_078_06, 0.097_453_319_076_375_21, 0.831_097_530_882_280_9],
            [-0.146_374_829_001_368, 0.085_520_940_526_384_15, 0.521_858_843_264_819_8],
            [0.116_963_064_295_485_64, 0.086_034_171_629_874_48, 0.695_958_581_800_466_7],
            [-0.086_867_305_061_559_49, 0.118_099_958_358_848_98, 0.831_097_530_882_280_9],
            [0.105_168_269_230_769_27, 0.063_812_084_515_509_3, 0.521_858_843_264_819_8],
            [0.084_134_615_384_615_42, 0.065_039_564_044_363_15, 0.695_958_581_800_466_7],
        ],
    );
}

#[test]
fn a_finding_has_a_small_corrected_p() {
    let auc = |first: f64, rows: f64| {
        Some(AucDifference { first, second: 0.7, rows, fits: vec![first - 0.7; 3] })
    };
    let finding = |differences: Vec<Option<AucDifference>>| {
        let found = Contrast::together(differences);
        found.iter().map(|c| c.as_ref().map(Contrast::finding)).collect::<Vec<_>>()
    };
    // z is 2.1 and p 0.036: it is found alone, and not beside another test.
    assert_eq!(finding(vec![auc(0.721, 0.01)]), [Some(Finding::Higher)]);
    let two = vec![auc(0.721, 0.01), auc(0.7, 0.01)];
    assert_eq!(finding(two), [Some(Finding::Open), Some(Finding::Open)]);
    // A scenario without AUC, or with one that does not vary, is no test.
    let three = vec![auc(0.679, 0.01), None, auc(0.7, 0.0)];
    assert_eq!(finding(three), [Some(Finding::Lower), None, Some(Finding::Open)]);
    // Seeds that contradict each other find nothing, however many rows there are.
    let seeds =
        AucDifference { first: 0.77, second: 0.7, rows: 1e-4, fits: vec![0.2, 0.02, -0.01] };
    assert_eq!(finding(vec![Some(seeds)]), [Some(Finding::Open)]);
}

#[test]
fn the_largest_scenarios_stay_in_their_order() {
    let places = places(&[0, 1, 1, 2, 2, 2, 4, 4], 5);
    assert_eq!(largest(&places, 2), [1, 2], "of equal size the first one");
    assert_eq!(largest(&places, 9), [0, 1, 2, 3, 4]);
    assert!(places[3].is_empty());
}
