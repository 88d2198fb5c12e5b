//! The artifact: one file with everything needed to predict, to score and to show.
//!
//! It is what a run is exported to and what the browser reads. A checkpoint, which is for
//! resuming, is another type.

mod arrays;
pub(crate) mod lenient;
pub mod record;
mod write;

use crate::backbone::BackboneConfig;
use crate::container::Container;
use crate::embedding::Embedding;
use crate::error::{Error, Result};
use crate::instances::Instances;
use crate::mask::Pool;
use crate::model::Model;
use crate::schema::Schema;
use crate::selector::{Scorer, Selector, SelectorConfig};
pub use arrays::{Storage, get_values, put_table, put_values};
use candle_core::Device;
use record::{RATIO_IF_UNKNOWN, Record};
use serde::{Deserialize, Serialize};
pub use write::{Parts, Projection};

/// Version of the layout; readers refuse others.
pub const VERSION: u32 = 2;

const FORMAT: &str = "ssim artifact";

/// The JSON header that stands before the arrays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Always "ssim artifact".
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// Program and version that wrote the file.
    pub writer: String,
    /// Fields, vocabularies and scenarios.
    pub schema: Schema,
    /// Embedding width `D`.
    pub dim: usize,
    /// The CTR model.
    pub model: BackboneConfig,
    /// The selection network, where the run had one.
    pub selector: Option<SelectorConfig>,
    /// Models beside the main one.
    pub variants: Vec<Variant>,
    /// Rows that come along, with their scores and golden logits.
    pub sample: usize,
    /// Moments of the search at which the sample was scored; none where nobody looked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moments: Vec<Snapshot>,
    /// The record of the run. Parts that cannot be read are left out.
    #[serde(deserialize_with = "Record::lenient")]
    pub report: Record,
}

impl Header {
    /// The share of rows that the run asked for; [`RATIO_IF_UNKNOWN`] where the record names none
    /// between 0 and 1.
    pub fn ratio(&self) -> f64 {
        let ratio = self.report.share.ratio;
        if (0.0..=1.0).contains(&ratio) { ratio } else { RATIO_IF_UNKNOWN }
    }

    /// The rows among which the run's list takes the best; the usual ones where the record does not say
    /// it.
    pub fn pool(&self) -> Pool {
        self.report.share.by.unwrap_or_default()
    }

    /// The number of rows for which a row of each scenario stands in the sample, `[K]`; 1 where the
    /// record does not count them.
    pub fn weights(&self) -> Vec<f64> {
        let counts = self.report.sample.as_ref().map(|sample| &sample.by_scenario[..]);
        let counts = counts.unwrap_or_default();
        let weight = |k: usize| match counts.get(k) {
            Some(count) if count.of > 0 && count.rows > 0 => count.of as f64 / count.rows as f64,
            _ => 1.0,
        };
        (0..self.schema.scenarios.len()).map(weight).collect()
    }

    /// Position of the field that holds the scenario, if there is one; see
    /// [`Schema::scenario_field`].
    pub fn scenario_field(&self) -> Option<usize> {
        self.schema.scenario_field(self.report.scenario_column())
    }

    /// Changes a field of row `i` to the value of an id; the field that holds the scenario changes the
    /// row's scenario too.
    ///
    /// # Errors
    /// When there is no such field, or the field has no such id.
    pub fn edit(&self, rows: &mut Instances, i: usize, field: usize, id: u32) -> Result<()> {
        let schema = &self.schema;
        let Some(of) = schema.fields.get(field).filter(|f| (id as usize) < f.size()) else {
            return Err(Error::Data(format!("field {field}: expected one with id {id}")));
        };
        rows.ids[i * rows.fields + field] = schema.offsets()[field] + id;
        if self.scenario_field() == Some(field) {
            let value = of.vocabulary.values().get(id as usize);
            if let Some(k) = schema.scenarios.iter().position(|s| Some(s) == value) {
                rows.scenarios[i] = k as u16;
            }
        }
        Ok(())
    }
}

/// The state of the search at one of its steps: the sample was scored there. Files call it a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Steps taken.
    pub step: u64,
    /// The mask's temperature τ.
    pub temperature: f64,
    /// The raw score above which the mask shared a row.
    pub cut: f64,
}

/// The same backbone, trained on another list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// The name of the method that made the list, or "planted".
    pub method: String,
    /// Share of the training rows on the list.
    pub ratio: f64,
    /// Seed of everything random.
    pub seed: u64,
    /// The model's sizes.
    pub model: BackboneConfig,
}

/// A trained model, its selector, and rows to look at.
pub struct Artifact {
    /// The JSON header.
    pub header: Header,
    /// Whether the file that it was read from had checksums, by which every damaged byte is found.
    pub checked: bool,
    arrays: Container<'static>,
}

