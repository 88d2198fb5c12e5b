//! What a reader can change in a picture, as data: whoever shows it makes a form of it.

use crate::measured::{Metric, metric_label};
use crate::state::{Number, State, View};
use crate::{Figures, scenario};
use serde::Serialize;

/// One choice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PictureControl {
    /// Its key in a [`State`].
    pub key: String,
    /// What it is called.
    pub label: String,
    /// What is chosen.
    pub value: String,
    /// From what.
    #[serde(flatten)]
    pub kind: ControlKind,
}

/// What a choice is made from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ControlKind {
    /// A number: least, most and step.
    Range([f64; 3]),
    /// Values and what they are called.
    Options(Vec<(String, String)>),
}

/// Longer menus are not read: of a field's values the most frequent come first.
const MOST: usize = 40;

impl Figures {
    /// The choices that the picture depends on.
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
            View::Map | View::Shares | View::Matrix => ratio().into_iter().collect(),
            View::Metrics => {
                let known =
                    Metric::ALL.iter().filter(|m| **m != Metric::TrueAuc || self.is_synthetic());
                let options = known.map(|m| (m.name(), metric_label(*m))).collect();
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

    fn ratio_control(&self, state: &State) -> PictureControl {
        PictureControl {
            key: "ratio".into(),
            label: "Share ratio".into(),
            value: self.ratio(state).to_string(),
            kind: ControlKind::Range([0.0, 1.0, 0.01]),
        }
    }

    /// The row, and a menu for every field.
    fn row_controls(&self, state: &State) -> Vec<PictureControl> {
        let schema = &self.artifact.header.schema;
        let row = PictureControl {
            key: "row".into(),
            label: "Row of the file".into(),
            value: state.row.to_string(),
            kind: ControlKind::Range([0.0, self.sample.len().saturating_sub(1) as f64, 1.0]),
        };
        let now = self.ids(state);
        let field = |(i, id): (usize, u32)| {
            let values = schema.fields[i].vocabulary.values();
            let name = |id: u32| match values.get(id as usize) {
                Some(value) if Some(i) == self.artifact.header.scenario_field() => scenario(value),
                Some(value) => value.clone(),
                None => "unseen".to_owned(),
            };
            let mut ids: Vec<u32> = (0..values.len().min(MOST) as u32).collect();
            ids.extend([id, values.len() as u32]);
            ids.sort_unstable();
            ids.dedup();
            PictureControl {
                key: format!("field.{i}"),
                label: schema.fields[i].name.clone(),
                value: id.to_string(),
                kind: ControlKind::Options(
                    ids.into_iter().map(|id| (id.to_string(), name(id))).collect(),
                ),
            }
        };
        [row].into_iter().chain(now.into_iter().enumerate().map(field)).collect()
    }
}

/// What a curve is called.
pub fn label(number: Number) -> &'static str {
    match number {
        Number::Loss => "loss",
        Number::Shared => "part of the batch that is shared",
        Number::Temperature => "temperature of the mask",
        Number::ValAuc => "AUC on validation rows",
    }
}
