//! Predictions for a row with some fields changed, and for rows that differ from it in one field.

use super::{Engine, UNSEEN};
use crate::protocol::{Answer, FieldEffect, Said};
use candle_core::Device;
use ssim_core::instances::Instances;
use ssim_core::model::sigmoid;
use ssim_core::{Error, Result};

/// Most values of a field that are tried. The first ids belong to the most frequent values.
const TRIED: usize = 400;

impl Engine {
    /// Predicts row `row` of the sample after `edits` (a field's index, the new id within the
    /// field), and finds for every field the change that moves the share score most.
    ///
    /// # Errors
    /// When there is no such row, field or id, or when candle reports an error.
    pub fn what_if(&self, row: u32, edits: &[(usize, u32)]) -> Result<Answer> {
        let sample = &self.inspection.sample;
        if row as usize >= sample.len() {
            let text = format!("row {row}: expected one of {}", sample.len());
            return Err(Error::Data(text));
        }
        let before = sample.pick(&[row]);
        let mut now = before.clone();
        for (field, id) in edits {
            self.artifact.header.edit(&mut now, 0, *field, *id)?;
        }
        let old = self.say(&before)?;
        let new = self.say(&now)?;
        let (tried, effects) = self.effects(&now)?;
        let fields = &self.artifact.header.schema.fields;
        let offsets = self.artifact.header.schema.offsets();
        // Instances hold ids of the whole embedding table; the page counts ids within a field.
        let ids_in_fields = |rows: &Instances| -> Vec<u32> {
            rows.ids_of(0).iter().zip(&offsets).map(|(id, offset)| id - offset).collect()
        };
        let ids = ids_in_fields(&now);
        let ids_before = ids_in_fields(&before);
        Ok(Answer {
            row,
            edits: edits.to_vec(),
            scenario: now.scenarios[0],
            values: (0..fields.len())
                .map(|f| {
                    (self.value(f, ids[f]).to_owned(), self.value(f, ids_before[f]).to_owned())
                })
                .collect(),
            ids: ids.into_iter().zip(ids_before).collect(),
            before: old.into_iter().next().unwrap_or_default(),
            now: new.into_iter().next().unwrap_or_default(),
            effects,
            tried,
            milliseconds: 0.0,
        })
    }

    /// The value that an id of a field represents.
    pub(super) fn value(&self, field: usize, id: u32) -> &str {
        let values = self.artifact.header.schema.fields[field].vocabulary.values();
        values.get(id as usize).map_or(UNSEEN, String::as_str)
    }

    /// Predicts and scores every row.
    fn say(&self, rows: &Instances) -> Result<Vec<Said>> {
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        let logits = self.inspection.model.predict_all(rows, &all)?;
        let scorer = self.inspection.scorer.as_ref();
        let scores = scorer.map(|scorer| scorer.score(rows, &all, &Device::Cpu)).transpose()?;
        let towers = self.inspection.towers;
        let said = logits.chunks_exact(towers).enumerate().map(|(i, z)| Said {
            score: scores.as_ref().map(|s| s[i]),
            ctr: z.iter().map(|z| sigmoid(*z)).collect(),
        });
        Ok(said.collect())
    }

    /// Tries changes of one field. Returns how many were tried, how many exist, and the strongest
    /// change of every field.
    fn effects(&self, now: &Instances) -> Result<([usize; 2], Vec<FieldEffect>)> {
        let fields = &self.artifact.header.schema.fields;
        let mut changes = Vec::new();
        for (f, field) in fields.iter().enumerate() {
            changes.extend((0..field.size().min(TRIED) as u32).map(|id| (f, id)));
        }
        let all: usize = fields.iter().map(|f| f.size()).sum();
        let mut rows = now.pick(&vec![0; changes.len()]);
        for (i, (field, id)) in changes.iter().enumerate() {
            self.artifact.header.edit(&mut rows, i, *field, *id)?;
        }
        let base = self.say(now)?.into_iter().next().unwrap_or_default();
        let said = self.say(&rows)?;
        let mut effects: Vec<FieldEffect> = Vec::new();
        for ((field, id), (i, said)) in changes.into_iter().zip(said.iter().enumerate()) {
            let own_tower = usize::from(rows.scenarios[i]).min(said.ctr.len() - 1);
            let effect = FieldEffect {
                field,
                id,
                value: self.value(field, id).to_owned(),
                scenario: rows.scenarios[i],
                score: said.score.unwrap_or_default(),
                ctr: said.ctr[own_tower],
            };
            // Without a selector there is no score, and the prediction decides what is strongest.
            let moved = |e: &FieldEffect| match base.score {
                Some(score) => (e.score - score).abs(),
                None => (e.ctr - base.ctr[own_tower]).abs(),
            };
            match effects.last_mut().filter(|e| e.field == field) {
                Some(best) if moved(best) >= moved(&effect) => {}
                Some(best) => *best = effect,
                None => effects.push(effect),
            }
        }
        Ok(([rows.len(), all], effects))
    }
}