impl Artifact {
    /// The file's bytes.
    ///
    /// # Errors
    /// When the header cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.arrays.to_bytes(&self.header)
    }

    /// Reads a file's bytes, compares all of them with the checksums in the file, and checks that the parts fit together.
    /// Files of older versions have no checksums.
    ///
    /// # Errors
    /// Says what is truncated, missing, of another shape, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (probe, _): (Probe, _) = Container::from_bytes(bytes)?;
        if probe.format != FORMAT {
            return Err(Error::File(format!("expected an {FORMAT}, got \"{}\"", probe.format)));
        }
        if probe.version != VERSION {
            return Err(Error::File(format!(
                "artifact version {}: this program reads version {VERSION}",
                probe.version
            )));
        }
        let (header, arrays) = Container::from_bytes::<Header>(bytes)?;
        header.schema.check()?;
        let checked = arrays.has_checksums();
        let artifact = Self { header, checked, arrays: arrays.into_owned()? };
        artifact.sample()?.check(&artifact.header.schema)?;
        Ok(artifact)
    }

    /// The CTR model.
    ///
    /// # Errors
    /// When a parameter is missing or has another shape.
    pub fn model(&self, device: &Device) -> Result<Model> {
        self.load("model.", &self.header.model, device)
    }

    /// Variant `i` of the header's list.
    ///
    /// # Errors
    /// When there are fewer, or a parameter is missing or has another shape.
    pub fn variant(&self, i: usize, device: &Device) -> Result<Model> {
        let missing = || Error::File(format!("variant {i} is missing"));
        let variant = self.header.variants.get(i).ok_or_else(missing)?;
        self.load(&format!("variant.{i}."), &variant.model, device)
    }

    fn load(&self, prefix: &str, config: &BackboneConfig, device: &Device) -> Result<Model> {
        let table = self.table(&format!("{prefix}embedding"))?;
        let mut values = get_values(&self.arrays, prefix, prefix.len())?;
        values.remove("embedding");
        table.fits(&self.header.schema, config.width, config.towers)?;
        Model::from_values(config.clone(), table, values, device)
    }

    /// The selector with the table it looks through, if the run had one.
    ///
    /// # Errors
    /// When a parameter is missing or has another shape.
    pub fn scorer(&self, device: &Device) -> Result<Option<Scorer>> {
        let Some(config) = &self.header.selector else { return Ok(None) };
        let table = self.table("selector.embedding")?;
        let mut values = get_values(&self.arrays, "selector.", 0)?;
        values.remove("selector.embedding");
        table.fits(&self.header.schema, config.width, config.heads)?;
        let selector = Selector::from_values(config.clone(), values, device)?;
        Ok(Some(Scorer { selector, table }))
    }

    /// The rows that came along.
    ///
    /// # Errors
    /// When a column is missing or of another length.
    pub fn sample(&self) -> Result<Instances> {
        arrays::get_instances(&self.arrays, self.header.sample, &self.header.schema)
    }

    /// The positions of the sample's rows in the plane, for every projection.
    ///
    /// # Errors
    /// When one has not two numbers per row.
    pub fn projections(&self) -> Result<Vec<Projection>> {
        const PREFIX: &str = "projection.";
        let names = self.arrays.names(PREFIX).filter(|name| !name.ends_with(".trustworthiness"));
        names
            .map(|name| {
                let trust = self.arrays.get_n::<f64>(&format!("{name}.trustworthiness"), 1)?;
                Ok(Projection {
                    name: name[PREFIX.len()..].to_owned(),
                    trustworthiness: trust[0],
                    at: self.arrays.get_n(name, self.header.sample.saturating_mul(2))?,
                })
            })
            .collect()
    }

    /// Logits `[n, K]` of the sample as the exporting program computed them.
    ///
    /// # Errors
    /// When they are missing or of another length.
    pub fn golden_logits(&self) -> Result<Vec<f32>> {
        let towers = self.header.model.towers;
        self.arrays.get_n("golden.logits", self.header.sample.saturating_mul(towers))
    }

    /// Share scores `[n]` of the sample as the exporting program computed them; empty where the
    /// run had no selector.
    ///
    /// # Errors
    /// When they are missing or of another length.
    pub fn golden_scores(&self) -> Result<Vec<f32>> {
        match self.header.selector {
            Some(_) => self.arrays.get_n("golden.scores", self.header.sample),
            None => Ok(Vec::new()),
        }
    }

    /// Logits of variant `i` for the first rows of the sample, each by its own scenario's tower, as
    /// the exporting program computed them.
    ///
    /// # Errors
    /// When they are missing.
    pub fn golden_variant(&self, i: usize) -> Result<Vec<f32>> {
        let n = self.header.sample.min(write::VARIANT_ROWS);
        self.arrays.get_n(&format!("golden.variant.{i}"), n)
    }

    /// Raw scores `[n]` of the sample at moment `i` of the search.
    ///
    /// # Errors
    /// When they are missing or of another length.
    pub fn moment(&self, i: usize) -> Result<Vec<f32>> {
        let (name, n) = (format!("moment.{i}"), self.header.sample);
        match self.arrays.get_floats(&name)? {
            scores if scores.len() == n => Ok(scores),
            scores => Err(Error::File(format!(
                "array \"{name}\": expected {n} scores, got {}",
                scores.len()
            ))),
        }
    }

    fn table(&self, name: &str) -> Result<Embedding> {
        let expected = [self.header.schema.features(), self.header.dim];
        let shape = self.arrays.shape(name)?;
        if shape != expected {
            return Err(Error::File(format!(
                "array \"{name}\": expected shape {expected:?}, got {shape:?}"
            )));
        }
        Embedding::from_values(self.arrays.get_floats(name)?, self.header.dim)
    }
}

#[derive(Deserialize)]
struct Probe {
    format: String,
    version: u32,
}
