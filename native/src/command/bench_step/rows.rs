//! Random rows of the sizes of a published log, and steps on them.

use anyhow::Result;
use ssim_core::instances::Instances;
use ssim_core::mask::SearchMask;
use ssim_core::rng::Stream;
use ssim_core::schema::Schema;
use ssim_core::selector::Selector;
use ssim_core::vocabulary::{Field, Transform, Vocabulary};
use ssim_train::config::{Config, Kl, MaskGradient};
use ssim_train::cost::{DeviceNeeds, PhaseWork, StepSizes, device as of_device, host};
use ssim_train::optimizer::{Adam, Touched};
use ssim_train::setup::Setup;
use ssim_train::step::gradients::Objective;
use ssim_train::step::selection::Selection;
use ssim_train::step::slice::{Batch, Sharing};
use ssim_train::step::trainer::{Rates, Trainer};
use std::time::Instant;

/// The sizes of a published log.
pub struct LogSizes {
    /// Its name.
    pub name: &'static str,
    /// Ids of the fields that have many, when all fields together have about a million.
    large: &'static [u32],
    /// Ids of the fields that have few.
    small: &'static [u32],
    /// Parts of the rows that the scenarios have.
    parts: &'static [f64],
}

/// AliMama: 16 fields, three scenarios.
pub const ALI_MAMA: LogSizes = LogSizes {
    name: "ali-mama",
    large: &[500_000, 300_000, 100_000, 50_000, 20_000, 10_000, 5_000, 5_000],
    small: &[100, 50, 13, 7, 5, 4, 3, 2],
    parts: &[0.5, 0.3, 0.2],
};

/// Ali-CCP: 23 fields, three scenarios, of which one is small.
pub const ALI_CCP: LogSizes = LogSizes {
    name: "ali-ccp",
    large: &[400_000, 300_000, 200_000, 50_000, 20_000, 10_000, 5_000, 5_000, 3_000, 1_000],
    small: &[500, 200, 100, 50, 13, 10, 7, 5, 4, 3, 3, 2, 2],
    parts: &[0.61, 0.38, 0.01],
};

/// Random rows.
pub struct RandomLog {
    schema: Schema,
    rows: Instances,
    parts: &'static [f64],
    batch: usize,
}

impl RandomLog {
    /// Rows for so many batches, which repeat, with about so many ids.
    pub fn new(log: &LogSizes, ids: usize, batch: usize, batches: usize) -> Self {
        let many = f64::from(log.large.iter().sum::<u32>());
        let large = log.large.iter().map(|size| (f64::from(*size) * ids as f64 / many) as u32);
        let sizes: Vec<u32> =
            large.map(|size| size.max(1)).chain(log.small.iter().copied()).collect();
        // Only the number of fields is needed: no value is looked up here.
        let fields = (0..sizes.len()).map(|f| Field {
            name: format!("f{f}"),
            transform: Transform::None,
            vocabulary: Vocabulary::new(Vec::new()),
        });
        let scenarios = (0..log.parts.len()).map(|k| k.to_string()).collect();
        let schema = Schema { dataset: "bench".into(), fields: fields.collect(), scenarios };
        let mut stream = Stream::new(1, "bench rows", &[]);
        let mut rows = Instances {
            fields: sizes.len(),
            sizes: sizes.clone(),
            ids: Vec::new(),
            labels: Vec::new(),
            scenarios: Vec::new(),
            rows: Vec::new(),
            planted: None,
        };
        for row in 0..batch * batches {
            let mut offset = 0;
            for size in &sizes {
                // Squared, so that some ids are more frequent than others.
                let id = (stream.unit().powi(2) * f64::from(*size)) as u32;
                rows.ids.push(offset + id.min(size - 1));
                offset += size;
            }
            let (mut scenario, mut at) = (0, stream.unit());
            while scenario + 1 < log.parts.len() && at >= log.parts[scenario] {
                at -= log.parts[scenario];
                scenario += 1;
            }
            rows.scenarios.push(scenario as u16);
            rows.labels.push(u8::from(stream.unit() < 0.05));
            rows.rows.push(row as u64);
        }
        Self { schema, rows, parts: log.parts, batch }
    }

    /// The settings with these layers and a width of 16.
    pub fn config(&self, mlp: &[usize]) -> Config {
        let mut config = Config::default();
        config.model.dim = 16;
        config.model.mlp = mlp.to_vec();
        config.selector.mlp = mlp.to_vec();
        config.train.batch = self.batch;
        config
    }

    /// Number of ids.
    pub fn ids(&self) -> usize {
        self.rows.sizes.iter().sum::<u32>() as usize
    }

    /// The sizes of a batch of some rows, of which `ratio` are shared, and the distinct ids of each field.
    pub fn sizes(&self, config: &Config, rows: &[u32], ratio: f64) -> (StepSizes, Vec<usize>) {
        let touched = Touched::new(&self.rows, rows);
        let distinct: Vec<usize> = touched.fields.iter().map(|field| field.ids.len()).collect();
        let most = touched.fields.iter().flat_map(|field| field.iter().map(|(_, at)| at.len()));
        let sizes = StepSizes {
            ids: self.ids(),
            distinct: distinct.iter().sum(),
            most: most.max().unwrap_or(0),
            ..StepSizes::new(&self.setup(config), self.parts, ratio)
        };
        (sizes, distinct)
    }

    /// The setup with these settings, on the CPU.
    pub fn setup<'a>(&'a self, config: &'a Config) -> Setup<'a> {
        Setup::new(&self.schema, config)
    }
}

/// A trainer in a phase.
pub struct StepCase<'a> {
    log: &'a RandomLog,
    config: &'a Config,
    batches: usize,
    trainer: Trainer<'a>,
    list: Vec<bool>,
    selector: Option<(Selector, Adam)>,
    steps: usize,
    /// Rows that the last batch shared.
    shared: usize,
}

