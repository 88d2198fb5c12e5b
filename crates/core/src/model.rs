//! A CTR model: an embedding table under a backbone.

use crate::backbone::{self, Backbone, BackboneConfig, Build, Reduction};
use crate::embedding::{Embedding, Lookup};
use crate::error::Result;
use crate::instances::Instances;
use crate::layer::{Moments, Pass, Precision};
use crate::parameters::{Parameters, Values};
use crate::routing::Routing;
use crate::{host, parallel};
use candle_core::{Device, Tensor};
use std::sync::Arc;

/// Rows predicted at once: a block's activations stay in the cache.
const BLOCK: usize = 2048;

/// A CTR model with all its parameters.
pub struct Model {
    /// Sizes of the backbone.
    pub config: BackboneConfig,
    /// The table under it, `[N, D]`.
    pub embedding: Embedding,
    /// Everything else, named `towers.…`, and `buffers.…` for what is not trained.
    pub parameters: Parameters,
    /// Number format of its products. It is no part of a saved model: whoever trains one in bf16 asks
    /// for it, and what is read from a file computes in f32.
    pub precision: Precision,
    device: Device,
    trainable: Box<dyn Backbone>,
    frozen: Box<dyn Backbone>,
}

/// Whatever gives every row a logit.
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

/// One model for all scenarios, or a copy for each: `[K]` models, the k-th of which predicts the
/// rows of scenario k.
impl Predict for Vec<Model> {
    fn predict(&self, instances: &Instances, rows: &[u32]) -> Result<Vec<f32>> {
        if let [model] = &self[..] {
            return model.predict(instances, rows);
        }
        let mut logits = vec![0f32; rows.len()];
        for (k, model) in self.iter().enumerate() {
            let scenario = |at: &usize| usize::from(instances.scenarios[rows[*at] as usize]);
            let places: Vec<usize> = (0..rows.len()).filter(|at| scenario(at) == k).collect();
            let own: Vec<u32> = places.iter().map(|at| rows[*at]).collect();
            let found = model.predict(instances, &own)?;
            places.iter().zip(found).for_each(|(at, z)| logits[*at] = z);
        }
        Ok(logits)
    }
}

impl Model {
    /// A model over `features` ids that starts from seeded values.
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
    /// When a parameter is missing or has another shape.
    pub fn from_values(
        config: BackboneConfig,
        embedding: Embedding,
        values: Values,
        device: &Device,
    ) -> Result<Self> {
        let build = backbone::find(&config.backbone)?;
        Self::new(build, config, embedding, Parameters::from_values(values), device)
    }

    /// A model on any backbone, in the registry or not.
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
        let trainable = build(&config, parameters.trainable(device))?;
        let frozen = build(&config, parameters.frozen(device))?;
        let (precision, device) = (Precision::F32, device.clone());
        Ok(Self { config, embedding, parameters, precision, device, trainable, frozen })
    }

    /// Where the dense parameters live.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How the backbone's published code makes one number of row losses.
    pub fn reduction(&self) -> Reduction {
        self.trainable.reduction()
    }

    /// Whether rows of a batch are normalised by what all of them are.
    pub fn normalises(&self) -> bool {
        self.trainable.norm().is_some()
    }

    /// What the slices of a training batch must know of the whole, where the backbone normalises its
    /// rows; it must be given to their passes, and its gradient be added to that of the rows.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn moments(&self, instances: &Instances, rows: &[u32]) -> Result<Option<Arc<Moments>>> {
        let Some(norm) = self.trainable.norm() else { return Ok(None) };
        let batch = Lookup::new(&self.embedding, instances, rows, &self.device, false);
        Ok(Some(Arc::new(norm.moments(&batch)?)))
    }

    /// Lets the moments that predictions are made with follow those of a batch with rows of these
    /// scenarios.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn follow(&self, moments: Option<&Moments>, scenarios: &[u16]) -> Result<()> {
        let norm = self.trainable.norm().zip(moments);
        norm.map_or(Ok(()), |(norm, moments)| norm.follow(moments, scenarios))
    }

    /// Logits of every tower for the rows it sees, with a graph back to parameters and rows.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn forward(&self, lookup: &Lookup, routing: &Routing, pass: &Pass) -> Result<Vec<Tensor>> {
        backbone::logits(&*self.trainable, lookup, routing, pass)
    }

    /// Logits `[n]` of the given rows, each from its own scenario's tower.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn predict(&self, instances: &Instances, rows: &[u32]) -> Result<Vec<f32>> {
        // Rows of one scenario stand together, so a block runs few towers.
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_by_key(|i| instances.scenarios[rows[*i as usize] as usize]);
        let blocks = parallel::map(order.chunks(BLOCK).collect(), |places| {
            let rows: Vec<u32> = places.iter().map(|i| rows[*i as usize]).collect();
            let lookup = Lookup::new(&self.embedding, instances, &rows, &self.device, false);
            let routing = Routing::own(self.config.towers, &lookup.scenarios());
            let pass = Pass::inference().in_precision(self.precision);
            let logits = backbone::logits(&*self.frozen, &lookup, &routing, &pass)?;
            let mut out = vec![0f32; rows.len()];
            for (k, logits) in logits.iter().enumerate() {
                let seen = routing.tower(k);
                host::with_f32(logits, |z| {
                    seen.iter().zip(z).for_each(|(i, z)| out[*i as usize] = *z)
                })?;
            }
            Ok(out)
        });
        let mut logits = vec![0f32; rows.len()];
        let blocks = blocks.into_iter().collect::<Result<Vec<_>>>()?.concat();
        order.iter().zip(blocks).for_each(|(i, z)| logits[*i as usize] = z);
        Ok(logits)
    }

    /// Logits of all towers for the given rows, `[n, K]` row-major.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn predict_all(&self, instances: &Instances, rows: &[u32]) -> Result<Vec<f32>> {
        let towers = self.config.towers;
        let blocks = parallel::map(rows.chunks(BLOCK).collect(), |rows| {
            let lookup = Lookup::new(&self.embedding, instances, rows, &self.device, false);
            let routing = Routing::new(towers, &lookup.scenarios(), &vec![true; rows.len()]);
            let pass = Pass::inference().in_precision(self.precision);
            let logits = backbone::logits(&*self.frozen, &lookup, &routing, &pass)?;
            host::to_vec(&Tensor::stack(&logits, 1)?)
        });
        Ok(blocks.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }
}

/// Probability of a logit.
pub fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + (-z).exp())
}
