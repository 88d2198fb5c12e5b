//! The artifact: one file with everything needed to predict, to score and to show.
//!
//! It is what a run is exported to and what the browser reads. A checkpoint, which is for
//! resuming, is another type.

use crate::backbone::BackboneConfig;
use crate::container::Container;
use crate::embedding::Embedding;
use crate::error::{Error, Result};
use crate::instances::{Instances, Planted};
use crate::model::Model;
use crate::parameters::Values;
use crate::schema::Schema;
use crate::selector::{Selector, SelectorConfig};
use candle_core::Device;
use serde::{Deserialize, Serialize};

/// Version of the layout; readers refuse others.
pub const VERSION: u32 = 1;

const FORMAT: &str = "ssim artifact";

/// What stands before the arrays, as JSON.
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
    /// Rows that come along, with their scores and golden logits.
    pub sample: usize,
    /// What the run reported, as it reported it.
    pub report: serde_json::Value,
}

/// A trained model, its selector, and rows to look at.
pub struct Artifact {
    /// The JSON header.
    pub header: Header,
    arrays: Container,
}

/// Parts an artifact is made from.
pub struct Parts<'a> {
    /// Program and version.
    pub writer: &'a str,
    /// Fields, vocabularies and scenarios.
    pub schema: &'a Schema,
    /// The CTR model.
    pub model: &'a Model,
    /// The selector and the table that search left it.
    pub selector: Option<(&'a Selector, &'a Embedding)>,
    /// Rows to look at.
    pub sample: &'a Instances,
    /// What the run reported.
    pub report: serde_json::Value,
}

impl Artifact {
    /// Puts the parts together and computes the golden values of the sample: the logits of all
    /// towers `[n, K]` and the share scores `[n]`, which every host must reproduce.
    ///
    /// # Errors
    /// When the sample does not fit the schema, or what candle reports.
    pub fn new(parts: Parts) -> Result<Self> {
        let Parts { writer, schema, model, selector, sample, report } = parts;
        sample.check(schema)?;
        let rows: Vec<u32> = (0..sample.len() as u32).collect();
        let mut arrays = Container::default();
        put_table(&mut arrays, "model.embedding", &model.embedding);
        put_values(&mut arrays, "model.", &model.parameters.values()?);
        let logits = model.predict_all(sample, &rows)?;
        arrays.put("golden.logits", &[rows.len(), model.config.towers], &logits);
        if let Some((selector, table)) = selector {
            put_table(&mut arrays, "selector.embedding", table);
            put_values(&mut arrays, "", &selector.parameters.values()?);
            let scores = selector.score(table, sample, &rows, model.device())?;
            arrays.put("golden.scores", &[rows.len()], &scores);
        }
        put_instances(&mut arrays, sample);
        let header = Header {
            format: FORMAT.into(),
            version: VERSION,
            writer: writer.into(),
            schema: schema.clone(),
            dim: model.embedding.dim(),
            model: model.config.clone(),
            selector: selector.map(|(s, _)| s.config.clone()),
            sample: sample.len(),
            report,
        };
        Ok(Self { header, arrays })
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// When the header cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.arrays.to_bytes(&self.header)
    }

    /// Reads a file's bytes and checks that the parts fit together.
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
        let artifact = Self { header, arrays };
        artifact.sample()?.check(&artifact.header.schema)?;
        Ok(artifact)
    }

    /// The CTR model.
    ///
    /// # Errors
    /// When a parameter is missing or has another shape.
    pub fn model(&self, device: &Device) -> Result<Model> {
        let table = self.table("model.embedding")?;
        let values = self.values("model.towers", "model.".len())?;
        Model::from_values(self.header.model.clone(), table, values, device)
    }

    /// The selector and the table it looks through, where the run had one.
    ///
    /// # Errors
    /// When a parameter is missing or has another shape.
    pub fn selector(&self, device: &Device) -> Result<Option<(Selector, Embedding)>> {
        let Some(config) = &self.header.selector else { return Ok(None) };
        let table = self.table("selector.embedding")?;
        let mut values = self.values("selector.", 0)?;
        values.remove("selector.embedding");
        Ok(Some((Selector::from_values(config.clone(), values, device)?, table)))
    }

    /// The rows that came along.
    ///
    /// # Errors
    /// When a column is missing or of another length.
    pub fn sample(&self) -> Result<Instances> {
        let (n, fields) = (self.header.sample, self.header.schema.fields.len());
        let cells = n.checked_mul(fields);
        let cells = cells.ok_or_else(|| Error::File(format!("sample of {n} rows")))?;
        let planted = self.arrays.contains("sample.planted_shared").then(|| {
            let shared: Vec<u8> = self.arrays.get_n("sample.planted_shared", n)?;
            Ok::<_, Error>(Planted {
                shared: shared.into_iter().map(|b| b != 0).collect(),
                probability: self.arrays.get_n("sample.planted_probability", n)?,
            })
        });
        Ok(Instances {
            fields,
            ids: self.arrays.get_n("sample.ids", cells)?,
            labels: self.arrays.get_n("sample.labels", n)?,
            scenarios: self.arrays.get_n("sample.scenarios", n)?,
            rows: self.arrays.get_n("sample.rows", n)?,
            planted: planted.transpose()?,
        })
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

    fn table(&self, name: &str) -> Result<Embedding> {
        let expected = [self.header.schema.features(), self.header.dim];
        let shape = self.arrays.shape(name)?;
        if shape != expected {
            return Err(Error::File(format!(
                "array \"{name}\": expected shape {expected:?}, got {shape:?}"
            )));
        }
        Embedding::from_values(self.arrays.get(name)?, self.header.dim)
    }

    fn values(&self, prefix: &str, strip: usize) -> Result<Values> {
        get_values(&self.arrays, prefix, strip)
    }
}

#[derive(Deserialize)]
struct Probe {
    format: String,
    version: u32,
}

/// Adds an embedding table `[N, D]`.
pub fn put_table(arrays: &mut Container, name: &str, table: &Embedding) {
    arrays.put(name, &[table.rows(), table.dim()], table.values());
}

/// Adds parameters under `prefix`.
pub fn put_values(arrays: &mut Container, prefix: &str, values: &Values) {
    for (name, (shape, data)) in values {
        arrays.put(&format!("{prefix}{name}"), shape, data);
    }
}

/// The f32 arrays whose names begin with `prefix`, with `strip` bytes taken off their names.
///
/// # Errors
/// When one of them is not f32.
pub fn get_values(arrays: &Container, prefix: &str, strip: usize) -> Result<Values> {
    arrays
        .names(prefix)
        .map(|name| {
            let value = (arrays.shape(name)?.to_vec(), arrays.get::<f32>(name)?);
            Ok((name[strip..].to_owned(), value))
        })
        .collect()
}

fn put_instances(arrays: &mut Container, sample: &Instances) {
    let n = sample.len();
    arrays.put("sample.ids", &[n, sample.fields], &sample.ids);
    arrays.put("sample.labels", &[n], &sample.labels);
    arrays.put("sample.scenarios", &[n], &sample.scenarios);
    arrays.put("sample.rows", &[n], &sample.rows);
    if let Some(planted) = &sample.planted {
        let shared: Vec<u8> = planted.shared.iter().map(|b| u8::from(*b)).collect();
        arrays.put("sample.planted_shared", &[n], &shared);
        arrays.put("sample.planted_probability", &[n], &planted.probability);
    }
}
