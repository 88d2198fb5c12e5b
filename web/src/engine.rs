//! Answers to the page's questions, computed from an artifact's bytes. Nothing here needs a
//! browser, so native tests run the same code as the worker.

pub mod drawn;
mod overview;
mod picture;
mod quality;
mod what_if;

use crate::diagnose::diagnose;
use crate::protocol::{Failure, FieldValues, Overview};
use crate::sample::Sample;
use candle_core::Device;
use picture::Results;
pub use quality::{Quality, Ranked};
use sha2::{Digest, Sha256};
use ssim_core::Result;
use ssim_core::artifact::Artifact;
use ssim_core::look::inspect::Inspection;
use ssim_core::look::order::sorted;

/// An open artifact and everything that was computed from it.
pub struct Engine {
    artifact: Artifact,
    inspection: Inspection,
    overview: Overview,
    /// For every model of the overview, logits `[n]`: each row is predicted by its own scenario's
    /// tower.
    own: Vec<Vec<f32>>,
    /// The rows as the page has them.
    sample: Sample,
    /// The test metrics of the file.
    results: Results,
    /// The first id of every field in the whole embedding table.
    offsets: Vec<u32>,
}

impl Engine {
    /// Reads an artifact, predicts and scores its sample, and compares the numbers with the golden
    /// values in the file.
    ///
    /// # Errors
    /// When the bytes cannot be shown; the failure tells the reader why.
    pub fn open(bytes: &[u8]) -> std::result::Result<Self, Failure> {
        let artifact = Artifact::from_bytes(bytes).map_err(|e| diagnose(bytes, &e))?;
        let digest = Sha256::digest(bytes).iter().take(6).map(|b| format!("{b:02x}")).collect();
        Self::compute(artifact, digest).map_err(|e| diagnose(bytes, &e))
    }

    fn compute(artifact: Artifact, digest: String) -> Result<Self> {
        let inspection = Inspection::new(&artifact, &Device::Cpu)?;
        let (lines, own) = overview::models(&artifact, &inspection).into_iter().unzip();
        let overview = overview::overview(&artifact, &inspection, lines, digest)?;
        let rows = inspection.sample.rows.iter().map(|r| *r as f64).collect();
        let columns = inspection.columns(&artifact)?;
        let mut sample = Sample::new(rows, inspection.chance.clone(), columns);
        sample.weights.clone_from(&inspection.weights);
        let results = Results::new(&artifact.header.report);
        let offsets = artifact.header.schema.offsets();
        let mut engine = Self { artifact, inspection, overview, own, sample, results, offsets };
        engine.tell();
        Ok(engine)
    }

    /// Everything about the artifact except its rows.
    pub fn overview(&self) -> &Overview {
        &self.overview
    }

    /// The rows of the sample, as the page has them.
    pub fn rows(&self) -> &Sample {
        &self.sample
    }

    /// The open artifact.
    pub fn artifact(&self) -> &Artifact {
        &self.artifact
    }

    /// The sample, predicted and scored.
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// Computes the logits `[rows, K]` of the sample's first rows again.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn predict(&self, rows: usize) -> Result<Vec<f32>> {
        let sample = &self.inspection.sample;
        let rows: Vec<u32> = (0..rows.min(sample.len()) as u32).collect();
        self.inspection.model.predict_all(sample, &rows)
    }

    /// Finds the values of a field that contain `text`. An exact match comes first; the unseen
    /// value is always the last.
    pub fn values(&self, field: usize, text: &str) -> FieldValues {
        let vocabulary = self.artifact.header.schema.fields.get(field).map(|f| &f.vocabulary);
        let all = vocabulary.map(|v| v.values()).unwrap_or_default();
        let needle = text.trim().to_lowercase();
        let found: Vec<(u32, String)> = (0u32..)
            .zip(all)
            .filter(|(_, value)| value.to_lowercase().contains(&needle))
            .map(|(id, value)| (id, value.clone()))
            .collect();
        let key = |i: usize| {
            let (id, value) = &found[i];
            (value.to_lowercase() != needle, value.len(), *id)
        };
        let mut order = sorted((0..found.len()).collect(), &|a, b| key(a).cmp(&key(b)));
        let more = order.len().saturating_sub(FieldValues::MOST);
        order.truncate(FieldValues::MOST);
        let mut found: Vec<(u32, String)> = order.into_iter().map(|i| found[i].clone()).collect();
        found.push((all.len() as u32, UNSEEN.to_owned()));
        FieldValues { field, text: text.to_owned(), values: found, more }
    }
}

/// Name of the value that represents everything unseen in training.
const UNSEEN: &str = "unseen";
