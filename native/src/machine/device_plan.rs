//! The memory and the time of a run whose steps stay on a GPU, from its sizes.

use crate::terminal::report;
use anyhow::{Result, bail};
use candle_core::Device;
use ssim_core::instances::Instances;
use ssim_train::config::{EmbeddingOptimizer, Precision};
use ssim_train::cost::{DeviceNeeds, Rate, StepSizes};
use ssim_train::recipe::{ListSource, Recipe, ScenarioOrder};
use ssim_train::setup::Setup;

/// Widest row of a table that the kernels can work on.
const WIDEST: usize = 256;

/// The sizes of the steps of a run on one GPU.
pub struct DevicePlan {
    /// Those of a step of retrain.
    pub retrain: StepSizes,
    /// Those of a step of search, if the run has one.
    pub search: Option<StepSizes>,
    /// Number of train rows.
    rows: usize,
}

impl DevicePlan {
    /// The plan for train rows; `None` where the steps do not stay on a GPU: another backbone than `dnn`, a
    /// wide table, several ranks, MAMDR, or towers that are drawn.
    pub fn of(setup: &Setup, recipe: &Recipe, train: &Instances) -> Option<Self> {
        let config = setup.config;
        let stays = setup.backbone == "dnn"
            && config.model.dim <= WIDEST
            && setup.ranks.size() == 1
            && config.retrain.towers_per_row == 0
            && recipe.order == ScenarioOrder::Mixed;
        if !stays {
            return None;
        }
        let scenarios = setup.schema.scenarios.len();
        let towers = recipe.towers(scenarios);
        let mut parts = vec![0.0; towers];
        for scenario in &train.scenarios {
            parts[usize::from(*scenario).min(towers - 1)] += 1.0 / train.len().max(1) as f64;
        }
        let ratio = match recipe.list {
            _ if towers == 1 => 0.0,
            ListSource::Nothing => 0.0,
            ListSource::Everything | ListSource::Soft => 1.0,
            _ => config.select.ratio,
        };
        let full = StepSizes::new(setup, &parts, ratio);
        let batch = full.batch.min(train.len().max(1));
        let retrain = StepSizes { batch, ..with_ids(full, train) };
        let retrain = StepSizes { pairs: StepSizes::pairs_of(batch, &parts, ratio), ..retrain };
        let search = recipe.list.is_searched().then(|| retrain.clone());
        Some(Self { retrain, search, rows: train.len() })
    }

    /// The memory of the phase that needs more.
    pub fn memory(&self) -> DeviceNeeds {
        let retrain = DeviceNeeds::of_retrain(&self.retrain, self.rows);
        let search = self.search.iter().map(|sizes| DeviceNeeds::of_search(sizes, self.rows));
        search.chain([retrain]).max_by_key(DeviceNeeds::total).unwrap_or(retrain)
    }

    /// Steps of an epoch.
    pub fn steps(&self) -> f64 {
        self.rows.div_ceil(self.retrain.batch.max(1)) as f64
    }

    /// Number of train rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Refuses a run that needs more than `there_is` bytes of a GPU's memory.
    ///
    /// # Errors
    /// An error says how much memory is needed for what, how much there is, and what would need less.
    pub fn check(&self, device: &str, there_is: u64) -> Result<()> {
        match self.told(device, there_is) {
            Some(told) => bail!("out of memory: {told}"),
            None => Ok(()),
        }
    }

    /// The sentence about memory that is not enough; `None` where it is.
    pub fn told(&self, device: &str, there_is: u64) -> Option<String> {
        let memory = self.memory();
        (memory.total() > there_is).then(|| {
            format!(
                "training needs about {} on {device} ({}), and there are {}; {}",
                report::bytes(memory.total()),
                text(&memory),
                report::bytes(there_is),
                self.advice(&memory)
            )
        })
    }

    /// The settings that lessen the largest part.
    fn advice(&self, memory: &DeviceNeeds) -> &'static str {
        let most = memory.data.max(memory.table).max(memory.weights).max(memory.work);
        if most == memory.table {
            return match self.retrain.optimizer {
                EmbeddingOptimizer::RowwiseAdagrad => {
                    "a smaller model.dim, and fields with a larger min_count, need less"
                }
                _ => {
                    "train.embedding_optimizer = \"rowwise-adagrad\", which needs a third, a smaller \
                     model.dim, and fields with a larger min_count need less"
                }
            };
        }
        if most == memory.work {
            return match self.search {
                Some(_) => "a smaller train.batch needs less",
                None => "a smaller train.batch and a smaller select.ratio need less",
            };
        }
        match most == memory.data {
            true => "fewer rows need less: ssim prepare --limit N makes a smaller data folder",
            false => "narrower layers (model.mlp), and --method st, which has one tower, need less",
        }
    }
}

/// The parts of the bytes, in words.
pub fn text(memory: &DeviceNeeds) -> String {
    format!(
        "the rows {}, the table with its optimiser {}, weights with moments and gradients {}, a step's rows {}",
        report::bytes(memory.data),
        report::bytes(memory.table),
        report::bytes(memory.weights),
        report::bytes(memory.work)
    )
}

/// The rate of the products by the settings.
pub fn rate(precision: Precision) -> Rate {
    match precision {
        Precision::F32 => Rate::F32,
        Precision::Tf32 => Rate::Tf32,
        Precision::Bf16 => Rate::Bf16,
    }
}

