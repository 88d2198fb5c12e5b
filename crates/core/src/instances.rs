//! Encoded rows of a click log. Data preparation makes them, and training and prediction read them.

use crate::error::{Error, Result};
use crate::schema::Schema;

/// `n` instances with `F` fields each, column by column. All vectors except `ids` have length `n`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instances {
    /// Fields per instance, `F`.
    pub fields: usize,
    /// Number of ids that each field has at most, `[F]`; empty where nobody knows. Predictions are
    /// faster where it is known, and no value depends on it but for the order of sums.
    pub sizes: Vec<u32>,
    /// Global embedding ids, row-major `[n, F]`.
    pub ids: Vec<u32>,
    /// Clicks, 0 or 1, `[n]`.
    pub labels: Vec<u8>,
    /// Index of each row's scenario, `[n]`.
    pub scenarios: Vec<u16>,
    /// Number of each row's line in the raw log, `[n]`. Lists identify rows by it.
    pub rows: Vec<u64>,
    /// The truth that the generator knows; only for synthetic data.
    pub planted: Option<Planted>,
}

/// The truth about synthetic rows. Code that trains or selects must not read it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planted {
    /// Whether each row follows the preference that all scenarios have in common, `[n]`.
    pub shared: Vec<bool>,
    /// True click probability before label noise, `[n]`.
    pub probability: Vec<f32>,
}

impl Instances {
    /// Instances without rows, for rows of this schema.
    pub fn of(schema: &Schema) -> Self {
        Self { fields: schema.fields.len(), sizes: schema.sizes(), ..Self::default() }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The ids of row `i`, `[F]`.
    pub fn ids_of(&self, i: usize) -> &[u32] {
        &self.ids[i * self.fields..(i + 1) * self.fields]
    }

    /// A copy of the given rows, in the given order.
    pub fn pick(&self, rows: &[u32]) -> Instances {
        let at = |i: &u32| *i as usize;
        let mut ids = Vec::with_capacity(rows.len() * self.fields);
        rows.iter().for_each(|i| ids.extend_from_slice(self.ids_of(at(i))));
        Instances {
            fields: self.fields,
            sizes: self.sizes.clone(),
            ids,
            labels: rows.iter().map(|i| self.labels[at(i)]).collect(),
            scenarios: rows.iter().map(|i| self.scenarios[at(i)]).collect(),
            rows: rows.iter().map(|i| self.rows[at(i)]).collect(),
            planted: self.planted.as_ref().map(|p| Planted {
                shared: rows.iter().map(|i| p.shared[at(i)]).collect(),
                probability: rows.iter().map(|i| p.probability[at(i)]).collect(),
            }),
        }
    }

    /// Appends the rows `range` of `more`, which must have the same number of fields. `planted` is
    /// dropped unless both have it.
    pub fn extend(&mut self, more: &Instances, range: std::ops::Range<usize>) {
        let ids = range.start * more.fields..range.end * more.fields;
        self.ids.extend_from_slice(&more.ids[ids]);
        self.labels.extend_from_slice(&more.labels[range.clone()]);
        self.scenarios.extend_from_slice(&more.scenarios[range.clone()]);
        self.rows.extend_from_slice(&more.rows[range.clone()]);
        self.planted = self.planted.take().zip(more.planted.as_ref()).map(|(mut planted, more)| {
            planted.shared.extend_from_slice(&more.shared[range.clone()]);
            planted.probability.extend_from_slice(&more.probability[range]);
            planted
        });
    }

    /// Reserves memory for this number of additional rows. A column that has to grow is copied, and
    /// during the copy it needs its memory twice. The number is a hint that may come from a file:
    /// one that asks for too much memory has no effect.
    pub fn reserve(&mut self, rows: usize) {
        fn some<T>(column: &mut Vec<T>, n: usize) {
            // If the reservation fails, the column grows as rows are added.
            let _ = column.try_reserve_exact(n);
        }
        some(&mut self.ids, rows.saturating_mul(self.fields));
        some(&mut self.labels, rows);
        some(&mut self.scenarios, rows);
        some(&mut self.rows, rows);
        if let Some(planted) = &mut self.planted {
            some(&mut planted.shared, rows);
            some(&mut planted.probability, rows);
        }
    }

    /// Removes all rows and keeps the allocated memory.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.labels.clear();
        self.scenarios.clear();
        self.rows.clear();
        if let Some(planted) = &mut self.planted {
            planted.shared.clear();
            planted.probability.clear();
        }
    }

    /// Checks every column against the schema. Code that gets checked instances need not check
    /// again.
    ///
    /// # Errors
    /// When the columns do not fit together, or an id, label or scenario is out of range; the
    /// message names the first such row.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let n = self.len();
        let f = schema.fields.len();
        let lengths = [self.scenarios.len(), self.rows.len(), self.ids.len() / f.max(1)];
        if self.fields != f || self.ids.len() != n * f || lengths != [n; 3] {
            return Err(Error::Data(format!(
                "instances: expected {n} rows of {f} fields in every column, got {} fields and columns of {lengths:?}",
                self.fields
            )));
        }
        let offsets = schema.offsets();
        let ranges: Vec<_> = schema
            .fields
            .iter()
            .zip(&offsets)
            .map(|(field, o)| *o..*o + field.size() as u32)
            .collect();
        for i in 0..n {
            let row = self.rows[i];
            if self.labels[i] > 1 {
                return Err(Error::Data(format!(
                    "row {row}: label: expected 0 or 1, got {}",
                    self.labels[i]
                )));
            }
            if usize::from(self.scenarios[i]) >= schema.scenarios.len() {
                return Err(Error::Data(format!(
                    "row {row}: scenario: expected below {}, got {}",
                    schema.scenarios.len(),
                    self.scenarios[i]
                )));
            }
            for ((id, range), field) in self.ids_of(i).iter().zip(&ranges).zip(&schema.fields) {
                if !range.contains(id) {
                    return Err(Error::Data(format!(
                        "row {row}: field \"{}\": expected an id in {range:?}, got {id}",
                        field.name
                    )));
                }
            }
        }
        Ok(())
    }
}