impl<'a> StepCase<'a> {
    /// A retraining on a list of a part of the rows, on the setup's device.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn retrain(log: &'a RandomLog, setup: Setup<'a>, ratio: f64) -> Result<Self> {
        let config = setup.config;
        let rates = Rates { lr: config.retrain.lr, l2: config.retrain.l2 };
        let trainer = setup.trainer_over(log.ids(), log.parts.len(), rates)?;
        let mut stream = Stream::new(1, "bench list", &[]);
        let list = (0..log.rows.len()).map(|_| stream.unit() < ratio).collect();
        let batches = log.rows.len() / log.batch;
        Ok(Self { log, config, batches, trainer, list, selector: None, steps: 0, shared: 0 })
    }

    /// A search, whose mask shares all rows.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn search(log: &'a RandomLog, setup: Setup<'a>) -> Result<Self> {
        let config = setup.config;
        let rates = Rates { lr: config.search.lr, l2: config.search.l2 };
        let trainer = setup.trainer_over(log.ids(), log.parts.len(), rates)?;
        let selector = Selector::seeded(setup.selector(), setup.seed, setup.device)?;
        let adam = Adam::new(selector.parameters.vars(), config.search.selector_lr, 0.0);
        let (selector, list) = (Some((selector, adam)), Vec::new());
        let batches = log.rows.len() / log.batch;
        Ok(Self { log, config, batches, trainer, list, selector, steps: 0, shared: 0 })
    }

    /// Hidden layers, for people.
    pub fn layers(&self) -> String {
        let layers = self.config.model.mlp.iter().map(ToString::to_string);
        layers.collect::<Vec<_>>().join("-")
    }

    /// Takes a step, and returns its seconds.
    ///
    /// # Errors
    /// An error of the step.
    pub fn step(&mut self) -> Result<f64> {
        let order = self.order();
        let batch = Batch { instances: &self.log.rows, rows: &order };
        let dropout = if self.selector.is_some() { 0.0 } else { self.config.retrain.dropout };
        let reduction = self.trainer.model.reduction();
        let objective = Objective { reduction, dropout, key: self.steps as u64, draw: None };
        // The threshold lets every row through.
        let mask = SearchMask { threshold: 1e-9, final_temperature: 1000.0 };
        let (kl, gradient) = (Kl::Linear, MaskGradient::Official);
        let selection = Selection { mask, temperature: 1.0, lambda: 1.0, kl, gradient, leak: 0.0 };
        let start = Instant::now();
        #[cfg(any(feature = "cuda", feature = "simulated"))]
        {
            let selector = self.selector.as_ref().map(|(selector, adam)| (selector, adam));
            let sharing = match selector {
                Some((selector, _)) => Sharing::Searched(selector, &selection),
                None => Sharing::Given(&self.list),
            };
            if self.trainer.step_on_device(batch, sharing, objective, selector)? {
                self.steps += 1;
                return Ok(start.elapsed().as_secs_f64());
            }
        }
        let gradients = match &mut self.selector {
            None => self.trainer.step(batch, Sharing::Given(&self.list), objective)?,
            Some((selector, adam)) => {
                let sharing = Sharing::Searched(selector, &selection);
                let gradients = self.trainer.step(batch, sharing, objective)?;
                adam.step(&gradients.stores.iter().collect::<Vec<_>>())?;
                gradients
            }
        };
        self.shared = gradients.shared;
        drop(gradients);
        self.steps += 1;
        Ok(start.elapsed().as_secs_f64())
    }

    /// The rows of the current batch.
    fn order(&self) -> Vec<u32> {
        let first = self.steps % self.batches * self.log.batch;
        (first as u32..(first + self.log.batch) as u32).collect()
    }

    /// The cost model's count of a step of the host.
    pub fn work(&self, threads: usize) -> PhaseWork {
        let (sizes, of_fields) = self.sizes(self.shared as f64 / self.log.batch as f64);
        // Below so many products of a row with a field the host looks for no repeated ids.
        let products = self.config.model.mlp.first().map_or(0, |outputs| outputs * sizes.dim);
        let few = of_fields.iter().filter(|ids| **ids * 4 <= self.log.batch / threads);
        let few = few.filter(|_| products >= 8192);
        let sizes = StepSizes { repeated: few.clone().count(), repeated_ids: few.sum(), ..sizes };
        match self.selector {
            None => host::retrain(&sizes, threads),
            Some(_) => host::search(&sizes, threads, self.shared),
        }
    }

    /// The cost model's count of a step on a device, where `ratio` of the rows are on the list.
    pub fn work_on_device(&self, ratio: f64) -> PhaseWork {
        let (sizes, _) = self.sizes(ratio);
        match self.selector {
            None => of_device::retrain(&sizes, false),
            Some(_) => of_device::search(&sizes, false),
        }
    }

    /// The memory of this phase on a device.
    pub fn memory(&self, ratio: f64) -> DeviceNeeds {
        let (sizes, _) = self.sizes(ratio);
        match self.selector {
            None => DeviceNeeds::of_retrain(&sizes, self.log.rows.len()),
            Some(_) => DeviceNeeds::of_search(&sizes, self.log.rows.len()),
        }
    }

    /// The sizes of the current batch, and the distinct ids of each field.
    fn sizes(&self, ratio: f64) -> (StepSizes, Vec<usize>) {
        let (sizes, distinct) = self.log.sizes(self.config, &self.order(), ratio);
        // Most ids of large fields are in one of the batches alone.
        let (missed, longest) = (self.batches as f64 / 2.0, self.batches as f64);
        (StepSizes { missed, longest, ..sizes }, distinct)
    }
}
