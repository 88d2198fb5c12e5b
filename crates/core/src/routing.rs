//! Routing says which tower sees which row of a batch.

/// For every tower the rows of the batch that it sees: first the private rows of its scenario, then
/// the shared rows.
///
/// A pair of row and tower that is left out has loss weight 0. So leaving it out saves time and
/// does not change the result.
///
/// ```
/// use ssim_core::routing::Routing;
/// let r = Routing::new(2, &[0, 1, 0], &[false, false, true]);
/// assert_eq!(r.tower(0), [0, 2]); // its own row 0, and the shared row 2
/// assert_eq!(r.tower(1), [1, 2]);
/// assert_eq!(r.shared(), [2]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Routing {
    towers: Vec<Vec<u32>>,
    shared: Vec<u32>,
}

impl Routing {
    /// Routes row `i` to the tower of its scenario, or to all towers if `shared[i]`.
    pub fn new(towers: usize, scenarios: &[u16], shared: &[bool]) -> Self {
        let mut seen = vec![Vec::new(); towers];
        let mut all = Vec::new();
        for (i, (scenario, everywhere)) in (0u32..).zip(scenarios.iter().zip(shared)) {
            if *everywhere {
                all.push(i);
            } else {
                // A model with a single tower uses it for every scenario.
                seen[usize::from(*scenario).min(towers - 1)].push(i);
            }
        }
        seen.iter_mut().for_each(|rows| rows.extend_from_slice(&all));
        Self { towers: seen, shared: all }
    }

    /// Routes every row only to the tower of its scenario, as models do when they predict.
    pub fn own(towers: usize, scenarios: &[u16]) -> Self {
        Self::new(towers, scenarios, &vec![false; scenarios.len()])
    }

    /// Number of towers.
    pub fn towers(&self) -> usize {
        self.towers.len()
    }

    /// The rows of the batch that tower `k` sees.
    pub fn tower(&self, k: usize) -> &[u32] {
        &self.towers[k]
    }

    /// The rows of the batch that all towers see.
    pub fn shared(&self) -> &[u32] {
        &self.shared
    }
}
