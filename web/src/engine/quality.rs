//! How predictions rank, and whether they mean what they say.

use super::Engine;
use ssim_core::look::order;
use ssim_core::metric::auc;
use ssim_core::model::sigmoid;

/// The quality of a model on the sample.
pub struct Quality {
    /// One entry per scenario.
    pub scenarios: Vec<Ranked>,
}

/// Ranking and calibration of the predictions on one scenario's rows.
pub struct Ranked {
    /// The scenario's name.
    pub name: String,
    /// Area under the ROC curve; `None` where it is not defined.
    pub auc: Option<f64>,
    /// The points of the ROC curve: false positive rate, true positive rate.
    pub roc: Vec<(f64, f64)>,
    /// Ten equally large bins: mean prediction, click rate, number of rows.
    pub bins: Vec<(f64, f64, u64)>,
}

const BINS: usize = 10;
/// Points of a curve that are nearer to each other are drawn as one.
const NEAR: f64 = 0.002;

impl Engine {
    /// ROC curves and calibration of a model of the overview; `None` where there are fewer.
    pub fn quality(&self, model: usize) -> Option<Quality> {
        let logits = self.own.get(model)?;
        let sample = &self.inspection.sample;
        let scenarios = self.overview.scenarios.iter().enumerate().map(|(k, scenario)| {
            let rows = (0..sample.len()).filter(|i| usize::from(sample.scenarios[*i]) == k);
            let (z, y): (Vec<f32>, Vec<u8>) = rows.map(|i| (logits[i], sample.labels[i])).unzip();
            Ranked {
                name: scenario.clone(),
                auc: auc(&z, &y),
                roc: roc(&z, &y),
                bins: bins(&z, &y),
            }
        });
        Some(Quality { scenarios: scenarios.collect() })
    }
}

fn sorted(z: &[f32]) -> Vec<usize> {
    order::sorted((0..z.len()).collect(), &|a, b| z[b].total_cmp(&z[a]))
}

/// From (0, 0) to (1, 1); rows of one score are one step.
fn roc(z: &[f32], y: &[u8]) -> Vec<(f64, f64)> {
    let clicks = y.iter().filter(|y| **y > 0).count() as f64;
    let others = y.len() as f64 - clicks;
    if clicks == 0.0 || others == 0.0 {
        return Vec::new();
    }
    let (mut hit, mut miss) = (0.0, 0.0);
    let mut points = vec![(0.0, 0.0)];
    for tied in sorted(z).chunk_by(|a, b| z[*a] == z[*b]) {
        let more = tied.iter().filter(|i| y[**i] > 0).count() as f64;
        hit += more;
        miss += tied.len() as f64 - more;
        points.push((miss / others, hit / clicks));
    }
    let mut last = (-1.0, 0.0);
    points.retain(|p| {
        let keep = (p.0 - last.0) + (p.1 - last.1) >= NEAR || *p == (1.0, 1.0);
        last = if keep { *p } else { last };
        keep
    });
    points
}

/// Bins with equally many rows, from the lowest prediction up.
fn bins(z: &[f32], y: &[u8]) -> Vec<(f64, f64, u64)> {
    let order = sorted(z);
    let size = order.len().div_ceil(BINS).max(1);
    let mut bins: Vec<_> = order
        .chunks(size)
        .map(|rows| {
            let n = rows.len() as f64;
            let prediction: f64 = rows.iter().map(|i| f64::from(sigmoid(z[*i]))).sum();
            let clicks = rows.iter().filter(|i| y[**i] > 0).count() as f64;
            (prediction / n, clicks / n, rows.len() as u64)
        })
        .collect();
    bins.reverse();
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_one_step_and_the_area_is_the_auc() {
        let (z, y) = ([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1]);
        let points = roc(&z, &y);
        assert_eq!(points, [(0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0)]);
        let area: f64 =
            points.windows(2).map(|p| (p[1].0 - p[0].0) * (p[0].1 + p[1].1) / 2.0).sum();
        assert_eq!(Some(area), auc(&z, &y));
        assert!(roc(&z, &[0; 4]).is_empty());
    }

    #[test]
    fn bins_are_equally_large() {
        let z: Vec<f32> = (0..25).map(|i| i as f32 / 10.0).collect();
        let y: Vec<u8> = (0..25).map(|i| u8::from(i > 12)).collect();
        let bins = bins(&z, &y);
        assert_eq!(bins.iter().map(|b| b.2).sum::<u64>(), 25);
        assert!(bins.windows(2).all(|b| b[0].0 < b[1].0));
        assert_eq!((bins[0].1, bins[bins.len() - 1].1), (0.0, 1.0));
    }
}
