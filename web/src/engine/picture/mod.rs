//! The pictures, the tables and the sentences about an open file. The page shows them as they are.

mod facts;
mod inside;
mod methods;
mod models;
mod results;
mod story;
mod sweep;
mod verdict;
mod worth;

use super::Engine;
use crate::protocol::{MethodsWanted, Picture};
pub use results::Results;
use ssim_core::method::Method;
use ssim_core::metric::Metric;
use ssim_figure::methods::{MethodLine, lines};
use ssim_viz::{CurveLine, Curves, Look};

impl Engine {
    /// Makes a picture or a table; it is empty where the file has no numbers for it.
    pub fn picture(&self, picture: Picture, look: &Look) -> String {
        match picture {
            Picture::Step { picture, picks } => self.step(picture, picks, look),
            Picture::Metrics(wanted) => self.metrics(&wanted).svg(look),
            Picture::Change(wanted) => self.change(&wanted).svg(look),
            Picture::Methods(wanted) => self.methods(&wanted),
            Picture::MethodsFile(wanted, form) => self.methods_file(&wanted, form),
            Picture::Ranking(wanted) => self.ranking(wanted, look),
            Picture::Calibration(wanted) => self.calibration(wanted, look),
            Picture::Sweep { metric, of, ratio } => self.sweep(named(&metric), of, ratio).svg(look),
            Picture::Worth { metric, sides, is_of_run } => {
                self.worth(named(&metric), &sides, is_of_run)
            }
            Picture::Inside => self.inside(),
            Picture::Curves { title, y, curves } => {
                let curves = curves.into_iter().map(|(name, points)| CurveLine { name, points });
                Curves { title, x: "step".into(), y, curves: curves.collect() }.svg(look)
            }
        }
    }

    /// Fills in the sentences of the overview.
    pub(super) fn tell(&mut self) {
        self.overview.facts = self.facts();
        self.overview.verdict = self.verdict();
        self.overview.story = self.story();
        self.overview.compared =
            self.results.has(Method::Mt.name()) && self.results.has(Method::Ssim.name());
    }

    /// The lines of the table of methods.
    fn lines(&self, wanted: &MethodsWanted) -> Vec<MethodLine> {
        let Results { runs, measured } = &self.results;
        lines(runs, measured, self.overview.scenarios.len(), wanted.ratio, named(&wanted.metric))
    }
}

/// The metric of this name, or the first one.
fn named(metric: &str) -> Metric {
    Metric::find(metric).unwrap_or_default()
}
