//! The meaning of a row: its fields, their vocabularies, and the scenarios.

use crate::error::{Error, Result};
use crate::vocabulary::{Field, Transform};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Fields and scenarios of one data set; shared by data folders, checkpoints and artifacts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Name of the data set, as shown to people.
    pub dataset: String,
    /// The fields in the order of an instance's ids.
    pub fields: Vec<Field>,
    /// Names of the scenarios; an instance's scenario is an index into this.
    pub scenarios: Vec<String>,
}

impl Schema {
    /// Number of embedding rows `N`: the sizes of all fields, summed.
    pub fn features(&self) -> usize {
        self.fields.iter().map(Field::size).sum()
    }

    /// Number of ids of every field, `[F]`.
    pub fn sizes(&self) -> Vec<u32> {
        self.fields.iter().map(|field| field.size() as u32).collect()
    }

    /// First global id of every field, `[F]`: a field's ids are `offset .. offset + size`.
    pub fn offsets(&self) -> Vec<u32> {
        let mut next = 0u32;
        self.fields
            .iter()
            .map(|f| {
                let offset = next;
                next += f.size() as u32;
                offset
            })
            .collect()
    }

    /// Position of the field that holds the scenario: the field named as `column`, the raw log's
    /// scenario column, if its vocabulary has every scenario; otherwise the last field without a
    /// transform whose values are exactly the scenarios. Training passes `None`, since a data
    /// folder need not record the column.
    pub fn scenario_field(&self, column: Option<&str>) -> Option<usize> {
        let has_all =
            |field: &Field| self.scenarios.iter().all(|name| field.vocabulary.find(name).is_some());
        let named =
            column.and_then(|column| self.fields.iter().position(|field| field.name == column));
        named.filter(|i| has_all(&self.fields[*i])).or_else(|| {
            self.fields.iter().rposition(|field| {
                field.transform == Transform::None
                    && field.vocabulary.len() == self.scenarios.len()
                    && has_all(field)
            })
        })
    }

    /// A short hash of everything that gives ids their meaning. Data, checkpoints and lists that
    /// carry different fingerprints must not be mixed.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        for field in &self.fields {
            add(&field.name);
            add(&format!("{:?}", field.transform));
            add(&field.vocabulary.len().to_string());
            field.vocabulary.values().iter().for_each(|v| add(v));
        }
        add("scenarios");
        self.scenarios.iter().for_each(|s| add(s));
        hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
    }

    /// For every id of this schema, `[N]`, the one that `known` gives the same value. A value that `known` does
    /// not have gets the id of the field's unseen values. `None` if this schema is no extension of `known`: it
    /// has the same scenarios and fields, and in every field the same values first.
    pub fn ids_in(&self, known: &Schema) -> Option<Vec<u32>> {
        if self.scenarios != known.scenarios || self.fields.len() != known.fields.len() {
            return None;
        }
        let mut ids = Vec::with_capacity(self.features());
        for ((field, before), offset) in self.fields.iter().zip(&known.fields).zip(known.offsets())
        {
            let extends = field.name == before.name
                && field.transform == before.transform
                && field.vocabulary.values().starts_with(before.vocabulary.values());
            if !extends {
                return None;
            }
            ids.extend((0..field.size() as u32).map(|id| offset + id.min(before.oov())));
        }
        Some(ids)
    }

    /// For every id of this schema, `[N]`, the one that `known` gives the same value, or the values that it has not seen;
    /// `None` for values that it does not have. This schema must be an extension of `known` ([`Schema::ids_in`]).
    pub fn places_in(&self, known: &Schema) -> Vec<Option<u32>> {
        let fields = self.fields.iter().zip(&known.fields).zip(known.offsets());
        let ids = fields.flat_map(|((field, before), offset)| {
            (0..field.size() as u32).map(move |id| match id {
                id if id < before.oov() => Some(offset + id),
                id if id == field.oov() => Some(offset + before.oov()),
                _ => None,
            })
        });
        ids.collect()
    }

    /// Checks that the schema can be trained on.
    ///
    /// # Errors
    /// No field, no scenario, a repeated or empty name, or more than `u32::MAX` ids.
    pub fn check(&self) -> Result<()> {
        let fail = |what: String| Err(Error::Data(what));
        if self.fields.is_empty() {
            return fail("schema: expected at least one field, got none".into());
        }
        if self.scenarios.is_empty() || self.scenarios.len() > u16::MAX as usize {
            return fail(format!(
                "schema: expected 1 to 65535 scenarios, got {}",
                self.scenarios.len()
            ));
        }
        let total = self.fields.iter().map(|f| f.size() as u64).fold(0, u64::saturating_add);
        if total > u64::from(u32::MAX) {
            return fail(format!("schema: {total} ids do not fit 32 bits"));
        }
        for (kind, names) in [
            ("field", self.fields.iter().map(|f| &f.name).collect::<Vec<_>>()),
            ("scenario", self.scenarios.iter().collect()),
        ] {
            // A log may have rows whose scenario is an empty text, but a column has a name.
            if kind == "field" && names.iter().any(|name| name.is_empty()) {
                return fail("schema: expected a name of every field, got an empty one".into());
            }
            let mut sorted = names;
            sorted.sort();
            if let Some(pair) = sorted.windows(2).find(|p| p[0] == p[1]) {
                return fail(format!("schema: {kind} \"{}\" appears twice", pair[0]));
            }
        }
        Ok(())
    }
}
