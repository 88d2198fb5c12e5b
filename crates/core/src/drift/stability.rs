//! The population stability index of two counts of the same groups.

use serde::Serialize;

/// A population stability index, and the value to expect of it without any change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StabilityIndex {
    /// The index: 0 for equal shares. Customarily a change below 0.1 is small and above 0.25 large (Siddiqi, "Credit
    /// risk scorecards", 2006).
    pub psi: f64,
    /// The mean of the index over two draws of so many rows from the same rows.
    pub by_chance: f64,
}

impl StabilityIndex {
    /// Whether the index is above its value by chance by more than 0.25.
    pub fn is_large(self) -> bool {
        self.psi - self.by_chance > 0.25
    }
}

/// The population stability index `Σ (q − p) ln(q / p)` of the groups' shares `p` before and `q` now, which is the
/// divergence of Jeffreys (1946). Counts are `[B]` each. Half a row is added to each count, so that an empty group
/// gives no infinite number. Groups without a row on either side are left out.
///
/// Without any change the index of `B` groups has a mean of `(B − 1)(1 / n + 1 / m)` for `n` and `m` rows, because
/// it then follows a χ² distribution (Yurdakul and Naranjo, "Statistical properties of the population stability
/// index", Journal of Risk Model Validation, 2020). `None` where one side has no row.
///
/// ```
/// use ssim_core::drift::stability;
/// assert_eq!(stability(&[30, 10, 0], &[30, 10, 0]).unwrap().psi, 0.0);
/// let moved = stability(&[30, 10], &[10, 30]).unwrap();
/// assert!((moved.psi - 40.0 / 41.0 * (30.5f64 / 10.5).ln()).abs() < 1e-12);
/// assert!((moved.by_chance - 2.0 / 40.0).abs() < 1e-12);
/// ```
pub fn stability(before: &[u64], now: &[u64]) -> Option<StabilityIndex> {
    let groups: Vec<[f64; 2]> = before
        .iter()
        .zip(now)
        .filter(|(before, now)| **before + **now > 0)
        .map(|(before, now)| [*before, *now].map(|rows| rows as f64))
        .collect();
    let rows = [0, 1].map(|side| groups.iter().map(|group| group[side]).sum::<f64>());
    if rows.contains(&0.0) {
        return None;
    }
    let added = groups.len() as f64 / 2.0;
    let share = |group: &[f64; 2], side: usize| (group[side] + 0.5) / (rows[side] + added);
    let of = |group: &[f64; 2]| {
        let [p, q] = [0, 1].map(|side| share(group, side));
        (q - p) * (q / p).ln()
    };
    Some(StabilityIndex {
        psi: groups.iter().map(of).sum(),
        by_chance: (groups.len() as f64 - 1.0) * (1.0 / rows[0] + 1.0 / rows[1]),
    })
}
