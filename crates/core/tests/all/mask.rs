use proptest::prelude::*;
use ssim_core::mask::{Pool, Ranking, SearchMask, cut};

proptest! {
    #[test]
    fn a_global_cut_takes_the_best(scores in prop::collection::vec(-5i8..5, 1..50), ratio in 0f64..1.0) {
        let scores: Vec<f32> = scores.into_iter().map(f32::from).collect();
        let n = scores.len();
        let order: Vec<u32> = (0..n as u32).rev().collect();
        let shared = cut(&scores, &vec![0; n], &order, ratio, Pool::Global, 7).unwrap();
        prop_assert_eq!(shared.iter().filter(|s| **s).count(), (n as f64 * ratio) as usize);
        // No private row is better than a shared one, and ties go to the lower position.
        for i in 0..n {
            for j in 0..n {
                if shared[i] && !shared[j] {
                    prop_assert!(scores[i] > scores[j] || (scores[i] == scores[j] && i < j));
                }
            }
        }
    }

    #[test]
    fn a_row_of_weight_three_is_three_rows(
        rows in prop::collection::vec((-5i8..5, 0u16..3), 1..40),
        weights in prop::array::uniform3(1usize..5),
        ratio in 0f64..1.0,
    ) {
        let column = |copies: &dyn Fn(u16) -> usize| -> (Vec<f32>, Vec<u16>) {
            let copied = rows.iter().flat_map(|r| std::iter::repeat_n(r, copies(r.1)));
            copied.map(|(z, s)| (f32::from(*z), *s)).unzip()
        };
        let mark = |(scores, scenarios): &(Vec<f32>, Vec<u16>), weights: &[f64]| {
            let order: Vec<u32> = (0..scores.len() as u32).collect();
            let pool = Pool::Global;
            let ranking = Ranking::weighted(scores, scenarios, &order, pool, 7, weights).unwrap();
            ranking.cut(ratio).unwrap()
        };
        let weighted = mark(&column(&|_| 1), &weights.map(|w| w as f64));
        let mut copies = mark(&column(&|s| weights[usize::from(s)]), &[]).into_iter();
        for (i, (_, s)) in rows.iter().enumerate() {
            // A row is shared if all the rows for which it stands are shared.
            let all = (0..weights[usize::from(*s)]).fold(true, |all, _| all & copies.next().unwrap());
            prop_assert_eq!(weighted[i], all, "row {}", i);
        }
    }

    #[test]
    fn pools_are_cut_one_by_one(scenarios in prop::collection::vec(0u16..3, 1..60), batch in 1usize..9) {
        let n = scenarios.len();
        let scores: Vec<f32> = (0..n).map(|i| ((i * 37) % 11) as f32).collect();
        let order: Vec<u32> = (0..n as u32).collect();
        let by_scenario = cut(&scores, &scenarios, &order, 0.5, Pool::Scenario, batch).unwrap();
        for s in 0..3 {
            let rows: Vec<_> = (0..n).filter(|i| scenarios[*i] == s).collect();
            let shared = rows.iter().filter(|i| by_scenario[**i]).count();
            prop_assert_eq!(shared, rows.len() / 2);
        }
        let by_batch = cut(&scores, &scenarios, &order, 0.5, Pool::Batch, batch).unwrap();
        for rows in order.chunks(batch) {
            let shared = rows.iter().filter(|i| by_batch[**i as usize]).count();
            prop_assert_eq!(shared, rows.len() / 2);
        }
    }

    #[test]
    fn the_straight_through_gradient_is_the_sigmoids(z in -0.5f32..0.5, tau in 1f64..10.0) {
        let mask = SearchMask { threshold: 0.3, final_temperature: 1000.0 };
        let h = 1e-5;
        let p = |z: f64| 1.0 / (1.0 + (-tau * z).exp());
        let slope = (p(f64::from(z) + h) - p(f64::from(z) - h)) / (2.0 * h);
        let expected = if mask.shares(z, tau) { slope * 0.7 } else { 0.0 };
        prop_assert!((mask.backward(z, tau, 0.7) - expected).abs() < 1e-6);
    }
}

#[test]
fn the_published_counts() {
    // int(m·r) for m = 4096, and for the last batch, which has 10 rows.
    let n = 4096 + 10;
    let order: Vec<u32> = (0..n).collect();
    let scores = vec![0.0; n as usize];
    let scenarios = vec![0; n as usize];
    for (ratio, expected) in [(0.3, 1228 + 3), (0.95, 3891 + 9)] {
        let shared = cut(&scores, &scenarios, &order, ratio, Pool::Batch, 4096).unwrap();
        assert_eq!(shared.iter().filter(|s| **s).count(), expected);
    }
}

#[test]
fn clamped_at_one() {
    let mask = SearchMask { threshold: 0.1, final_temperature: 10.0 };
    assert_eq!(mask.backward(0.0, 1.0, 5.0), mask.backward(0.0, 1.0, 1.0));
    assert_eq!(mask.backward(0.0, 1.0, -5.0), mask.backward(0.0, 1.0, -1.0));
}

#[test]
fn bad_cuts_are_refused() {
    let cut = |scores: &[f32], ratio| cut(scores, &[0, 0], &[0, 1], ratio, Pool::Global, 2);
    assert_eq!(cut(&[0.0, 0.0], 1.5).unwrap_err().to_string(), "ratio: expected 0 to 1, got 1.5");
    assert!(cut(&[0.0, f32::NAN], 0.5).unwrap_err().to_string().contains("position 1 is NaN"));
    assert!(cut(&[0.0], 0.5).is_err());
}
