//! The measurements of a sweep: quality at some share ratios, over seeds. A value between two measured
//! ratios is interpolated, and says so.

use crate::tested::Tested;
use serde::{Deserialize, Serialize};
use ssim_core::look::statistics::{Paired, interval, mean, paired};
use ssim_core::method::Role;
use ssim_core::metric::Metric;
use ssim_viz::rising;

/// One run of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The method that made the list.
    pub method: String,
    /// Share of rows on it.
    pub ratio: f64,
    /// Seed of everything random.
    pub seed: u64,
    /// Quality on all test rows.
    pub test: Tested,
}

/// All points of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured(pub Vec<Point>);

/// A mean over seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// 95 % interval of it; none with one seed.
    pub interval: Option<(f64, f64)>,
    /// The seeds' values.
    pub seeds: Vec<f64>,
}

/// A value at a ratio, and whether it was measured there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At {
    /// The value.
    pub value: f64,
    /// Otherwise it lies on a straight line between two that were.
    pub measured: bool,
}

/// Ratios that differ by less count as equal, since a list of ⌊n·ratio⌋ rows is a little shorter than it
/// was asked to be.
const SAME: f64 = 0.005;

/// Whether a method shares nothing or everything: lists of all ratios have these two ends in common.
fn is_end(method: &str) -> bool {
    Role::of(method).ratio().is_some()
}

impl Measured {
    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of runs.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Methods between both ends, in the order of their first points.
    pub fn methods(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for point in &self.0 {
            if !is_end(&point.method) && !names.contains(&point.method.as_str()) {
                names.push(&point.method);
            }
        }
        names
    }

    /// Measured ratios of a method with both ends, rising.
    pub fn ratios(&self, method: &str) -> Vec<f64> {
        let all: Vec<f64> = self.of(method).map(|p| p.ratio).collect();
        let order = rising(all.len(), &|i| all[i]);
        let mut ratios: Vec<f64> = order.into_iter().map(|i| all[i]).collect();
        ratios.dedup_by(|a, b| (*a - *b).abs() < SAME);
        ratios
    }

    /// How many seeds every point has at most.
    pub fn seeds(&self) -> usize {
        let new = |(i, p): &(usize, &Point)| self.0[..*i].iter().all(|q| q.seed != p.seed);
        self.0.iter().enumerate().filter(new).count()
    }

    /// A method's value at a measured ratio; `scenario` is a place, or all rows.
    pub fn mean(
        &self,
        method: &str,
        ratio: f64,
        metric: Metric,
        scenario: Option<usize>,
    ) -> Option<Mean> {
        let values = self.values(method, ratio, metric, scenario);
        summary(values.into_iter().map(|v| v.1).collect())
    }

    /// A method's value at any ratio.
    pub fn at(
        &self,
        method: &str,
        ratio: f64,
        metric: Metric,
        scenario: Option<usize>,
    ) -> Option<At> {
        let ratios = self.ratios(method);
        let value = |r: f64| {
            let values = self.values(method, r, metric, scenario);
            mean(&values.into_iter().map(|v| v.1).collect::<Vec<_>>())
        };
        if let Some(r) = ratios.iter().find(|r| (**r - ratio).abs() < SAME) {
            return Some(At { value: value(*r)?, measured: true });
        }
        let above = ratios.iter().position(|r| *r > ratio).filter(|i| *i > 0)?;
        let (a, b) = (ratios[above - 1], ratios[above]);
        let part = (ratio - a) / (b - a);
        Some(At { value: value(a)? * (1.0 - part) + value(b)? * part, measured: false })
    }

    /// Two methods compared over the seeds that both have.
    pub fn paired(
        &self,
        a: (&str, f64),
        b: (&str, f64),
        metric: Metric,
        scenario: Option<usize>,
    ) -> Option<(Paired, Option<(f64, f64)>)> {
        let (a, b) =
            (self.values(a.0, a.1, metric, scenario), self.values(b.0, b.1, metric, scenario));
        let both = a.iter().filter_map(|(seed, x)| Some((*x, b.iter().find(|y| y.0 == *seed)?.1)));
        let (x, y): (Vec<f64>, Vec<f64>) = both.unzip();
        let differences: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - y).collect();
        Some((paired(&x, &y)?, interval(&differences)))
    }

    /// The points of a method. The ends belong to every method between them.
    fn of<'a>(&'a self, method: &'a str) -> impl Iterator<Item = &'a Point> {
        let between = !is_end(method);
        self.0.iter().filter(move |p| p.method == method || between && is_end(&p.method))
    }

    fn values(
        &self,
        method: &str,
        ratio: f64,
        metric: Metric,
        scenario: Option<usize>,
    ) -> Vec<(u64, f64)> {
        let here = self.of(method).filter(|p| (p.ratio - ratio).abs() < SAME);
        here.filter_map(|p| {
            let metrics = match scenario {
                None => &p.test.all,
                Some(k) => &p.test.scenarios.get(k)?.1,
            };
            Some((p.seed, metrics.get(metric)?))
        })
        .collect()
    }
}

fn summary(seeds: Vec<f64>) -> Option<Mean> {
    let mean = mean(&seeds)?;
    let interval = interval(&seeds);
    Some(Mean { mean, interval, seeds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tested::Measures;
    use ssim_core::method::Method;

    fn measured() -> Measured {
        let point = |method: Method, ratio: f64, seed: u64, auc: f64| {
            let all = Measures { values: vec![Some(auc)], ..Measures::default() };
            let test = Tested { scenarios: vec![("1".into(), all.clone())], mean_auc: None, all };
            Point { method: method.name().into(), ratio, seed, test }
        };
        Measured(vec![
            point(Method::Mt, 0.0, 1, 0.6),
            point(Method::Mt, 0.0, 2, 0.62),
            point(Method::Ssim, 0.5, 1, 0.7),
            point(Method::Ssim, 0.5, 2, 0.74),
            point(Method::MtS, 1.0, 1, 0.5),
            point(Method::MtS, 1.0, 2, 0.5),
        ])
    }

    #[test]
    fn between_measured_ratios_lies_a_line() {
        let measured = measured();
        assert_eq!(measured.methods(), [Method::Ssim.name()]);
        assert_eq!(measured.ratios(Method::Ssim.name()), [0.0, 0.5, 1.0]);
        let at = |ratio| measured.at(Method::Ssim.name(), ratio, Metric::AUC, Some(0)).unwrap();
        assert_eq!(at(0.5), At { value: 0.72, measured: true });
        let between = at(0.25);
        assert!((between.value - 0.665).abs() < 1e-12 && !between.measured);
        assert!((at(0.0).value - 0.61).abs() < 1e-12 && at(0.0).measured);
        assert!(measured.at("planted", 0.5, Metric::TRUE_AUC, None).is_none());
    }

    #[test]
    fn seeds_are_compared_in_pairs() {
        let measured = measured();
        let (test, interval) = measured
            .paired((Method::Ssim.name(), 0.5), (Method::Mt.name(), 0.0), Metric::AUC, None)
            .unwrap();
        assert!((test.difference - 0.11).abs() < 1e-12);
        // Differences of 0.10 and 0.12: t(1, .975) = 12.706 times 0.01.
        let (low, high) = interval.unwrap();
        assert!((low - (0.11 - 0.12706)).abs() < 1e-4 && (high - (0.11 + 0.12706)).abs() < 1e-4);
        let mean = measured.mean(Method::Mt.name(), 0.0, Metric::AUC, None).unwrap();
        assert_eq!(mean.seeds, [0.6, 0.62]);
    }
}
