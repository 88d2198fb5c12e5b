//! Which scenarios have a colour of their own. Readers tell four colours apart, so of many scenarios
//! four are picked, and the others are grey.

use crate::order::rising;

/// The class of a scenario without a colour of its own.
pub const OTHER: u8 = u8::MAX;
/// The most scenarios that have a colour each.
pub const COLOURED: usize = 4;

/// The picked scenarios by their numbers from 1, one for every colour; 0 where a colour is free.
pub type Picks = [u16; COLOURED];

/// The indices of the scenarios with these sizes `[K]`, the largest first.
pub fn by_size(sizes: &[u64]) -> Vec<usize> {
    rising(sizes.len(), &|k| -(sizes[k] as f64))
}

/// The four largest of the scenarios with these sizes `[K]`.
pub fn largest(sizes: &[u64]) -> Picks {
    let mut picks = Picks::default();
    for (pick, k) in picks.iter_mut().zip(by_size(sizes)) {
        *pick = k as u16 + 1;
    }
    picks
}

/// The scenarios that a picture shows, the largest first: the picked ones and the largest others, `most` in
/// all. Up to four scenarios are in their own order.
///
/// ```
/// use ssim_viz::seen;
/// assert_eq!(seen(&[3, 9, 1], [0; 4], 2), [0, 1, 2]);
/// assert_eq!(seen(&[3, 9, 1, 7, 8], [3, 0, 0, 0], 3), [1, 4, 2]);
/// ```
pub fn seen(sizes: &[u64], picks: Picks, most: usize) -> Vec<usize> {
    if sizes.len() <= COLOURED {
        return (0..sizes.len()).collect();
    }
    let picked = |k: &usize| picks.iter().any(|p| usize::from(*p) == k + 1);
    let order = by_size(sizes);
    let mut free = most.saturating_sub(order.iter().filter(|k| picked(k)).count());
    let mut seen = Vec::new();
    for k in order {
        let own = picked(&k);
        if own || free > 0 {
            free -= usize::from(!own);
            seen.push(k);
        }
    }
    seen
}

/// The class of each of `k` scenarios `[K]`: the place of its colour in `picks`, or [`OTHER`]. Up to
/// four scenarios have their own place, whatever is picked.
///
/// ```
/// use ssim_viz::{OTHER, classes, largest};
/// assert_eq!(classes(2, largest(&[3, 9])), [0, 1]);
/// assert_eq!(classes(5, largest(&[3, 9, 1, 7, 8])), [3, 0, OTHER, 2, 1]);
/// ```
pub fn classes(k: usize, picks: Picks) -> Vec<u8> {
    let class = |k: usize| picks.iter().position(|p| usize::from(*p) == k + 1);
    let all = 0..k;
    match k {
        0..=COLOURED => all.map(|k| k as u8).collect(),
        _ => all.map(|k| class(k).map_or(OTHER, |c| c as u8)).collect(),
    }
}

/// The picks after a scenario (by its number from 1) was picked, or let go if it was picked. If no
/// colour is free, it takes the last one.
///
/// ```
/// use ssim_viz::toggled;
/// assert_eq!(toggled([4, 2, 9, 1], 9), [4, 2, 0, 1]);
/// assert_eq!(toggled([4, 2, 0, 1], 7), [4, 2, 7, 1]);
/// assert_eq!(toggled([4, 2, 9, 1], 7), [4, 2, 9, 7]);
/// ```
pub fn toggled(mut picks: Picks, scenario: u16) -> Picks {
    let place = |of: u16| picks.iter().position(|p| *p == of);
    match place(scenario) {
        Some(place) => picks[place] = 0,
        None => picks[place(0).unwrap_or(COLOURED - 1)] = scenario,
    }
    picks
}
