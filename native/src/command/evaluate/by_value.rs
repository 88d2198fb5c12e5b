//! `ssim evaluate --gauc FIELD`: the mean of the AUCs within the values of a field, such as users.

use crate::settings::config::{closest, hint};
use crate::terminal::exit::Fail;
use crate::terminal::report;
use anyhow::Result;
use serde_json::{Value, json};
use ssim_core::instances::Instances;
use ssim_core::metric::gauc;
use ssim_core::schema::Schema;

/// The rows by their value of a field.
pub struct RowsByValue<'a> {
    /// Name of the field.
    field: &'a str,
    /// Its place among the fields.
    at: usize,
    /// The id of its unseen values, which are not told apart.
    unseen: u32,
    /// The value's id of every row `[n]`.
    ids: Vec<u32>,
}

impl<'a> RowsByValue<'a> {
    /// Begins to collect rows.
    ///
    /// # Errors
    /// The model has no field of this name.
    pub fn new(schema: &'a Schema, name: &str) -> Result<Self> {
        let names = || schema.fields.iter().map(|field| field.name.as_str());
        let Some(at) = names().position(|field| field == name) else {
            return Fail::usage(format!(
                "--gauc: expected a field of the model, got \"{name}\"{}",
                hint(closest(name, names(), 3))
            ));
        };
        let (field, offset) = (&schema.fields[at], schema.offsets()[at]);
        Ok(Self { field: &field.name, at, unseen: offset + field.oov(), ids: Vec::new() })
    }

    /// Adds rows.
    pub fn add(&mut self, rows: &Instances) {
        let ids = rows.ids.chunks_exact(rows.fields).map(|ids| ids[self.at]);
        self.ids.extend(ids);
    }

    /// The mean AUC within the values, in which a value counts with its rows. Values whose rows are all
    /// clicked or all not, and unseen values, are left out; `None` if all are.
    fn gauc(&self, logits: &[f32], labels: &[u8]) -> Option<f64> {
        let known = || (0..self.ids.len()).filter(|i| self.ids[*i] != self.unseen);
        let logits: Vec<f32> = known().map(|i| logits[i]).collect();
        let labels: Vec<u8> = known().map(|i| labels[i]).collect();
        let ids: Vec<u32> = known().map(|i| self.ids[i]).collect();
        gauc(&logits, &labels, &ids)
    }

    /// The result as JSON.
    pub fn json(&self, logits: &[f32], labels: &[u8]) -> Value {
        json!({ "field": self.field, "gauc": self.gauc(logits, labels) })
    }

    /// The result as a line for people.
    pub fn text(&self, logits: &[f32], labels: &[u8]) -> String {
        let value = report::number(self.gauc(logits, labels));
        format!(
            "\nGAUC by {}: {value}, the mean of the AUCs within its values, weighted by rows\n",
            self.field
        )
    }
}

#[cfg(test)]
mod tests {
    use super::RowsByValue;
    use ssim_core::instances::Instances;

    #[test]
    fn values_of_one_kind_and_unseen_ones_are_left_out() {
        let mut rows = RowsByValue { field: "user", at: 1, unseen: 9, ids: Vec::new() };
        let ids = [5, 5, 5, 6, 6, 7, 7, 9, 9].iter().flat_map(|id| [0, *id]).collect();
        rows.add(&Instances { fields: 2, ids, ..Instances::default() });
        let labels = [1, 0, 0, 1, 0, 1, 1, 0, 1];
        let logits = [2.0, 1.0, 3.0, 0.0, 1.0, 9.0, 8.0, 1.0, 0.0];
        // User 5 has AUC 1/2 of three rows, and user 6 has 0 of two.
        assert_eq!(rows.gauc(&logits, &labels), Some(0.5 * 3.0 / 5.0));
        rows.ids.fill(9);
        assert_eq!(rows.gauc(&logits, &labels), None);
    }
}
