//! `schema.json`: what the folder holds, for people and programs.

use crate::error::{Error, Result};
use crate::prepared::{DataSummary, Prepared, ScenarioSummary, SplitRows};
use serde::{Deserialize, Serialize};
use ssim_core::schema::Schema;
use ssim_core::vocabulary::Transform;
use std::io::{Read, Write};

/// Version of the folder's layout.
pub const FORMAT: u32 = 1;

/// The content of `schema.json`. The vocabularies lie beside it, in a file any table tool opens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the folder's layout, [`FORMAT`].
    pub format: u32,
    /// Name of the data set.
    pub dataset: String,
    /// Hash of everything that gives ids their meaning.
    pub fingerprint: String,
    /// Embedding rows of all fields.
    pub features: usize,
    /// The fields in the order of an instance's ids.
    pub fields: Vec<FieldEntry>,
    /// File of the vocabularies.
    pub vocabulary: String,
    /// Rows per split.
    pub rows: SplitRows,
    /// The scenarios in the order of their numbers, with rows and click rate.
    pub scenarios: Vec<ScenarioSummary>,
    /// Raw rows left out.
    pub rejected: usize,
}

/// One field of a [`Manifest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldEntry {
    /// Column name.
    pub name: String,
    /// First id; the field's ids are `offset .. offset + features`.
    pub offset: u32,
    /// Ids, with the last one for unseen values.
    pub features: usize,
    /// What happens to a raw value before it is looked up.
    #[serde(default)]
    pub transform: Transform,
}

impl Manifest {
    /// Describes a prepared data set.
    pub fn new(data: &Prepared) -> Self {
        Self::of(&data.schema, data.summary())
    }

    /// Describes a data set by its schema and counts.
    pub fn of(schema: &Schema, summary: DataSummary) -> Self {
        let fields = schema.fields.iter().zip(schema.offsets());
        Self {
            format: FORMAT,
            dataset: summary.dataset,
            fingerprint: schema.fingerprint(),
            features: summary.features,
            fields: fields
                .map(|(f, offset)| FieldEntry {
                    name: f.name.clone(),
                    offset,
                    features: f.size(),
                    transform: f.transform.clone(),
                })
                .collect(),
            vocabulary: super::VOCABULARY.to_owned(),
            rows: summary.rows,
            scenarios: summary.scenarios,
            rejected: summary.rejected,
        }
    }

    /// The numbers that `prepare --json` prints.
    pub fn summary(&self) -> DataSummary {
        DataSummary {
            schema: 1,
            dataset: self.dataset.clone(),
            features: self.features,
            fields: self
                .fields
                .iter()
                .map(|f| crate::FieldSummary { name: f.name.clone(), features: f.features })
                .collect(),
            rows: self.rows.clone(),
            scenarios: self.scenarios.clone(),
            rejected: self.rejected,
        }
    }
}

/// Writes `schema.json`.
///
/// # Errors
/// What the writer reports.
pub fn write_manifest(mut to: impl Write, manifest: &Manifest) -> Result<()> {
    serde_json::to_writer_pretty(&mut to, manifest).map_err(std::io::Error::from)?;
    to.write_all(b"\n")?;
    Ok(())
}

/// Reads `schema.json`; `source` is its name for messages.
///
/// # Errors
/// Not JSON, not a manifest, or of a newer layout.
pub fn read_manifest(mut from: impl Read, source: &str) -> Result<Manifest> {
    let mut text = String::new();
    from.read_to_string(&mut text)?;
    let fail =
        |e: serde_json::Error| Error::Data(format!("{source}:{}:{}: {e}", e.line(), e.column()));
    // The version first: a newer layout may have other keys.
    let value: serde_json::Value = serde_json::from_str(&text).map_err(fail)?;
    let format = value.get("format").and_then(serde_json::Value::as_u64);
    if format != Some(u64::from(FORMAT)) {
        let got = format.map_or("none".to_owned(), |f| f.to_string());
        return Err(Error::Data(format!(
            "{source}: field \"format\": expected {FORMAT}, got {got}"
        )));
    }
    serde_json::from_str(&text).map_err(fail)
}
