//! A sample with rows of every scenario, for data of which not all rows can be shown.

use crate::rng::Stream;

/// The number of rows that each scenario gets first, if it has so many and the sample is large
/// enough.
const LEAST: usize = 1000;

/// Positions of about `most` of `n` rows, in rising order. A scenario gets rows in proportion to
/// its size, but a small one gets a minimum first. `row_scenarios` is `[n]`; rows with an index
/// that is not below `scenarios` are left out.
pub fn places(row_scenarios: &[u16], scenarios: usize, most: usize, seed: u64) -> Vec<u32> {
    let mut members = vec![Vec::new(); scenarios];
    for (i, s) in (0u32..).zip(row_scenarios) {
        if let Some(members) = members.get_mut(usize::from(*s)) {
            members.push(i);
        }
    }
    // All minimums together take at most half of the sample.
    let floor = LEAST.min(most / (2 * scenarios.max(1)));
    let reserved: usize = members.iter().map(|m| floor.min(m.len())).sum();
    // The fraction of the rows beyond the minimums that fits into the rest of the sample.
    let rest =
        most.saturating_sub(reserved) as f64 / (row_scenarios.len() - reserved).max(1) as f64;
    let mut chosen = Vec::new();
    for (k, members) in (0u64..).zip(&members) {
        let first = floor.min(members.len());
        let n = first + ((members.len() - first) as f64 * rest.min(1.0)) as usize;
        let order = Stream::new(seed, "artifact sample", &[k]).permutation(members.len());
        chosen.extend(order.iter().take(n).map(|i| members[*i as usize]));
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn small_scenarios_have_a_floor() {
        let scenarios: Vec<u16> = (0..10_000).map(|i| u16::from(i % 100 == 0)).collect();
        let chosen = places(&scenarios, 2, 200, 7);
        let small = chosen.iter().filter(|i| scenarios[**i as usize] == 1).count();
        assert!(chosen.is_sorted() && (195..=200).contains(&chosen.len()), "{}", chosen.len());
        assert!((50..60).contains(&small), "{small} of 100 rows");
        assert_eq!(places(&scenarios, 2, 20_000, 7).len(), 10_000);
        assert_eq!(places(&[5, 0], 1, 10, 0), [1]);
    }
}
