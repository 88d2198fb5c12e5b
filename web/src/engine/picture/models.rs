//! The ranking and the calibration of one model on the file's sample.

use crate::engine::{Engine, Quality};
use crate::protocol::ModelWanted;
use crate::text::scenario;
use ssim_viz::{Bin, Calibration, Look, Reliability, Roc, RocCurve, classes, count};

impl Engine {
    pub(super) fn ranking(&self, wanted: ModelWanted, look: &Look) -> String {
        self.of_model(wanted, |quality, note, classes| roc(quality, note, classes).svg(look))
    }

    pub(super) fn calibration(&self, wanted: ModelWanted, look: &Look) -> String {
        self.of_model(wanted, |quality, note, classes| {
            calibration(quality, note, classes).svg(look)
        })
    }

    fn of_model(
        &self,
        wanted: ModelWanted,
        draw: impl FnOnce(&Quality, &str, &[u8]) -> String,
    ) -> String {
        let Some(quality) = self.quality(wanted.model) else { return String::new() };
        let note = format!("On the {} rows of the file.", count(self.overview.rows as u64));
        draw(&quality, &note, &classes(self.overview.scenarios.len(), wanted.picks))
    }
}

fn roc(quality: &Quality, note: &str, classes: &[u8]) -> Roc {
    let curves = quality.scenarios.iter().zip(classes).map(|(s, class)| RocCurve {
        name: scenario(&s.name),
        class: *class,
        auc: s.auc,
        points: s.roc.clone(),
    });
    Roc { title: "Ranking".into(), note: note.into(), curves: curves.collect() }
}

fn calibration(quality: &Quality, note: &str, classes: &[u8]) -> Calibration {
    let series = quality.scenarios.iter().zip(classes).map(|(s, class)| Reliability {
        name: scenario(&s.name),
        class: *class,
        bins: (s.bins.iter())
            .map(|(prediction, rate, instances)| Bin {
                prediction: *prediction,
                rate: *rate,
                instances: *instances,
            })
            .collect(),
    });
    Calibration { title: "Calibration".into(), note: note.into(), series: series.collect() }
}
