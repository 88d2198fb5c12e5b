use proptest::prelude::*;
use ssim_core::cut::{Histogram, ListCutoff};
use ssim_core::mask::{self, Pool};

const SCENARIOS: usize = 3;

/// Finds the cutoff of rows that are in several parts, and the number of passes over them.
fn found(parts: &[&[(u64, f32, u16)]], ratio: f64, pool: Pool) -> (ListCutoff, usize) {
    let mut cut = ListCutoff::new(ratio, pool, SCENARIOS).unwrap();
    let mut passes = 0;
    while !cut.is_found() {
        let mut all = Histogram::default();
        for part in parts {
            let mut counts = Histogram::new(SCENARIOS);
            for (row, z, s) in *part {
                cut.count(*z, *s, *row, &mut counts).unwrap();
            }
            // Counts of parts travel as JSON.
            let text = serde_json::to_string(&counts).unwrap();
            all.merge(&serde_json::from_str(&text).unwrap());
        }
        cut.narrow(&all).unwrap();
        passes += 1;
    }
    (cut, passes)
}

fn score() -> impl Strategy<Value = f32> {
    let special = [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::MIN_POSITIVE, f32::MAX, 1e-45];
    prop_oneof![
        // Ties, scores whose keys begin with the same digit, and all others.
        4 => (-3i8..3).prop_map(f32::from),
        4 => (0u32..40).prop_map(|i| f32::from_bits(0x3f80_0000 + i)),
        2 => prop::sample::select(special.to_vec()),
        4 => prop::num::f32::NORMAL | prop::num::f32::SUBNORMAL | prop::num::f32::ZERO,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn counting_is_sorting(
        scores in prop::collection::vec((score(), 0..SCENARIOS as u16, 1u64..1 << 40), 0..80),
        ratio in prop_oneof![Just(0.0), Just(1.0), 0f64..1.0],
        by_scenario: bool,
        at in 0usize..80,
    ) {
        let pool = if by_scenario { Pool::Scenario } else { Pool::Global };
        // Row numbers rise, in small and in large steps.
        let rows: Vec<(u64, f32, u16)> = scores
            .iter()
            .scan(0, |row, (z, s, step)| {
                *row += if step % 3 == 0 { *step } else { 1 };
                Some((*row, *z, *s))
            })
            .collect();
        let (z, s): (Vec<f32>, Vec<u16>) = rows.iter().map(|(_, z, s)| (*z, *s)).unzip();
        let order: Vec<u32> = (0..rows.len() as u32).collect();
        let sorted = mask::cut(&z, &s, &order, ratio, pool, 1).unwrap();
        let shared = |cut: &ListCutoff| -> Vec<bool> { rows.iter().map(|(row, z, s)| cut.shares(*z, *s, *row)).collect() };
        let (cut, passes) = found(&[&rows], ratio, pool);
        prop_assert_eq!(&shared(&cut), &sorted);
        prop_assert!((1..=6).contains(&passes));
        // Parts of the rows, in any order, give the same list.
        let (a, b) = rows.split_at(at.min(rows.len()));
        prop_assert_eq!(&shared(&found(&[b, a], ratio, pool).0), &sorted);
        // The limits are enough to make the list.
        let limits = cut.limits();
        let listed = rows.iter().map(|(row, z, s)| {
            limits[if by_scenario { usize::from(*s) } else { 0 }].is_some_and(|(from, last)| {
                match z.partial_cmp(&from).unwrap() {
                    std::cmp::Ordering::Less => false,
                    std::cmp::Ordering::Equal => last.is_none_or(|last| *row <= last),
                    std::cmp::Ordering::Greater => true,
                }
            })
        });
        prop_assert_eq!(listed.collect::<Vec<_>>(), sorted);
    }

    #[test]
    fn a_threshold_is_a_comparison(scores in prop::collection::vec(score(), 1..50), from in score()) {
        let cut = ListCutoff::threshold(from);
        prop_assert!(cut.is_found());
        for (row, z) in (1..).zip(scores) {
            prop_assert_eq!(cut.shares(z, 2, row), z >= from, "{} from {}", z, from);
        }
    }
}

#[test]
fn a_million_equal_scores_are_cut_by_row() {
    let rows: Vec<(u64, f32, u16)> = (1..=1_000_000).map(|row| (row, 0.25, 0)).collect();
    let (cut, _) = found(&[&rows], 0.3, Pool::Global);
    assert_eq!(cut.limits(), [Some((0.25, Some(300_000)))]);
}

#[test]
fn what_has_no_cut_is_refused() {
    let cut = ListCutoff::new(0.5, Pool::Global, 1).unwrap();
    let mut counts = Histogram::new(1);
    let error = cut.count(f32::NAN, 0, 7, &mut counts).unwrap_err().to_string();
    assert_eq!(error, "row 7: score: expected a number, got NaN");
    assert!(ListCutoff::new(1.5, Pool::Global, 1).unwrap_err().to_string().contains("got 1.5"));
    assert!(ListCutoff::new(0.5, Pool::Batch, 1).is_err());
    // One row occurs twice, and only one of the two fits on the list.
    let mut cut = cut;
    let error = loop {
        let mut counts = Histogram::new(1);
        (0..2).for_each(|_| cut.count(0.5, 0, 7, &mut counts).unwrap());
        if let Err(error) = cut.narrow(&counts) {
            break error.to_string();
        }
    };
    assert_eq!(error, "row 7: expected once, got 2 times");
}
