//! The choices that a reader has in a picture, as data from which a host builds a form.

use crate::state::{Number, State, View};
use crate::{Figures, scenario};
use serde::Serialize;
use ssim_core::metric::Metric;

/// One choice in a picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PictureControl {
    /// The choice's key in a [`State`].
    pub key: String,
    /// The label that the reader sees.
    pub label: String,
    /// The current value.
    pub value: String,
    /// The values that can be chosen.
    #[serde(flatten)]
    pub kind: ControlKind,
}

/// The values that can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ControlKind {
    /// A number, given by its minimum, its maximum and the step between them.
    Range([f64; 3]),
    /// Pairs of a value and its label.
    Options(Vec<(String, String)>),
}

/// The largest number of a field's values in a menu. Nobody reads longer menus, and a vocabulary
/// has the most frequent values first.
const MENU_VALUES: usize = 40;

impl Figures {
    /// The choices that the state's picture depends on.
    pub fn controls(&self, state: &State) -> Vec<PictureControl> {
        let ratio = || self.is_selected().then(|| self.ratio_control(state));
        let menu =
            |key: &str, label: &str, value: &str, options: Vec<(&str, &str)>| PictureControl {
                key: key.into(),
                label: label.into(),
                value: value.into(),
                kind: ControlKind::Options(
                    options.into_iter().map(|(v, l)| (v.to_owned(), l.to_owned())).collect(),
                ),
            };
        match state.view {
            View::Map if self.plane.is_some() => Vec::new(),
            View::Map | View::Shares | View::Matrix => ratio().into_iter().collect(),
            View::Metrics => {
                let known = Metric::known(self.is_synthetic());
                let options = known.map(|m| (m.name(), m.label())).collect();
                let metric = menu("metric", "Metric", state.metric.name(), options);
                [metric].into_iter().chain(ratio().filter(|_| self.is_swept())).collect()
            }
            View::Curves => {
                let known = Number::ALL.iter().filter(|n| self.has(**n));
                let options = known.map(|n| (n.name(), label(*n))).collect();
                vec![menu("curve", "Curve", state.curve.name(), options)]
            }
            View::WhatIf => self.row_controls(state),
        }
    }

    /// The choice of the share ratio.
    fn ratio_control(&self, state: &State) -> PictureControl {
        PictureControl {
            key: "ratio".into(),
            label: "Share ratio".into(),
            value: self.ratio(state).to_string(),
            kind: ControlKind::Range([0.0, 1.0, 0.01]),
        }
    }

    /// The choice of the row, and a menu for every field of it.
    fn row_controls(&self, state: &State) -> Vec<PictureControl> {
        let schema = &self.artifact.header.schema;
        let row = PictureControl {
            key: "row".into(),
            label: "Row of the file".into(),
            value: state.row.to_string(),
            kind: ControlKind::Range([0.0, self.sample.len().saturating_sub(1) as f64, 1.0]),
        };
        let mut controls = vec![row];
        for (i, id) in self.ids(state).into_iter().enumerate() {
            let values = schema.fields[i].vocabulary.values();
            let is_scenario = Some(i) == self.artifact.header.scenario_field();
            let mut ids: Vec<u32> = (0..values.len().min(MENU_VALUES) as u32).collect();
            // The row's own value may be a rare one; the id after the last value means an unseen
            // one.
            ids.extend([id, values.len() as u32]);
            ids.sort_unstable();
            ids.dedup();
            let mut options = Vec::new();
            for id in ids {
                let name = match values.get(id as usize) {
                    Some(value) if is_scenario => scenario(value),
                    Some(value) => value.clone(),
                    None => "unseen".to_owned(),
                };
                options.push((id.to_string(), name));
            }
            controls.push(PictureControl {
                key: format!("field.{i}"),
                label: schema.fields[i].name.clone(),
                value: id.to_string(),
                kind: ControlKind::Options(options),
            });
        }
        controls
    }
}

/// The label of a curve.
pub fn label(number: Number) -> &'static str {
    match number {
        Number::Loss => "loss",
        Number::Shared => "part of the batch that is shared",
        Number::Temperature => "temperature of the mask",
        Number::ValAuc => "AUC on validation rows",
    }
}
