//! Compares lists with the planted truth, and with the lists of other seeds.

use serde::Serialize;
use ssim_core::look::list_statistics::Agreement;
use ssim_core::look::statistics::{jaccard, mean};
use ssim_core::metric::auc;
use ssim_data::list::SharedList;

/// Agreement of a list with the planted truth, on train rows.
#[derive(Clone, Serialize)]
pub struct Truth {
    /// Part of the listed rows that is planted as shared.
    pub precision: f64,
    /// Part of the rows planted as shared that is on the list.
    pub recall: f64,
    /// Part of all rows that is planted as shared; a random list has this precision.
    pub base_rate: f64,
    /// Part of all rows that is on the list; a random list has this recall.
    pub list_rate: f64,
    /// AUC of the raw scores, which should rank planted rows above others; 0.5 is chance.
    pub score_auc: Option<f64>,
}

impl Truth {
    /// Compares a list with the planted rows `[n]`.
    pub fn new(planted: &[bool], list: &SharedList) -> Self {
        let n = planted.len().max(1) as f64;
        let agreement = Agreement::new(&list.shared, planted);
        let labels: Vec<u8> = planted.iter().map(|p| u8::from(*p)).collect();
        Self {
            precision: agreement.precision(),
            recall: agreement.recall(),
            base_rate: agreement.planted as f64 / n,
            list_rate: agreement.listed as f64 / n,
            score_auc: auc(&list.scores, &labels),
        }
    }
}

/// Agreement of the lists of several seeds.
#[derive(Clone, Serialize)]
pub struct Stability {
    /// Mean of |A ∩ B| / |A ∪ B| over all pairs of seeds; not defined for one seed.
    pub jaccard: Option<f64>,
    /// Expected value for random lists of the same length: r / (2 − r), if they list a part r.
    pub random: f64,
    /// Agreement with the planted truth, a value per seed; empty if the truth is unknown.
    pub truth: Vec<Truth>,
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
                .map(|p| lists.iter().map(|l| Truth::new(p, l)).collect())
                .unwrap_or_default(),
        }
    }

    /// Gives the mean over seeds of one number of the truth.
    pub fn mean(&self, number: fn(&Truth) -> f64) -> Option<f64> {
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
