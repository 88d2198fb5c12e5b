//! Pushing labels apart that would overlap.

use crate::order::rising;

/// Places for labels that should be at `wanted` `[n]`. The places are at least `gap` apart, in the
/// same order and between `low` and `high`, and as near to the wanted ones as that allows (least
/// squares). If there is not room for all, the last labels go beyond `high`.
pub(crate) fn spread(wanted: &[f64], gap: f64, (low, high): (f64, f64)) -> Vec<f64> {
    let order = rising(wanted.len(), &|i| wanted[i]);
    // With `k` gaps subtracted from the `k`-th place, the places need only be in rising order.
    // Neighbours that are not get their common mean (pool adjacent violators).
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (k, i) in order.iter().enumerate() {
        let mut pool = (wanted[*i] - k as f64 * gap, 1);
        while let Some((mean, n)) = pools.pop_if(|(mean, _)| *mean > pool.0) {
            let all = n + pool.1;
            pool = ((mean * n as f64 + pool.0 * pool.1 as f64) / all as f64, all);
        }
        pools.push(pool);
    }
    let high = (high - gap * wanted.len().saturating_sub(1) as f64).max(low);
    let places = pools.iter().flat_map(|(mean, n)| std::iter::repeat_n(*mean, *n));
    let mut out = vec![0.0; wanted.len()];
    for (k, (i, place)) in order.into_iter().zip(places).enumerate() {
        out[i] = place.clamp(low, high) + k as f64 * gap;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn apart_in_order_and_inside(wanted in prop::collection::vec(-20.0..120.0, 0..12)) {
            let got = spread(&wanted, 9.0, (0.0, 100.0));
            for (i, j) in (0..wanted.len()).flat_map(|i| (0..i).map(move |j| (i, j))) {
                prop_assert!((got[i] - got[j]).abs() > 9.0 - 1e-9);
                prop_assert!(wanted[i] == wanted[j] || (wanted[i] < wanted[j]) == (got[i] < got[j]));
            }
            prop_assert!(got.iter().all(|y| (-1e-9..100.0 + 1e-9).contains(y)));
        }

        #[test]
        fn who_has_room_stays(wanted in prop::collection::vec(0.0..100.0, 0..12)) {
            let mut sorted = wanted.clone();
            sorted.sort_by(f64::total_cmp);
            let least = sorted.windows(2).map(|w| w[1] - w[0]).fold(9.0, f64::min);
            for (a, b) in spread(&wanted, least, (0.0, 100.0)).iter().zip(&wanted) {
                prop_assert!((a - b).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn equals_move_to_both_sides() {
        assert_eq!(spread(&[5.0, 5.0, 50.0], 4.0, (0.0, 60.0)), [3.0, 7.0, 50.0]);
        assert_eq!(spread(&[0.0, 0.0, 0.0], 4.0, (0.0, 6.0)), [0.0, 4.0, 8.0]);
    }
}