/// Refuses a run that needs more memory than the GPU of its setup has free. Other devices have no such memory.
///
/// # Errors
/// As [`DevicePlan::check`]; what the driver reports.
pub fn check(setup: &Setup, recipe: &Recipe, train: &Instances) -> Result<()> {
    let Some(free) = free(setup.device)? else { return Ok(()) };
    DevicePlan::of(setup, recipe, train).map_or(Ok(()), |plan| plan.check("the GPU", free))
}

/// Free bytes of the memory of a GPU.
///
/// # Errors
/// An error of the driver.
#[cfg(feature = "cuda")]
pub fn free(device: &Device) -> Result<Option<u64>> {
    let Device::Cuda(gpu) = device else { return Ok(None) };
    let told = gpu.cuda_stream().context().mem_get_info();
    let (free, _) = told.map_err(|error| anyhow::anyhow!("the GPU's memory: {error:?}"))?;
    Ok(Some(free as u64))
}

/// Free bytes of the memory of a GPU: this program knows none.
///
/// # Errors
/// Never.
#[cfg(not(feature = "cuda"))]
pub fn free(_: &Device) -> Result<Option<u64>> {
    Ok(None)
}

/// The same sizes with what a batch of these rows contains on average: distinct ids, the most frequent one, and
/// the steps that ids have missed.
fn with_ids(sizes: StepSizes, train: &Instances) -> StepSizes {
    let mut counts = vec![0u32; sizes.ids];
    for id in &train.ids {
        if let Some(count) = counts.get_mut(*id as usize) {
            *count += 1;
        }
    }
    let n = train.len().max(1) as f64;
    let m = (sizes.batch as f64).min(n);
    let steps = (n / m).ceil();
    let (mut distinct, mut missed, mut most) = (0.0, 0.0, 0u32);
    for count in counts.into_iter().filter(|count| *count > 0) {
        // The part of the batches that contain the id.
        let visited = 1.0 - (1.0 - f64::from(count) / n).max(0.0).powf(m);
        distinct += visited;
        missed += (1.0 - visited).min(visited * steps);
        most = most.max(count);
    }
    StepSizes {
        distinct: distinct.ceil() as usize,
        most: (f64::from(most) * m / n).ceil() as usize,
        missed: missed / distinct.max(1.0),
        longest: steps,
        ..sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_core::method::Method;
    use ssim_core::schema::Schema;
    use ssim_core::vocabulary::{Field, Transform, Vocabulary};
    use ssim_train::config::Config;

    fn world() -> (Schema, Instances) {
        let values = (0..1000).map(|i| i.to_string()).collect();
        let field = Field {
            name: "user".into(),
            transform: Transform::None,
            vocabulary: Vocabulary::new(values),
        };
        let scenarios = ["home", "cart"].map(str::to_owned).to_vec();
        let schema = Schema { dataset: "log".into(), fields: vec![field], scenarios };
        let mut rows = Instances::of(&schema);
        for row in 0..10_000u32 {
            rows.ids.push(row % 1000);
            rows.labels.push(0);
            rows.scenarios.push(u16::from(row % 4 == 0));
            rows.rows.push(u64::from(row));
        }
        (schema, rows)
    }

    #[test]
    fn a_run_that_a_gpu_cannot_hold_is_refused_with_the_cheaper_setting() {
        let (schema, rows) = world();
        let mut config = Config::default();
        config.model.mlp = vec![8];
        config.selector.mlp = vec![8];
        config.train.batch = 100;
        let told = |config: &Config| {
            let setup = Setup::new(&schema, config);
            let plan = DevicePlan::of(&setup, Recipe::of(Method::Ssim), &rows).unwrap();
            assert!(plan.check("h100", plan.memory().total()).is_ok());
            plan.check("h100", plan.memory().total() - 1).unwrap_err().to_string()
        };
        let text = told(&config);
        assert!(text.starts_with("out of memory: training needs about "), "{text}");
        config.model.dim = 256;
        let text = told(&config);
        assert!(text.contains("rowwise-adagrad"), "{text}");
        config.model.dim = 4;
        config.train.batch = 10_000;
        config.model.mlp = vec![512];
        let text = told(&config);
        assert!(text.contains("a smaller train.batch needs less"), "{text}");
    }

    #[test]
    fn a_batch_has_as_many_distinct_ids_as_rows_draw() {
        let (schema, rows) = world();
        let mut config = Config::default();
        config.train.batch = 1000;
        let setup = Setup::new(&schema, &config);
        let plan = DevicePlan::of(&setup, Recipe::of(Method::Mt), &rows).unwrap();
        // Of 1000 equally frequent ids, 1000 draws meet the part 1 − 1/e.
        assert_eq!(plan.retrain.distinct, 633);
        assert_eq!((plan.retrain.most, plan.steps()), (1, 10.0));
        assert_eq!(plan.retrain.pairs, [750, 250]);
        assert!(plan.search.is_none());
        let shared = DevicePlan::of(&setup, Recipe::of(Method::SsimR), &rows).unwrap();
        assert_eq!(shared.retrain.pairs, [750, 250].map(|n| 300 + n * 7 / 10));
        let backbone = Setup { backbone: "dcn", ..setup };
        assert!(DevicePlan::of(&backbone, Recipe::of(Method::Mt), &rows).is_none());
    }
}
