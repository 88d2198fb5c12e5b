//! Compares lists with the planted truth, and with the lists of other seeds.

use serde::Serialize;
use ssim_core::artifact::record::ListTruth;
use ssim_core::look::statistics::{jaccard, mean};
use ssim_data::list::SharedList;

/// Agreement of the lists of several seeds.
#[derive(Clone, Serialize)]
pub struct Stability {
    /// Mean of |A ∩ B| / |A ∪ B| over all pairs of seeds; not defined for one seed.
    pub jaccard: Option<f64>,
    /// Expected value for random lists of the same length: r / (2 − r), if they list a part r.
    pub random: f64,
    /// Agreement with the planted truth, a value per seed; empty if the truth is unknown.
    pub truth: Vec<ListTruth>,
}

impl Stability {
    /// Compares the lists of the seeds with each other, and with the planted rows `[n]`.
    pub fn new(lists: &[SharedList], planted: Option<&[bool]>) -> Self {
        let pairs = lists.iter().enumerate().flat_map(|(i, a)| {
            lists[..i].iter().filter_map(move |b| jaccard(&a.shared, &b.shared))
        });
        let rates = lists
            .iter()
            .map(|l| l.shared.iter().filter(|b| **b).count() as f64 / l.shared.len().max(1) as f64);
        let r = mean(&rates.collect::<Vec<_>>()).unwrap_or(0.0);
        Self {
            jaccard: mean(&pairs.collect::<Vec<_>>()),
            random: r / (2.0 - r),
            truth: planted
                .map(|p| lists.iter().map(|l| ListTruth::new(p, &l.shared, &l.scores)).collect())
                .unwrap_or_default(),
        }
    }

    /// Gives the mean over seeds of one number of the truth.
    pub fn mean(&self, number: fn(&ListTruth) -> f64) -> Option<f64> {
        mean(&self.truth.iter().map(number).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(shared: [bool; 4]) -> SharedList {
        SharedList { shared: shared.to_vec(), scores: vec![0.0; 4], ..SharedList::default() }
    }

    #[test]
    fn lists_are_compared_in_pairs() {
        let lists = [
            list([true, true, false, false]),
            list([true, false, true, false]),
            list([true, true, false, false]),
        ];
        let found = Stability::new(&lists, Some(&[true, false, false, false]));
        // 1/3, 1 and 1/3; a random half has 0.5 / 1.5.
        assert!((found.jaccard.unwrap() - 5.0 / 9.0).abs() < 1e-12);
        assert!((found.random - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((found.mean(|t| t.precision), found.mean(|t| t.recall)), (Some(0.5), Some(1.0)));
        assert_eq!(found.truth[0].base_rate, 0.25);
        let alone = Stability::new(&lists[..1], None);
        assert_eq!((alone.jaccard, alone.mean(|t| t.recall)), (None, None));
    }
}
