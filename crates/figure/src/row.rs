//! The picture of one row of the file, unchanged or with some fields changed.

use crate::Figures;
use crate::state::State;
use candle_core::Device;
use ssim_core::error::{Error, Result};
use ssim_core::instances::Instances;
use ssim_core::look::inspect::Order;
use ssim_core::model::sigmoid;
use ssim_viz::{Gauge, Look, Tower, WhatIf};

/// The networks' outputs for one row.
struct Said {
    /// Share score; `None` without a selector.
    score: Option<f32>,
    /// Logits of all towers `[K]`.
    logits: Vec<f32>,
}

impl Figures {
    /// The picture of the state's row: its heading and the SVG.
    pub(crate) fn row(&self, state: &State, look: &Look) -> Result<(String, String)> {
        let at = self.place(state)?;
        let towers = self.artifact.header.model.towers;
        // The unchanged row is not predicted: the values in the file are the same on every host.
        let before = Said {
            score: self.scores.as_ref().map(|scores| scores[at]),
            logits: self.logits[at * towers..(at + 1) * towers].to_vec(),
        };
        let row = self.edited(state)?;
        let changed = row.ids != self.sample.ids_of(at);
        let now = if changed { Some(self.say(&row)?) } else { None };
        let own_tower = usize::from(row.scenarios[0]).min(towers - 1);
        let after = now.as_ref().unwrap_or(&before);
        let ctr = |said: &Said, k: usize| f64::from(sigmoid(said.logits[k]));
        let mut bars = Vec::new();
        for k in 0..towers {
            let name = match towers {
                1 => "all scenarios".to_owned(),
                _ => self.names.get(k).cloned().unwrap_or_default(),
            };
            let (now, before) = (ctr(after, k), ctr(&before, k));
            bars.push(Tower { name, now, before, own: k == own_tower });
        }
        let (pool, ratio) = (self.pool(state), self.ratio(state));
        let bar = self.orders().bar(Order::Score, pool, ratio, at, row.scenarios[0]);
        let fields = &self.artifact.header.schema.fields;
        let changes = state.edits.iter().filter_map(|(field, id)| {
            let field = fields.get(*field)?;
            let value = field.vocabulary.values().get(*id as usize);
            Some(format!("{} = {}", field.name, value.map_or("unseen", String::as_str)))
        });
        let changes = changes.collect::<Vec<_>>().join(", ");
        let chart = WhatIf {
            title: match changed {
                true => format!("What if row {} had {changes}?", self.sample.rows[at]),
                false => format!("What the networks say about row {}", self.sample.rows[at]),
            },
            note: String::new(),
            gauge: self.scores.as_ref().zip(after.score).map(|(scores, score)| Gauge {
                now: score.into(),
                before: before.score.unwrap_or(score).into(),
                range: scores.iter().fold((f64::MAX, f64::MIN), |(low, high), z| {
                    (low.min(f64::from(*z)), high.max(f64::from(*z)))
                }),
                threshold: bar.map(f64::from),
            }),
            towers: bars,
        };
        Ok((chart.title.clone(), chart.svg(look)))
    }

    /// The ids within the fields of the state's row after its changes `[F]`. Empty if the file does
    /// not have the row or a changed id.
    pub(crate) fn ids(&self, state: &State) -> Vec<u32> {
        let offsets = self.artifact.header.schema.offsets();
        let row = self.edited(state).map(|row| row.ids).unwrap_or_default();
        row.iter().zip(&offsets).map(|(id, offset)| id - offset).collect()
    }

    /// The state's row, checked to be in the file.
    fn place(&self, state: &State) -> Result<usize> {
        let at = state.row as usize;
        let n = self.sample.len();
        if at >= n {
            return Err(Error::Data(format!("row {at}: expected a place below {n}")));
        }
        Ok(at)
    }

    /// The state's row with its changes.
    fn edited(&self, state: &State) -> Result<Instances> {
        let mut row = self.sample.pick(&[self.place(state)? as u32]);
        for (field, id) in &state.edits {
            self.artifact.header.edit(&mut row, 0, *field, *id)?;
        }
        Ok(row)
    }

    /// Predicts the outputs for a row.
    fn say(&self, row: &Instances) -> Result<Said> {
        let logits = self.artifact.model(&Device::Cpu)?.predict_all(row, &[0])?;
        let scorer = self.artifact.scorer(&Device::Cpu)?;
        let scores = scorer.map(|scorer| scorer.score(row, &[0], &Device::Cpu));
        Ok(Said { score: scores.transpose()?.and_then(|s| s.first().copied()), logits })
    }
}
