//! A CTR model: a backbone on an embedding table.

use crate::backbone::ensemble::{Ensemble, MEMBERS};
use crate::backbone::{self, BackboneConfig, Build, Reduction};
use crate::embedding::{Embedding, Lookup};
use crate::error::{Error, Result};
use crate::instances::Instances;
use crate::layer::{Moments, Pass, Precision};
use crate::parameters::{Parameters, Values};
use crate::routing::Routing;
use crate::{parallel, tensor};
use candle_core::{Device, Tensor};
use std::sync::Arc;

/// Number of rows that are predicted at once, so that the activations stay in the cache.
const BLOCK: usize = 2048;

/// A CTR model with all its parameters.
///
/// It builds its network twice over the same parameters: once to train, with a graph, and once to
/// predict.
pub struct Model {
    /// Sizes of the backbone.
    pub config: BackboneConfig,
    /// The embedding table, `[N, D]`.
    pub embedding: Embedding,
    /// All other values: `towers.…` are trained, `buffers.…` are not.
    pub parameters: Parameters,
    /// Number format of the products. It is not saved with the model: a model computes in f32 until
    /// somebody sets this field, also after it was read from a file.
    pub precision: Precision,
    device: Device,
    trainable: Ensemble,
    frozen: Ensemble,
}

/// Something that gives every row a logit.
pub trait Predict {
    /// Logits `[n]` of the given rows.
    ///
    /// # Errors
    /// Only what candle reports.
    fn predict(&self, instances: &Instances, rows: &[u32]) -> Result<Vec<f32>>;
}

impl Predict for Model {
    fn predict(&self, instances: &Instances, rows: &[u32]) -> Result<Vec<f32>> {
        Model::predict(self, instances, rows)
    }
}

impl Predict for Vec<Model> {
    fn predict(&self, instances: &Instances, rows: &[u32]) -> Result<Vec<f32>> {
        self.as_slice().predict(instances, rows)
    }
}

/// One model for all scenarios, or one model per scenario, `[K]`; then the k-th model predicts the
/// rows of scenario k.
impl Predict for [Model] {
    fn predict(&self, instances: &Instances, rows: &[u32]) -> Result<Vec<f32>> {
        if let [model] = self {
            return model.predict(instances, rows);
        }
        let mut logits = vec![0f32; rows.len()];
        for (k, model) in self.iter().enumerate() {
            let places: Vec<usize> = (0..rows.len())
                .filter(|at| usize::from(instances.scenarios[rows[*at] as usize]) == k)
                .collect();
            let own_rows: Vec<u32> = places.iter().map(|at| rows[*at]).collect();
            let predicted = model.predict(instances, &own_rows)?;
            places.iter().zip(predicted).for_each(|(at, z)| logits[*at] = z);
        }
        Ok(logits)
    }
}

