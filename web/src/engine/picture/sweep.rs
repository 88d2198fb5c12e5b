//! A chart of a metric by share ratio, for every list: the measured ratios, with lines between
//! them.

use crate::engine::Engine;
use ssim_core::metric::Metric;
use ssim_figure::methods::named;
use ssim_viz::{Dot, Policy, SweepChart};

impl Engine {
    /// The chart for the test rows of scenario `of`, or for all test rows, with a line at `ratio`.
    pub(super) fn sweep(
        &self,
        metric: Metric,
        of: Option<usize>,
        ratio: Option<f64>,
    ) -> SweepChart {
        let (measured, names) = (&self.results.measured, self.scenario_names());
        let policies = measured.methods().into_iter().map(|method| {
            let dots = measured.ratios(method).into_iter().filter_map(|ratio| {
                let mean = measured.mean(method, ratio, metric, of)?;
                Some(Dot {
                    ratio,
                    mean: mean.mean,
                    interval: mean.interval,
                    seeds: mean.seeds.len() as u32,
                })
            });
            Policy { name: named(method), dots: dots.collect() }
        });
        let rows = of
            .and_then(|k| names.get(k))
            .map_or("all test rows".to_owned(), |n| format!("test rows of {n}"));
        SweepChart {
            title: format!("{} at every share ratio, {rows}", metric.label()),
            note: format!(
                "Whiskers: 95 % interval over {} seeds. 0 % is training without sharing (mt), 100 % sharing everything (mt-s).",
                measured.seeds()
            ),
            metric: metric.label().into(),
            policies: policies.collect(),
            ratio,
        }
    }
}
