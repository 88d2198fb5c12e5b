//! The conditions of a run: data, settings, seed, device and ranks.

use crate::config::{Config, Heads};
use crate::error::{Error, Result};
use crate::ranks::table_shard::TableShard;
use crate::ranks::{Alone, Collective};
use crate::step::trainer::{Rates, Trainer};
use candle_core::Device;
use ssim_core::backbone::{self, BackboneConfig};
use ssim_core::embedding::Embedding;
use ssim_core::model::Model;
use ssim_core::parameters::Parameters;
use ssim_core::schema::Schema;
use ssim_core::selector::SelectorConfig;
#[cfg(feature = "device")]
use ssim_kernels::KernelDevice;
#[cfg(feature = "device")]
use std::sync::Arc;

static CPU: Device = Device::Cpu;

/// The conditions of one run. [`Setup::new`] fills in what most runs have; set the other fields with
/// `Setup { seed: 7, ..Setup::new(&schema, &config) }`.
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
    /// The device that holds the dense parameters.
    pub device: &'a Device,
    /// Ends each phase after this many steps.
    pub max_steps: Option<u64>,
    /// The processes that train together.
    pub ranks: &'a dyn Collective,
    /// The device that takes whole training steps, where it can; else the host takes them, with tensors on
    /// `device`.
    #[cfg(feature = "device")]
    pub accelerator: Option<&'a Arc<dyn KernelDevice>>,
}

impl<'a> Setup<'a> {
    /// A run of the `dnn` backbone with seed 1, in one process, on the CPU.
    pub fn new(schema: &'a Schema, config: &'a Config) -> Self {
        let (device, ranks) = (&CPU, &Alone);
        Self {
            schema,
            config,
            backbone: "dnn",
            seed: 1,
            device,
            max_steps: None,
            ranks,
            #[cfg(feature = "device")]
            accelerator: None,
        }
    }

    fn width(&self) -> usize {
        self.schema.fields.len() * self.config.model.dim
    }

    /// Checks the settings that the data limit. The other checks of settings are in [`Config::check`].
    ///
    /// # Errors
    /// Names the setting, what was expected and what was found.
    pub fn check(&self) -> Result<()> {
        let (scenarios, towers) = (self.schema.scenarios.len(), self.config.retrain.towers_per_row);
        if towers <= scenarios {
            return Ok(());
        }
        Err(Error::Config(format!(
            "retrain.towers_per_row: expected at most {scenarios}, the number of scenarios, got {towers}"
        )))
    }

    /// The device that takes whole training steps: the one that was given, else the GPU.
    #[cfg(feature = "device")]
    fn accelerator(&self) -> Result<Option<Arc<dyn KernelDevice>>> {
        #[cfg(feature = "cuda")]
        if let (None, Device::Cuda(gpu)) = (self.accelerator, self.device) {
            return Ok(Some(Arc::new(ssim_kernels::Cuda::new(gpu.cuda_stream())?)));
        }
        Ok(self.accelerator.cloned())
    }

    /// The sizes of a backbone with this many towers.
    pub fn backbone(&self, towers: usize) -> BackboneConfig {
        BackboneConfig {
            backbone: self.backbone.to_owned(),
            width: self.width(),
            dim: self.config.model.dim,
            mlp: self.config.model.mlp.clone(),
            cross: self.config.model.cross,
            towers,
            // A fit trains one of them.
            members: 1,
            scenario_field: self.schema.scenario_field(None),
            star: self.config.star.clone(),
            hmoe: self.config.hmoe.clone(),
            dffm: self.config.dffm.clone(),
            mmoe: self.config.mmoe.clone(),
            ple: self.config.ple.clone(),
            pepnet: self.config.pepnet.clone(),
        }
    }

    /// The sizes of the selection network.
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

    /// A trainer at its starting point. Search and retrain with the same seed start from the same point.
    ///
    /// # Errors
    /// When the backbone cannot be built.
    pub fn trainer(&self, towers: usize, rates: Rates) -> Result<Trainer<'a>> {
        self.trainer_over(self.schema.features(), towers, rates)
    }

    /// A trainer over a table of `ids` ids.
    ///
    /// # Errors
    /// When the backbone cannot be built.
    pub fn trainer_over(&self, ids: usize, towers: usize, rates: Rates) -> Result<Trainer<'a>> {
        let config = self.backbone(towers);
        let shard = TableShard::new(self.ranks, ids);
        let table =
            Embedding::seeded_rows(ids, self.config.model.dim, self.seed, |id| shard.keeps(id));
        let build = backbone::find(&config.backbone)?;
        let parameters = Parameters::seeded(self.seed);
        let mut model = Model::new(build, config, table, parameters, self.device)?;
        model.precision = self.config.train.precision;
        let kind = self.config.train.embedding_optimizer;
        let trainer = Trainer::new(model, kind, rates, shard);
        #[cfg(feature = "device")]
        let trainer = trainer.on(self.accelerator()?);
        Ok(trainer)
    }

    /// Steps of a phase of `epochs` epochs over blocks of `rows` rows, if nothing ends it early.
    pub fn steps(&self, rows: &[usize], epochs: u64) -> u64 {
        let steps = |rows: &usize| rows.div_ceil(self.config.train.batch) as u64;
        let all = rows.iter().map(steps).sum::<u64>() * epochs;
        self.max_steps.map_or(all, |limit| all.min(limit))
    }
}
