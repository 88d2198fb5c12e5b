//! From the parts of a run to an artifact.

use super::arrays::{Storage, put_instances, put_weights};
use super::record::Record;
use super::{Artifact, FORMAT, Header, Snapshot, VERSION, Variant};
use crate::container::Container;
use crate::embedding::Embedding;
use crate::error::{Error, Result};
use crate::instances::Instances;
use crate::model::Model;
use crate::parameters::Values;
use crate::schema::Schema;
use crate::selector::Scorer;
use candle_core::Device;

/// Rows whose golden logits a variant brings along.
pub(super) const VARIANT_ROWS: usize = 256;

/// Parts an artifact is made from.
pub struct Parts<'a> {
    /// Program and version.
    pub writer: &'a str,
    /// Fields, vocabularies and scenarios.
    pub schema: &'a Schema,
    /// The CTR model.
    pub model: &'a Model,
    /// The selector with the table it looks through.
    pub scorer: Option<&'a Scorer>,
    /// The same backbone trained on other lists.
    pub variants: &'a [(Variant, Model)],
    /// Rows to look at.
    pub sample: &'a Instances,
    /// Positions of the sample's rows in the plane.
    pub projections: &'a [Projection],
    /// Moments of the search, with the sample's raw scores `[n]`.
    pub moments: &'a [(Snapshot, Vec<f32>)],
    /// The record of the run.
    pub report: Record,
    /// How weights are written.
    pub storage: Storage,
}

/// Positions of the sample's rows in the plane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projection {
    /// Name in columns and on the page: "pca", "tsne".
    pub name: String,
    /// How well near rows stay near, 0 to 1.
    pub trustworthiness: f64,
    /// `[n, 2]`; NaN for rows that were left out.
    pub at: Vec<f32>,
}

impl Artifact {
    /// Puts the parts together and computes the golden values, which every host must reproduce, from
    /// the weights as they stand in the file: the logits of all towers `[n, K]` and the share scores
    /// `[n]` of the sample, and the logits of every variant on its first rows.
    ///
    /// # Errors
    /// When the sample does not fit the schema, or what candle reports.
    pub fn new(parts: Parts) -> Result<Self> {
        let Parts { schema, model, scorer, sample, storage, .. } = parts;
        sample.check(schema)?;
        let mut arrays = Container::default();
        put_model(&mut arrays, "model.", model, storage)?;
        if let Some(scorer) = scorer {
            put_table(&mut arrays, "selector.embedding", &scorer.table, storage);
            put_values(&mut arrays, "", &scorer.selector.parameters.values()?, storage);
        }
        for (i, (_, model)) in parts.variants.iter().enumerate() {
            put_model(&mut arrays, &format!("variant.{i}."), model, storage)?;
        }
        put_instances(&mut arrays, sample, schema.features());
        for projection in parts.projections {
            let Projection { name, trustworthiness, at } = projection;
            if at.len() != 2 * sample.len() {
                let text = format!("projection \"{name}\": expected {} rows", sample.len());
                return Err(Error::Data(text));
            }
            arrays.put(&format!("projection.{name}"), &[sample.len(), 2], at);
            arrays.put(&format!("projection.{name}.trustworthiness"), &[1], &[*trustworthiness]);
        }
        for (i, (_, scores)) in parts.moments.iter().enumerate() {
            if scores.len() != sample.len() {
                return Err(Error::Data(format!("moment {i}: expected {} rows", sample.len())));
            }
            put_weights(&mut arrays, &format!("moment.{i}"), &[scores.len()], scores, storage);
        }
        let header = Header {
            format: FORMAT.into(),
            version: VERSION,
            writer: parts.writer.into(),
            schema: schema.clone(),
            dim: model.embedding.dim(),
            model: model.config.clone(),
            selector: scorer.map(|scorer| scorer.selector.config.clone()),
            variants: parts.variants.iter().map(|(variant, _)| variant.clone()).collect(),
            sample: sample.len(),
            moments: parts.moments.iter().map(|(moment, _)| moment.clone()).collect(),
            report: parts.report,
        };
        // There is no file yet that could be damaged.
        let mut artifact = Self { header, checked: true, arrays };
        artifact.golden(sample)?;
        Ok(artifact)
    }

    fn golden(&mut self, sample: &Instances) -> Result<()> {
        let device = Device::Cpu;
        let rows: Vec<u32> = (0..sample.len() as u32).collect();
        let model = self.model(&device)?;
        let logits = model.predict_all(sample, &rows)?;
        self.arrays.put("golden.logits", &[rows.len(), model.config.towers], &logits);
        if let Some(scorer) = self.scorer(&device)? {
            let scores = scorer.score(sample, &rows, &device)?;
            self.arrays.put("golden.scores", &[rows.len()], &scores);
        }
        let few = &rows[..rows.len().min(VARIANT_ROWS)];
        for i in 0..self.header.variants.len() {
            let logits = self.variant(i, &device)?.predict(sample, few)?;
            self.arrays.put(&format!("golden.variant.{i}"), &[few.len()], &logits);
        }
        Ok(())
    }
}

fn put_model(arrays: &mut Container, prefix: &str, model: &Model, storage: Storage) -> Result<()> {
    put_table(arrays, &format!("{prefix}embedding"), &model.embedding, storage);
    put_values(arrays, prefix, &model.parameters.values()?, storage);
    Ok(())
}

fn put_table(arrays: &mut Container, name: &str, table: &Embedding, storage: Storage) {
    put_weights(arrays, name, &[table.rows(), table.dim()], table.values(), storage);
}

fn put_values(arrays: &mut Container, prefix: &str, values: &Values, storage: Storage) {
    for (name, (shape, data)) in values {
        put_weights(arrays, &format!("{prefix}{name}"), shape, data, storage);
    }
}
