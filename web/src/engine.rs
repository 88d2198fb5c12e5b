//! From an artifact's bytes to answers: plain Rust, the same in the worker and in a native test.

mod overview;
mod quality;
mod what_if;

use crate::diagnose::diagnose;
use crate::protocol::{Failure, Overview, Values};
use candle_core::Device;
use ssim_core::Result;
use ssim_core::artifact::Artifact;
use ssim_core::inspect::Inspection;

/// An artifact with everything that was computed from it.
pub struct Engine {
    artifact: Artifact,
    inspection: Inspection,
    overview: Overview,
    /// Logits `[n]` of every model of the overview, each row by its own scenario's tower.
    own: Vec<Vec<f32>>,
    columns: Vec<(String, Vec<f32>)>,
}

impl Engine {
    /// Reads an artifact, predicts and scores its sample, and compares with its golden values.
    ///
    /// # Errors
    /// Says in a person's words why the bytes cannot be shown.
    pub fn open(bytes: &[u8]) -> std::result::Result<Self, Failure> {
        let artifact = Artifact::from_bytes(bytes).map_err(|e| diagnose(bytes, &e))?;
        Self::compute(artifact).map_err(|e| diagnose(bytes, &e))
    }

    fn compute(artifact: Artifact) -> Result<Self> {
        let inspection = Inspection::new(&artifact, &Device::Cpu)?;
        let (lines, own) = overview::models(&artifact, &inspection).into_iter().unzip();
        let overview = overview::overview(&artifact, &inspection, lines)?;
        let columns = inspection.columns(&artifact)?;
        Ok(Self { artifact, inspection, overview, own, columns })
    }

    /// Everything but the rows.
    pub fn overview(&self) -> &Overview {
        &self.overview
    }

    /// Named numbers per row of the sample.
    pub fn columns(&self) -> &[(String, Vec<f32>)] {
        &self.columns
    }

    /// The artifact.
    pub fn artifact(&self) -> &Artifact {
        &self.artifact
    }

    /// The sample, predicted and scored.
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// Logits `[n, K]` of the sample's first rows, computed anew.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn predict(&self, rows: usize) -> Result<Vec<f32>> {
        let sample = &self.inspection.sample;
        let rows: Vec<u32> = (0..rows.min(sample.len()) as u32).collect();
        self.inspection.model.predict_all(sample, &rows)
    }

    /// Values of a field that contain `text`, the exact one first; the unseen value is always there.
    pub fn values(&self, field: usize, text: &str) -> Values {
        let vocabulary = self.artifact.header.schema.fields.get(field).map(|f| &f.vocabulary);
        let all = vocabulary.map(|v| v.values()).unwrap_or_default();
        let needle = text.trim().to_lowercase();
        let mut found: Vec<(u32, String)> = (0u32..)
            .zip(all)
            .filter(|(_, value)| value.to_lowercase().contains(&needle))
            .map(|(id, value)| (id, value.clone()))
            .collect();
        found.sort_by_key(|(id, value)| (value.to_lowercase() != needle, value.len(), *id));
        let more = found.len().saturating_sub(Values::MOST);
        found.truncate(Values::MOST);
        found.push((all.len() as u32, UNSEEN.to_owned()));
        Values { field, text: text.to_owned(), values: found, more }
    }
}

/// What a value is called that training has not seen.
const UNSEEN: &str = "unseen";
