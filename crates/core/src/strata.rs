//! Some rows of every scenario, where all would be too many.

use crate::rng::Stream;

/// No scenario is shown with fewer rows, as far as it has them.
const LEAST: usize = 1000;

/// Places of about `most` of `n` rows in rising order: every scenario by its size, small ones with a
/// floor. `of` is the rows' scenarios `[n]`, each below `scenarios`; others are left out.
pub fn places(of: &[u16], scenarios: usize, most: usize, seed: u64) -> Vec<u32> {
    let mut members = vec![Vec::new(); scenarios];
    for (i, s) in (0u32..).zip(of) {
        if let Some(members) = members.get_mut(usize::from(*s)) {
            members.push(i);
        }
    }
    // Half of the sample at most is given to floors.
    let floor = LEAST.min(most / (2 * scenarios.max(1)));
    let least: usize = members.iter().map(|m| floor.min(m.len())).sum();
    let rest = most.saturating_sub(least) as f64 / (of.len() - least).max(1) as f64;
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
        let of: Vec<u16> = (0..10_000).map(|i| u16::from(i % 100 == 0)).collect();
        let chosen = places(&of, 2, 200, 7);
        let small = chosen.iter().filter(|i| of[**i as usize] == 1).count();
        assert!(chosen.is_sorted() && (195..=200).contains(&chosen.len()), "{}", chosen.len());
        assert!((50..60).contains(&small), "{small} of 100 rows");
        assert_eq!(places(&of, 2, 20_000, 7).len(), 10_000);
        assert_eq!(places(&[5, 0], 1, 10, 0), [1]);
    }
}
