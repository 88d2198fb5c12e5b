//! STAR: the weights of a tower are those of a shared network, multiplied element by element with
//! weights of its own.
//!
//! Tower k normalises the row by its scenario ([`PartitionedNorm`]). Layers with weight `W⊙W_k` and
//! bias `b + b_k` then give `f_k`. A small network on the embedding of the scenario field gives
//! `a`, and the logit is `o_k = f_k + a`. For a shared row, tower k takes the moments of scenario
//! k, and the `a` of the row's own scenario.
//!
//! The published L2 is λΣw², twice the L2 of this program's settings; it leaves out the
//! normalisation. With one tower (`st`) this is a network with batch normalisation.

use super::{Backbone, BackboneConfig, Reduction, expect};
use crate::bounds;
use crate::embedding::Lookup;
use crate::error::{Error, Result};
use crate::layer::{Activation, Linear, PartitionedNorm, Pass, RowPass, init};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use candle_nn::init::{ONE, ZERO};
use serde::{Deserialize, Serialize};

/// Settings of STAR. The defaults are the published ones, except for two corrections: `mlp` is
/// `[128, 64, 32]`, `dropout` is `[0.1, 0.3, 0.3]`, `aux` is 16, and both flags are off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct StarConfig {
    /// Hidden widths.
    pub mlp: Vec<usize>,
    /// Dropout after every hidden layer; the last value also counts for further layers.
    pub dropout: Vec<f32>,
    /// Width of the network on the scenario field.
    pub aux: usize,
    /// Off: rows are normalised by the moments of the scenario, in training and in predicting. On:
    /// as published, by the moments of the whole batch in training, and by others in predicting.
    pub published_norm: bool,
    /// Off: every tower starts as the shared network. On: as published, `W_k` starts with random
    /// values as `W` does (Glorot), which makes the products tiny.
    pub published_init: bool,
}

impl Default for StarConfig {
    fn default() -> Self {
        Self {
            mlp: vec![128, 64, 32],
            dropout: vec![0.1, 0.3, 0.3],
            aux: 16,
            published_norm: false,
            published_init: false,
        }
    }
}

impl StarConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// When a setting is out of range; the message names it.
    pub fn check(&self) -> Result<()> {
        bounds::widths("star.mlp", &self.mlp)?;
        let shares = self.dropout.iter().all(|p| (0.0..1.0).contains(p));
        expect(shares, "star.dropout", "numbers of 0 or more and below 1", &self.dropout)?;
        bounds::one("star.aux", self.aux as u64)
    }

    /// Dropout after hidden layer `l`.
    fn dropout(&self, l: usize) -> f32 {
        self.dropout.get(l).or(self.dropout.last()).copied().unwrap_or(0.0)
    }
}

struct Star {
    sizes: StarConfig,
    /// First column of the scenario field, and its width.
    scenario: (usize, usize),
    norm: PartitionedNorm,
    aux: [Linear; 2],
    shared: Vec<Linear>,
    towers: Vec<Vec<Linear>>,
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let sizes = config.star.clone();
    let dim = config.dim;
    let field = config.scenario_field.filter(|f| *f < config.fields()).ok_or_else(|| {
        let text = "backbone \"star\": expected a field whose values are the scenarios, got none: \
                    the scenario column must be a field, too";
        Error::Config(text.into())
    })?;
    let shared = vb.pp("towers").pp("shared");
    let tower_layer = |i, o, vb: &VarBuilder| {
        // Weights of 1 and a bias of 0 leave the shared layer as it is.
        let weight = if config.star.published_init { init::glorot(i, o) } else { ONE };
        Linear::with(i, o, weight, Some(ZERO), vb)
    };
    let towers = (0..config.towers).map(|k| layers(config, &vb.pp("towers").pp(k), tower_layer));
    let aux = shared.pp("aux");
    Ok(Box::new(Star {
        scenario: (field * dim, dim),
        norm: PartitionedNorm::new(config.width, config.towers, sizes.published_norm, &vb)?,
        aux: [
            Linear::glorot(dim, sizes.aux, &aux.pp("layers").pp(0))?,
            Linear::glorot(sizes.aux, 1, &aux.pp("out"))?,
        ],
        shared: layers(config, &shared, Linear::glorot)?,
        towers: towers.collect::<Result<_>>()?,
        sizes,
    }))
}

/// The hidden layers and the output layer, each built by `make`.
fn layers(
    config: &BackboneConfig,
    vb: &VarBuilder,
    make: impl Fn(usize, usize, &VarBuilder) -> Result<Linear>,
) -> Result<Vec<Linear>> {
    let mut inputs = config.width;
    let hidden = config.star.mlp.iter().enumerate().map(|(l, outputs)| {
        let layer = make(inputs, *outputs, &vb.pp("layers").pp(l));
        inputs = *outputs;
        layer
    });
    let mut layers = hidden.collect::<Result<Vec<_>>>()?;
    layers.push(make(inputs, 1, &vb.pp("out"))?);
    Ok(layers)
}

impl Backbone for Star {
    /// The values `a [m]`.
    fn common(&self, lookup: &Lookup, _: &Pass) -> Result<Vec<Tensor>> {
        let (from, dim) = self.scenario;
        let [hidden, out] = &self.aux;
        let h = hidden.forward(&lookup.all()?.narrow(1, from, dim)?, &Activation::Relu(None))?;
        Ok(vec![out.forward(&h, &Activation::None)?.squeeze(1)?])
    }

    fn first_layer(&self) -> usize {
        self.sizes.mlp.first().copied().unwrap_or(0)
    }

    fn tower(&self, k: usize, e: &Tensor, common: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        let hidden = self.sizes.mlp.len();
        let mut h = e.clone();
        let mut rows = rows.clone();
        for (l, (shared, tower)) in self.shared.iter().zip(&self.towers[k]).enumerate() {
            let mut layer = shared.star(tower)?;
            if l == 0 {
                // Most of the normalisation becomes part of the first layer's weights.
                (h, layer) = self.norm.before(k, e, &layer, &rows)?;
                // Rows with the same id have the same values, also without the mean.
                rows = rows.clone().with_repeats(&h, rows.repeats_of(e));
            }
            h = match l < hidden {
                true => layer.hidden(&h, &rows.dropping(self.sizes.dropout(l)), l)?,
                false => layer.forward(&h, &Activation::None)?,
            };
        }
        Ok((h.squeeze(1)? + &common[0])?)
    }

    fn reduction(&self) -> Reduction {
        Reduction::Scenario
    }

    fn norm(&self) -> Option<&PartitionedNorm> {
        Some(&self.norm)
    }
}
