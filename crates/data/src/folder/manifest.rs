//! `schema.json`, which describes a data folder for people and programs.

use super::MANIFEST;
use crate::error::{Error, Result};
use crate::prepared::{DataSummary, Prepared, ScenarioSummary};
use serde::{Deserialize, Serialize};
use ssim_core::checksum;
use ssim_core::row_digest::RowDigest;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_core::vocabulary::Transform;
use std::io::{Read, Write};

/// Version of the folder's layout.
pub const FORMAT: u32 = 1;

/// The content of `schema.json`. The vocabularies are in a Parquet file next to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the folder's layout, [`FORMAT`].
    pub format: u32,
    /// Name of the data set.
    pub dataset: String,
    /// Fingerprint of the schema: a hash of everything that gives the ids their meaning.
    pub fingerprint: String,
    /// Number of embedding rows of all fields together.
    pub features: usize,
    /// The fields in the order of an instance's ids.
    pub fields: Vec<FieldEntry>,
    /// File name of the vocabularies.
    pub vocabulary: String,
    /// Number of rows per split.
    pub rows: Split<usize>,
    /// The scenarios by index, with their rows and click rate.
    pub scenarios: Vec<ScenarioSummary>,
    /// Number of raw rows that were left out.
    pub rejected: usize,
    /// Number of records that were read; see [`DataSummary::records`].
    #[serde(default)]
    pub records: usize,
    /// Digest of the rows of every split. Folders of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digests: Option<Split<RowDigest>>,
}

/// One field of a [`Manifest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldEntry {
    /// Column name.
    pub name: String,
    /// First id; the field's ids are `offset .. offset + features`.
    pub offset: u32,
    /// Number of ids, including the last one, which stands for unseen values.
    pub features: usize,
    /// The transform of a raw value before it is looked up in the vocabulary.
    #[serde(default)]
    pub transform: Transform,
}

impl Manifest {
    /// Describes a prepared data set.
    pub fn new(data: &Prepared) -> Self {
        let digests = data.rows.as_ref().map(RowDigest::of);
        Self::of(&data.schema, data.summary(), digests)
    }

    /// Describes a data set by its schema, its counts, and the digest of each split's rows.
    pub fn of(schema: &Schema, summary: DataSummary, digests: Split<RowDigest>) -> Self {
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
            records: summary.records,
            digests: Some(digests),
        }
    }

    /// Refuses rows of a split that are not those that this manifest describes. `source` names the
    /// split for messages.
    ///
    /// # Errors
    /// Says the first difference.
    pub fn expect(&self, split: &str, source: &str, got: &RowDigest) -> Result<()> {
        let fail = |what: String| Err(Error::Data(format!("{source}: {what}, by {MANIFEST}")));
        let rows = self.rows.get(split).copied().unwrap_or(0);
        if rows as u64 != got.rows {
            return fail(format!("expected {rows} rows, got {}", got.rows));
        }
        let known = self.digests.as_ref().and_then(|digests| digests.get(split));
        known.and_then(|digest| digest.difference(got)).map_or(Ok(()), fail)
    }

    /// The summary that `prepare --json` prints.
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
            rows: self.rows,
            scenarios: self.scenarios.clone(),
            rejected: self.rejected,
            records: self.records,
        }
    }
}

/// Writes `schema.json`.
///
/// # Errors
/// The writer fails.
pub fn write_manifest(mut to: impl Write, manifest: &Manifest) -> Result<()> {
    let mut text = serde_json::to_string_pretty(manifest).map_err(std::io::Error::from)?;
    checksum::seal_json(&mut text);
    text.push('\n');
    Ok(to.write_all(text.as_bytes())?)
}

/// Reads `schema.json`; `source` is its name for messages.
///
/// # Errors
/// The text is damaged, not JSON, not a manifest, or it has another version than [`FORMAT`]; or its
/// parts do not fit together ([`Manifest::check`]).
pub fn read_manifest(mut from: impl Read, source: &str) -> Result<Manifest> {
    let mut text = String::new();
    from.read_to_string(&mut text)
        .map_err(|e| Error::Data(format!("{source}: expected a text: {e}")))?;
    checksum::verify(&text).map_err(|e| Error::Data(format!("{source}: {e}")))?;
    let fail =
        |e: serde_json::Error| Error::Data(format!("{source}:{}:{}: {e}", e.line(), e.column()));
    // The version is checked first, because a newer layout may have other keys.
    let value: serde_json::Value = serde_json::from_str(&text).map_err(fail)?;
    let format = value.get("format").and_then(serde_json::Value::as_u64);
    if format != Some(u64::from(FORMAT)) {
        let got = format.map_or("none".to_owned(), |f| f.to_string());
        return Err(Error::Data(format!(
            "{source}: field \"format\": expected {FORMAT}, got {got}"
        )));
    }
    let manifest: Manifest = serde_json::from_str(&text).map_err(fail)?;
    manifest.check(source)?;
    Ok(manifest)
}
