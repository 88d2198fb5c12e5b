//! What every phase of a run needs to know.

use crate::collective::Collective;
use crate::config::{Config, Heads};
use crate::error::Result;
use crate::shard::Shard;
use crate::trainer::{Rates, Trainer};
use candle_core::Device;
use ssim_core::backbone::{self, BackboneConfig};
use ssim_core::embedding::Embedding;
use ssim_core::model::Model;
use ssim_core::parameters::Parameters;
use ssim_core::schema::Schema;
use ssim_core::selector::SelectorConfig;

/// One run: data, settings, seed and device.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// Fields and scenarios.
    pub schema: &'a Schema,
    /// Checked settings.
    pub config: &'a Config,
    /// Name of the backbone.
    pub backbone: &'a str,
    /// Seed of everything random.
    pub seed: u64,
    /// Where the dense parameters live.
    pub device: &'a Device,
    /// Ends each phase after this many steps.
    pub max_steps: Option<u64>,
    /// Who trains along.
    pub ranks: &'a dyn Collective,
}

impl Setup<'_> {
    fn width(&self) -> usize {
        self.schema.fields.len() * self.config.model.dim
    }

    /// A backbone with this many towers.
    pub fn backbone(&self, towers: usize) -> BackboneConfig {
        BackboneConfig {
            backbone: self.backbone.to_owned(),
            width: self.width(),
            dim: self.config.model.dim,
            mlp: self.config.model.mlp.clone(),
            cross: self.config.model.cross,
            towers,
            scenario_field: self.schema.scenario_field(),
            star: self.config.star.clone(),
            hmoe: self.config.hmoe.clone(),
            dffm: self.config.dffm.clone(),
        }
    }

    /// The selection network.
    pub fn selector(&self) -> SelectorConfig {
        SelectorConfig {
            width: self.width(),
            mlp: self.config.selector.mlp.clone(),
            heads: match self.config.selector.heads {
                Heads::Scenario => self.schema.scenarios.len(),
                Heads::One => 1,
            },
        }
    }

    /// A trainer at its starting point. Search and retrain of one seed start from the same one.
    ///
    /// # Errors
    /// When the backbone cannot be built.
    pub fn trainer(&self, towers: usize, rates: Rates) -> Result<Trainer> {
        self.trainer_over(self.schema.features(), &self.schema.offsets(), towers, rates)
    }

    /// The same over a table of so many ids, those of the fields beginning at `offsets`.
    ///
    /// # Errors
    /// When the backbone cannot be built.
    pub fn trainer_over(
        &self,
        ids: usize,
        offsets: &[u32],
        towers: usize,
        rates: Rates,
    ) -> Result<Trainer> {
        let (config, seed, dim) = (self.backbone(towers), self.seed, self.config.model.dim);
        let shard = Shard::new(self.ranks, ids);
        let table = Embedding::seeded_rows(ids, dim, seed, |id| shard.keeps(id));
        let build = backbone::find(&config.backbone)?;
        let parameters = Parameters::seeded(seed);
        let mut model = Model::new(build, config, table, parameters, self.device)?;
        model.precision = self.config.train.precision;
        let kind = self.config.train.embedding_optimizer;
        Ok(Trainer::new(model, kind, offsets, rates, shard))
    }

    /// Whether a phase that has taken `steps` steps has to end.
    pub fn exhausted(&self, steps: u64) -> bool {
        self.max_steps.is_some_and(|most| steps >= most)
    }
}
