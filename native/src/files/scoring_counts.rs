//! Counts scored rows, rows that were left out, and values that training has not seen.

use crate::terminal::{out, report};
use serde::Serialize;
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_data::table::Encoded;

/// The counts of one reading of rows.
pub struct ScoringCounts<'a> {
    schema: &'a Schema,
    /// For each field, `[F]`, its id of unseen values.
    unseen_ids: Vec<u32>,
    /// For each field, `[F]`, the number of rows with this id.
    unseen: Vec<u64>,
    /// Number of rows that were scored.
    pub scored: u64,
    /// Number of those whose scenario the model does not know.
    pub unknown: u64,
    /// Number of rows that were left out.
    pub rejected: u64,
}

/// The share of the rows in which a field's value was not seen in training.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnseenShare {
    /// Name of the field.
    pub field: String,
    /// Rows with such a value per row, 0 to 1. A missing number counts, because it has the same id.
    pub share: f64,
}

impl<'a> ScoringCounts<'a> {
    /// Begins to count rows that are encoded with this schema.
    pub fn new(schema: &'a Schema) -> Self {
        let fields = schema.fields.iter().zip(schema.offsets());
        let unseen_ids: Vec<u32> = fields.map(|(field, offset)| offset + field.oov()).collect();
        Self {
            schema,
            unseen: vec![0; unseen_ids.len()],
            unseen_ids,
            scored: 0,
            unknown: 0,
            rejected: 0,
        }
    }

    /// Counts the rows of a block, and prints those that were left out.
    pub fn add(&mut self, block: &Encoded) {
        block.rejects.iter().for_each(|reject| out::note(&format!("left out: {reject}")));
        self.rejected += block.rejects.len() as u64;
        self.rows(&block.instances);
    }

    fn rows(&mut self, rows: &Instances) {
        self.scored += rows.len() as u64;
        let unknown = |s: &&u16| usize::from(**s) >= self.schema.scenarios.len();
        self.unknown += rows.scenarios.iter().filter(unknown).count() as u64;
        for ids in rows.ids.chunks_exact(self.unseen_ids.len().max(1)) {
            for ((count, id), unseen) in self.unseen.iter_mut().zip(ids).zip(&self.unseen_ids) {
                *count += u64::from(id == unseen);
            }
        }
    }

    /// The share of unseen values of every field, in the order of the fields.
    pub fn shares(&self) -> Vec<UnseenShare> {
        let fields = self.schema.fields.iter().zip(&self.unseen);
        let share = |count: u64| count as f64 / self.scored.max(1) as f64;
        let of = |(field, count): (&ssim_core::vocabulary::Field, &u64)| UnseenShare {
            field: field.name.clone(),
            share: share(*count),
        };
        fields.map(of).collect()
    }

    /// Prints how many rows were scored and left out, and the shares of unseen values. Warns if a
    /// share is above `limit`.
    pub fn end(&self, limit: f64) -> Vec<UnseenShare> {
        let left = match self.rejected {
            0 => String::new(),
            n => format!(", {n} left out"),
        };
        let unknown = match self.unknown {
            0 => String::new(),
            n => format!("; {n} of them are of unknown scenarios and have the mean of all towers"),
        };
        out::note(&report::wrap(&format!("{} rows scored{left}{unknown}", self.scored)));
        let shares = self.shares();
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let some: Vec<String> = shares
            .iter()
            .filter(|unseen| unseen.share > 0.0)
            .map(|unseen| format!("{} {}", unseen.field, percent(unseen.share)))
            .collect();
        let list = if some.is_empty() { "none".to_owned() } else { some.join(", ") };
        out::note(&report::wrap(&format!("unseen values: {list}")));
        for UnseenShare { field, share } in shares.iter().filter(|unseen| unseen.share > limit) {
            let (got, limit) = (percent(*share), percent(limit));
            out::note(&report::wrap(&format!(
                "warning: field \"{field}\": {got} of the values were not seen in training, which is above the limit of {limit} (--max-unseen); compare how values are written in this file and in the training log"
            )));
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_core::vocabulary::{Field, Vocabulary};

    #[test]
    fn a_fields_last_id_is_that_of_unseen_values() {
        let field = |name: &str, values: &[&str]| Field {
            name: name.to_owned(),
            transform: Default::default(),
            vocabulary: Vocabulary::new(values.iter().map(|&value| value.to_owned()).collect()),
        };
        let schema = Schema {
            dataset: String::new(),
            fields: vec![field("user", &["a", "b"]), field("item", &["x"])],
            scenarios: vec!["1".to_owned(), "2".to_owned()],
        };
        let mut counts = ScoringCounts::new(&schema);
        // user: a 0, b 1, unseen 2; item: x 3, unseen 4
        let ids = vec![0, 3, 2, 3, 2, 4, 1, 3];
        counts.rows(&Instances { fields: 2, ids, labels: vec![0; 4], ..Instances::default() });
        let shares: Vec<f64> = counts.shares().iter().map(|unseen| unseen.share).collect();
        assert_eq!(shares, [0.5, 0.25]);
    }
}
