//! The keys of a field in a schema.

use crate::layout::{Buckets, FieldKind, FieldSpec};
use crate::time_field::TimeField;
use serde::Deserialize;

/// The keys of `[[field]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldKeys {
    name: String,
    #[serde(default)]
    kind: FieldKind,
    #[serde(default)]
    buckets: Option<Buckets>,
    #[serde(default = "min_count")]
    min_count: u32,
    #[serde(default)]
    time: Option<TimeField>,
}

/// The default of [`FieldSpec::min_count`]. With 2, the values that are seen once train the id of
/// unseen values.
fn min_count() -> u32 {
    2
}

impl FieldKeys {
    /// The field, and the time that it is a part of.
    pub fn split(self) -> (FieldSpec, Option<(String, TimeField)>) {
        let Self { name, kind, buckets, min_count, time } = self;
        let time = time.map(|time| (name.clone(), time));
        (FieldSpec { name, kind, buckets, min_count }, time)
    }
}
