//! A row of the file, as it is and with some fields changed.

use crate::Figures;
use crate::state::State;
use candle_core::Device;
use ssim_core::error::{Error, Result};
use ssim_core::instances::Instances;
use ssim_core::model::sigmoid;
use ssim_viz::{Gauge, Look, Tower, WhatIf};

/// What the networks say about one row: share score, and logits of all towers.
struct Said {
    score: Option<f32>,
    logits: Vec<f32>,
}

impl Figures {
    /// The picture of the state's row: its heading and the SVG.
    pub(crate) fn row(&self, state: &State, look: &Look) -> Result<(String, String)> {
        let (at, towers) = (self.place(state)?, self.artifact.header.model.towers);
        // The row as it is: what the file says of it.
        let before = Said {
            score: self.scores.as_ref().map(|scores| scores[at]),
            logits: self.logits[at * towers..(at + 1) * towers].to_vec(),
        };
        let row = self.edited(state)?;
        let changed = row.ids != self.sample.ids_of(at);
        let now = if changed { Some(self.say(&row)?) } else { None };
        let own = usize::from(row.scenarios[0]).min(towers - 1);
        let after = now.as_ref().unwrap_or(&before);
        let ctr = |said: &Said, k: usize| f64::from(sigmoid(said.logits[k]));
        let name = |k: usize| match towers {
            1 => "all scenarios".to_owned(),
            _ => self.names.get(k).cloned().unwrap_or_default(),
        };
        let tower =
            |k| Tower { name: name(k), now: ctr(after, k), before: ctr(&before, k), own: k == own };
        let shared = self.shared(state);
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
                threshold: self.listed(&shared).lowest(scores).map(f64::from),
            }),
            towers: (0..towers).map(tower).collect(),
        };
        Ok((chart.title.clone(), chart.svg(look)))
    }

    /// Ids within the fields of the state's row after its changes, `[F]`; none for a row that is not there.
    pub(crate) fn ids(&self, state: &State) -> Vec<u32> {
        let offsets = self.artifact.header.schema.offsets();
        let row = self.edited(state).map(|row| row.ids).unwrap_or_default();
        row.iter().zip(&offsets).map(|(id, offset)| id - offset).collect()
    }

    fn place(&self, state: &State) -> Result<usize> {
        let (at, n) = (state.row as usize, self.sample.len());
        let expected = || Error::Data(format!("row {at}: expected a place below {n}"));
        (at < n).then_some(at).ok_or_else(expected)
    }

    fn edited(&self, state: &State) -> Result<Instances> {
        let mut row = self.sample.pick(&[self.place(state)? as u32]);
        for (field, id) in &state.edits {
            self.artifact.header.edit(&mut row, 0, *field, *id)?;
        }
        Ok(row)
    }

    fn say(&self, row: &Instances) -> Result<Said> {
        let logits = self.artifact.model(&Device::Cpu)?.predict_all(row, &[0])?;
        let selector = self.artifact.selector(&Device::Cpu)?;
        let scores = selector.map(|(s, table)| s.score(&table, row, &[0], &Device::Cpu));
        Ok(Said { score: scores.transpose()?.and_then(|s| s.first().copied()), logits })
    }
}
