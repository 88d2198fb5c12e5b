//! Judges candidates by their predictions for the judging rows.
//!
//! A candidate's quality is its AUC, mean over scenarios and seeds. Its distance from the best candidate has a
//! standard error, over draws of the rows and over seeds. A candidate within one standard error of the
//! best counts as equally good (Breiman, Friedman, Olshen and Stone, *Classification and Regression
//! Trees*, 1984, section 3.4.3).

use ssim_core::delong::AucDifference;
use ssim_core::instances::Instances;
use ssim_core::look::likeness::{by_scenario, places};

/// The logits `[S][n]` that the fits of S seeds give the judging rows.
pub type Fits = Vec<Vec<f32>>;

/// A candidate beside the best one.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Place of the candidate among those that were judged.
    pub candidate: usize,
    /// Its AUC minus that of the best; `None` where no scenario has clicks and other rows.
    pub behind: Option<AucDifference>,
}

impl Judged {
    /// Whether the candidate is within one standard error of the best.
    pub fn is_close(&self) -> bool {
        self.behind.as_ref().is_none_or(|behind| -behind.difference() <= behind.error())
    }
}

/// Judges candidates on the judging rows; gives them in their own order.
pub fn judge(candidates: &[Fits], rows: &Instances, scenarios: usize) -> Vec<Judged> {
    let places = places(&rows.scenarios, scenarios);
    let difference = |a: &Fits, b: &Fits| {
        let contrasts = by_scenario(a, b, &rows.labels, &places);
        let parts: Vec<_> = contrasts.iter().flatten().map(|c| (1.0, &c.auc)).collect();
        AucDifference::mean(&parts)
    };
    let first = candidates.first();
    let auc = |fits: &Fits| Some(difference(fits, first?)?.first);
    let auc = |fits: &Fits| auc(fits).unwrap_or(f64::NEG_INFINITY);
    let aucs: Vec<f64> = candidates.iter().map(auc).collect();
    // The first of the best, so that ties go to the simpler one.
    let best = (0..aucs.len()).rev().max_by(|a, b| aucs[*a].total_cmp(&aucs[*b]));
    let judged = candidates.iter().enumerate().map(|(candidate, fits)| Judged {
        candidate,
        behind: best.and_then(|best| difference(fits, &candidates[best])),
    });
    judged.collect()
}

/// The better half of the candidates, in their own order.
pub fn better_half(judged: &[Judged]) -> Vec<&Judged> {
    let distance = |j: &Judged| j.behind.as_ref().map_or(0.0, |behind| -behind.difference());
    let mut better: Vec<&Judged> = judged.iter().collect();
    better.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    better.truncate(judged.len().div_ceil(2));
    better.sort_by_key(|j| j.candidate);
    better
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_core::rng::Stream;

    /// Those of the better half that are close to the best.
    fn stay(judged: &[Judged]) -> Vec<usize> {
        let close = better_half(judged).into_iter().filter(|j| j.is_close());
        close.map(|j| j.candidate).collect()
    }

    /// Two scenarios, and three candidates whose logits hold the label with more and more noise.
    fn example(noise: [f64; 3]) -> (Vec<Fits>, Instances) {
        let mut stream = Stream::new(1, "race", &[]);
        let n = 2000;
        let mut val = Instances { fields: 1, ..Instances::default() };
        for i in 0..n {
            val.ids.push(0);
            val.labels.push(u8::from(stream.unit() < 0.4));
            val.scenarios.push((i % 2) as u16);
            val.rows.push(i);
        }
        let fits = noise.map(|noise| {
            let fit = |_| {
                let logit = |y: &u8| (f64::from(*y) + noise * (stream.unit() - 0.5)) as f32;
                val.labels.iter().map(logit).collect()
            };
            (0..2).map(fit).collect()
        });
        (fits.into(), val)
    }

    #[test]
    fn the_clearly_best_wins_alone() {
        let (fits, val) = example([4.0, 2.0, 6.0]);
        let judged = judge(&fits, &val, 2);
        assert_eq!(stay(&judged), [1]);
        let better: Vec<_> = better_half(&judged).iter().map(|j| j.candidate).collect();
        assert_eq!(better, [0, 1]);
        let behind = judged[0].behind.as_ref().unwrap();
        assert!(behind.difference() < -0.02 && behind.error() < 0.02, "{behind:?}");
    }

    #[test]
    fn of_equals_the_first_wins_and_half_stays() {
        let (mut fits, val) = example([3.0, 3.0, 3.0]);
        fits[2] = fits[1].clone();
        fits[0] = fits[1].clone();
        let judged = judge(&fits, &val, 2);
        assert_eq!(stay(&judged), [0, 1]);
        assert!(judged[0].is_close());
    }

    #[test]
    fn rows_without_clicks_tell_nothing_and_the_first_wins() {
        let (fits, mut val) = example([3.0, 2.0, 1.0]);
        val.labels.fill(0);
        let judged = judge(&fits, &val, 2);
        assert!(judged.iter().all(|j| j.behind.is_none()));
        assert!(judged[0].is_close());
    }
}
