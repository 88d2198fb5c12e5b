//! Rows for the towers that score them. A row of a scenario that the model knows goes to one tower, and a
//! row of another scenario goes to all of them.

use ssim_core::instances::Instances;
use std::borrow::Cow;
use std::ops::Range;

/// The rows, each as often as towers score it.
pub struct TowerRows<'a> {
    /// The rows with the scenarios of their towers. A row's copies stand beside each other.
    pub rows: Cow<'a, Instances>,
    /// For each row, the places of its copies.
    copies: Vec<Range<usize>>,
}

impl<'a> TowerRows<'a> {
    /// Copies the rows whose scenario is none of these many.
    pub fn new(rows: &'a Instances, scenarios: usize) -> Self {
        let mut copies = Vec::with_capacity(rows.len());
        let (mut places, mut towers) = (Vec::new(), Vec::new());
        for (row, scenario) in (0u32..).zip(&rows.scenarios) {
            let of = match usize::from(*scenario) < scenarios {
                true => *scenario..*scenario + 1,
                false => 0..scenarios as u16,
            };
            copies.push(towers.len()..towers.len() + of.len());
            places.extend(of.clone().map(|_| row));
            towers.extend(of);
        }
        let rows = match towers == rows.scenarios {
            true => Cow::Borrowed(rows),
            false => Cow::Owned(Instances { scenarios: towers, ..rows.pick(&places) }),
        };
        Self { rows, copies }
    }

    /// The mean of each row's values.
    pub fn means(&self, values: Vec<f32>) -> Vec<f32> {
        let mean = |of: &Range<usize>| {
            let sum: f64 = values[of.clone()].iter().copied().map(f64::from).sum();
            (sum / of.len() as f64) as f32
        };
        self.copies.iter().map(mean).collect()
    }

    /// The value of each row that has one.
    pub fn singles(&self, values: &[f32]) -> Vec<Option<f32>> {
        self.copies.iter().map(|of| (of.len() == 1).then(|| values[of.start])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::TowerRows;
    use ssim_core::instances::Instances;
    use std::borrow::Cow;

    fn rows(scenarios: &[u16]) -> Instances {
        let n = scenarios.len();
        Instances {
            fields: 1,
            ids: (0..n as u32).collect(),
            labels: vec![0; n],
            scenarios: scenarios.to_vec(),
            rows: (10..10 + n as u64).collect(),
            ..Instances::default()
        }
    }

    #[test]
    fn an_unknown_scenario_goes_to_all_towers() {
        let log = rows(&[1, 3, 0, 3]);
        let all = TowerRows::new(&log, 3);
        assert_eq!(all.rows.scenarios, [1, 0, 1, 2, 0, 0, 1, 2]);
        assert_eq!(all.rows.ids, [0, 1, 1, 1, 2, 3, 3, 3]);
        assert_eq!(all.means(vec![1.0, 2.0, 3.0, 7.0, 5.0, 0.0, 0.0, 3.0]), [1.0, 4.0, 5.0, 1.0]);
        let values: Vec<f32> = (0..8).map(|n| n as f32).collect();
        assert_eq!(all.singles(&values), [Some(0.0), None, Some(4.0), None]);
    }

    #[test]
    fn known_scenarios_are_not_copied() {
        let log = rows(&[1, 2, 0]);
        assert!(matches!(TowerRows::new(&log, 3).rows, Cow::Borrowed(_)));
    }
}
