//! The selection network: how much each row is worth to every scenario's tower.

use crate::bounds;
use crate::embedding::{Embedding, Lookup};
use crate::error::{Error, Result};
use crate::instances::Instances;
use crate::layer::{Head, Linear, Mlp, Pass, RowPass};
use crate::parameters::{Parameters, Values};
use crate::{parallel, tensor};
use candle_core::{Device, Tensor};
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};

/// Rows scored at once. Every block's products read the weights in an order of their own, and that costs
/// less the more rows there are: blocks of 1024 rows are a tenth slower, and need half of the memory.
const BLOCK: usize = 4096;

/// Sizes of a selection network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelectorConfig {
    /// Width of an embedded row, `F·D`.
    pub width: usize,
    /// Hidden widths.
    pub mlp: Vec<usize>,
    /// Number of heads: one per scenario, or one for all (the ablation without domain heads).
    pub heads: usize,
}

/// A multi-layer perceptron on the embedded row with one head per scenario:
/// `z_i = w_{s_i}·h_i + b_{s_i}`.
struct Network {
    /// The hidden layers and all heads as one layer.
    layers: Head,
    heads: usize,
}

impl Network {
    fn new(config: &SelectorConfig, vb: &VarBuilder) -> Result<Self> {
        bounds::widths("selector.mlp", &config.mlp)?;
        bounds::one("selector.width", config.width as u64)?;
        bounds::one("selector.heads", config.heads as u64)?;
        let last = config.mlp.last().copied().unwrap_or(config.width);
        let mlp = Mlp::new(config.width, &config.mlp, vb)?;
        let out = Linear::new(last, config.heads, &vb.pp("heads"))?;
        Ok(Self { layers: Head { mlp, out }, heads: config.heads })
    }

    /// Scores `z [n]` of all rows of a look-up.
    fn scores(&self, lookup: &Lookup, rows: &RowPass) -> Result<Tensor> {
        let (e, repeats) = lookup.embed(&lookup.places())?;
        let all = self.layers.forward(&e, &rows.clone().with_repeats(&e, repeats))?;
        if self.heads == 1 {
            return Ok(all.squeeze(1)?);
        }
        let own: Vec<u32> = lookup.scenarios().iter().map(|s| u32::from(*s)).collect();
        let own = Tensor::from_vec(own, (lookup.len(), 1), e.device())?;
        Ok(all.gather(&own, 1)?.squeeze(1)?)
    }
}

/// A selection network with its parameters (named `selector.…`).
///
/// It reads embedded rows but owns no table: in search it looks through the backbone's own, and
/// afterwards through the table that search left behind.
pub struct Selector {
    /// Sizes.
    pub config: SelectorConfig,
    /// Hypernet and heads.
    pub parameters: Parameters,
    trainable: Network,
    frozen: Network,
}

impl Selector {
    /// A selector that starts from seeded values.
    ///
    /// # Errors
    /// When a size is 0.
    pub fn seeded(config: SelectorConfig, seed: u64, device: &Device) -> Result<Self> {
        Self::build(config, Parameters::seeded(seed), device)
    }

    /// A selector with the given values.
    ///
    /// # Errors
    /// When a parameter is missing or has another shape.
    pub fn from_values(config: SelectorConfig, values: Values, device: &Device) -> Result<Self> {
        Self::build(config, Parameters::from_values(values), device).map_err(Error::in_file)
    }

    fn build(config: SelectorConfig, parameters: Parameters, device: &Device) -> Result<Self> {
        let trainable = Network::new(&config, &parameters.trainable(device).pp("selector"))?;
        let frozen = Network::new(&config, &parameters.frozen(device).pp("selector"))?;
        Ok(Self { config, parameters, trainable, frozen })
    }

    /// Raw scores `z [m]` of a whole batch, with a graph back to the parameters and the rows.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn forward(&self, lookup: &Lookup, pass: &Pass) -> Result<Tensor> {
        self.trainable.scores(lookup, &pass.undropped())
    }

    /// Number of outputs of the layer that reads embedded rows, for [`Lookup::for_layer`].
    pub fn first_layer(&self) -> usize {
        self.frozen.layers.mlp.first()
    }

    /// Raw scores `z [n]` of the given rows, seen through `embedding`.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn score(
        &self,
        embedding: &Embedding,
        instances: &Instances,
        rows: &[u32],
        device: &Device,
    ) -> Result<Vec<f32>> {
        self.score_with(embedding, instances, rows, device, &Pass::inference())
    }

    /// The same with the dropout of `pass`, which counts rows from the first of `rows`.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn score_with(
        &self,
        embedding: &Embedding,
        instances: &Instances,
        rows: &[u32],
        device: &Device,
        pass: &Pass,
    ) -> Result<Vec<f32>> {
        // Of equal size: a small product at the end would be summed in another order.
        let mut parts = parallel::ranges(rows.len(), rows.len().div_ceil(BLOCK));
        parts.retain(|part| !part.is_empty());
        let blocks = parallel::compute(parts, |part| {
            let places: Vec<u32> = (part.start as u32..part.end as u32).collect();
            let lookup = Lookup::new(embedding, instances, &rows[part], device, false)
                .for_layer(self.first_layer());
            let rows = RowPass { sink: None, ..pass.rows(&places, 0) };
            tensor::to_vec(&self.frozen.scores(&lookup, &rows)?)
        });
        Ok(blocks.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }
}

/// A selection network together with the embedding table that it looks through: all that is needed
/// to score rows.
pub struct Scorer {
    /// The selection network.
    pub selector: Selector,
    /// The table, `[N, D]`.
    pub table: Embedding,
}

impl Scorer {
    /// Raw scores `z [n]` of the given rows.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn score(&self, instances: &Instances, rows: &[u32], device: &Device) -> Result<Vec<f32>> {
        self.selector.score(&self.table, instances, rows, device)
    }
}
