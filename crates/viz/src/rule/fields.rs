//! Values of fields in a rule.

use std::borrow::Cow;

/// A field of `n` rows.
#[derive(Clone, Debug)]
pub struct FieldColumn<'a> {
    /// The values that have an id of their own, in the order of their ids.
    pub values: &'a [String],
    /// The id of each row's value, `[n]`; an id that no value has stands for all others.
    pub ids: Cow<'a, [u32]>,
}

impl FieldColumn<'_> {
    /// Unsets every row of `rows` `[n]` whose value is none of `wanted`, or, without `is`, one of them.
    pub(super) fn keep(&self, rows: &mut [bool], is: bool, wanted: &[String]) {
        let known: Vec<bool> = self.values.iter().map(|value| wanted.contains(value)).collect();
        for (row, id) in rows.iter_mut().zip(&*self.ids) {
            let has = known.get(*id as usize).copied().unwrap_or(false);
            *row = *row && has == is;
        }
    }
}
