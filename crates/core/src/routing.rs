//! Which tower sees which row of a batch.

/// For every tower the batch rows it sees: first those it alone sees, then the shared ones.
///
/// Pairs that are left out have loss weight 0, so leaving them out changes nothing but the time.
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
    /// Routes row `i` to its own tower, or to all towers where `shared[i]`.
    pub fn new(towers: usize, scenarios: &[u16], shared: &[bool]) -> Self {
        let mut seen = vec![Vec::new(); towers];
        let mut all = Vec::new();
        for (i, (scenario, everywhere)) in (0u32..).zip(scenarios.iter().zip(shared)) {
            if *everywhere {
                all.push(i);
            } else {
                // One tower serves every scenario where there is only one.
                seen[usize::from(*scenario).min(towers - 1)].push(i);
            }
        }
        seen.iter_mut().for_each(|rows| rows.extend_from_slice(&all));
        Self { towers: seen, shared: all }
    }

    /// Every row to its own tower only: how models predict.
    pub fn own(towers: usize, scenarios: &[u16]) -> Self {
        Self::new(towers, scenarios, &vec![false; scenarios.len()])
    }

    /// Number of towers.
    pub fn towers(&self) -> usize {
        self.towers.len()
    }

    /// Batch rows of tower `k`.
    pub fn tower(&self, k: usize) -> &[u32] {
        &self.towers[k]
    }

    /// Batch rows that all towers see.
    pub fn shared(&self) -> &[u32] {
        &self.shared
    }
}