impl Model {
    /// A model with seeded initial values, for `features` ids with embeddings of width `dim`.
    ///
    /// # Errors
    /// When the configuration cannot be built.
    pub fn seeded(
        config: BackboneConfig,
        features: usize,
        dim: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self> {
        let build = backbone::find(&config.backbone)?;
        let embedding = Embedding::seeded(features, dim, seed);
        Self::new(build, config, embedding, Parameters::seeded(seed), device)
    }

    /// A model with the given values.
    ///
    /// # Errors
    /// When a size is out of its bounds, or a parameter is missing or has another shape.
    pub fn from_values(
        config: BackboneConfig,
        embedding: Embedding,
        values: Values,
        device: &Device,
    ) -> Result<Self> {
        let build = backbone::find(&config.backbone).map_err(Error::in_file)?;
        let parameters = Parameters::from_values(values);
        Self::new(build, config, embedding, parameters, device).map_err(Error::in_file)
    }

    /// A model with any backbone, also one that the registry does not contain. The width `dim` of
    /// the configuration is taken from the table.
    ///
    /// # Errors
    /// When a size does not fit, or a given parameter has another shape.
    pub fn new(
        build: Build,
        mut config: BackboneConfig,
        embedding: Embedding,
        parameters: Parameters,
        device: &Device,
    ) -> Result<Self> {
        config.dim = embedding.dim();
        config.check()?;
        let trainable = Ensemble::new(build, &config, parameters.trainable(device))?;
        let frozen = Ensemble::new(build, &config, parameters.frozen(device))?;
        Ok(Self {
            config,
            embedding,
            parameters,
            precision: Precision::F32,
            device: device.clone(),
            trainable,
            frozen,
        })
    }

    /// The model whose logits are the mean of those of `models`, which have one member each and differ in their
    /// values alone. It can predict, and cannot be trained on.
    ///
    /// # Errors
    /// When there is no model, or two have other sizes.
    pub fn mean_of(models: &[Model]) -> Result<Model> {
        let other = || Error::Config("members: expected models of the same sizes".into());
        let first = models.first().ok_or_else(other)?;
        let members = models.len();
        let config =
            BackboneConfig { width: first.config.width * members, members, ..first.config.clone() };
        let mut values = Values::new();
        for (j, model) in models.iter().enumerate() {
            if model.config != first.config || model.embedding.rows() != first.embedding.rows() {
                return Err(other());
            }
            let name = |name: String| match members {
                1 => name,
                _ => format!("{}.{j}.{name}", MEMBERS),
            };
            let own = model.parameters.values()?.into_iter();
            values.extend(own.map(|(of, value)| (name(of), value)));
        }
        let tables: Vec<&Embedding> = models.iter().map(|model| &model.embedding).collect();
        Self::from_values(config, Embedding::side_by_side(&tables)?, values, &first.device)
    }

    /// The device of the dense parameters.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How the backbone's published code reduces the losses of rows to one number.
    pub fn reduction(&self) -> Reduction {
        self.trainable.first.reduction()
    }

    /// Number of outputs of the layer that reads embedded rows, for [`Lookup::for_layer`].
    pub fn first_layer(&self) -> usize {
        self.trainable.first.first_layer()
    }

    /// Whether the backbone normalises rows by the moments of the whole batch.
    pub fn normalises(&self) -> bool {
        self.trainable.first.norm().is_some()
    }

    /// Whether most of the backbone's work is done once per row, and not once per row and tower.
    pub fn works_by_row(&self) -> bool {
        self.trainable.first.works_by_row()
    }

    /// The moments of a whole training batch; `None` unless the backbone normalises rows.
    ///
    /// Call it before the batch is cut into slices, and give the result to the slices' passes
    /// ([`Pass::with_moments`]). After their backward passes call [`Moments::gradient`].
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn moments(&self, instances: &Instances, rows: &[u32]) -> Result<Option<Arc<Moments>>> {
        let Some(norm) = self.trainable.first.norm() else { return Ok(None) };
        let batch = Lookup::new(&self.embedding, instances, rows, &self.device, false);
        Ok(Some(Arc::new(norm.moments(&batch)?)))
    }

    /// Moves the moving mean and variance, which are used for predictions, towards those of a batch
    /// with these scenarios, `[m]`. Call it once per training step; it does nothing without
    /// moments.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn follow(&self, moments: Option<&Moments>, scenarios: &[u16]) -> Result<()> {
        let norm = self.trainable.first.norm().zip(moments);
        norm.map_or(Ok(()), |(norm, moments)| norm.follow(moments, scenarios))
    }

    /// The logits `[P]` of all pairs of row and tower of `routing`, in their order, with a graph back
    /// to the parameters and the embedded rows.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn forward(&self, lookup: &Lookup, routing: &Routing, pass: &Pass) -> Result<Tensor> {
        self.trainable.logits(lookup, routing, pass)
    }

    /// The logits `[n]` of the given rows, each from the tower of its own scenario.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn predict(&self, instances: &Instances, rows: &[u32]) -> Result<Vec<f32>> {
        // Sorted by scenario, so that a block of rows runs few towers.
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_by_key(|i| instances.scenarios[rows[*i as usize] as usize]);
        let blocks = parallel::compute(order.chunks(BLOCK).collect(), |places| {
            let rows: Vec<u32> = places.iter().map(|i| rows[*i as usize]).collect();
            let lookup = Lookup::new(&self.embedding, instances, &rows, &self.device, false)
                .for_layer(self.first_layer());
            let routing = Routing::own(self.config.towers, &lookup.scenarios());
            let pass = Pass::inference().in_precision(self.precision);
            let logits = self.frozen.logits(&lookup, &routing, &pass)?;
            let mut out = vec![0f32; rows.len()];
            tensor::with_f32(&logits, |z| {
                routing.pairs().iter().zip(z).for_each(|(i, z)| out[*i as usize] = *z)
            })?;
            Ok(out)
        });
        let mut logits = vec![0f32; rows.len()];
        let blocks = blocks.into_iter().collect::<Result<Vec<_>>>()?.concat();
        order.iter().zip(blocks).for_each(|(i, z)| logits[*i as usize] = z);
        Ok(logits)
    }

    /// The logits of all towers for the given rows, `[n, K]` row-major.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn predict_all(&self, instances: &Instances, rows: &[u32]) -> Result<Vec<f32>> {
        let towers = self.config.towers;
        let blocks = parallel::compute(rows.chunks(BLOCK).collect(), |rows| {
            let lookup = Lookup::new(&self.embedding, instances, rows, &self.device, false)
                .for_layer(self.first_layer());
            let routing = Routing::new(towers, &lookup.scenarios(), &vec![true; rows.len()]);
            let pass = Pass::inference().in_precision(self.precision);
            let logits = self.frozen.logits(&lookup, &routing, &pass)?;
            // The pairs are those of the first tower, then those of the second: [K, n].
            tensor::to_vec(&logits.reshape((towers, rows.len()))?.t()?)
        });
        Ok(blocks.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }
}

/// The probability of a logit, σ(z) = 1 / (1 + e^−z).
pub fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + (-z).exp())
}
