//! The needs of the training on a GPU: memory by counting, time by the cost model.

use crate::machine::device;
use crate::machine::device_plan::{self, DevicePlan};
use crate::terminal::exit::Fail;
use crate::terminal::report;
use anyhow::Result;
use serde::Serialize;
use ssim_core::instances::Instances;
use ssim_core::method::Method;
use ssim_core::schema::Schema;
use ssim_train::config::Config;
use ssim_train::cost::{CHIPS, CostMachine, PhaseWork, StepSizes, device as of_device};
use ssim_train::recipe::Recipe;
use ssim_train::setup::Setup;

/// Memory and predicted times on a GPU.
#[derive(Serialize)]
pub struct GpuNeeds {
    /// The name that was given.
    pub device: String,
    /// Bytes of its memory that a run may have, if they are known.
    pub available: Option<u64>,
    /// Bytes that the run needs; nothing where its steps do not stay on the GPU.
    pub memory: Option<u64>,
    /// Their parts, in words.
    #[serde(skip)]
    parts: String,
    /// Predicted phases; none where the GPU's speed is not known.
    pub phases: Vec<GpuPhase>,
    /// Says what does not fit, and what would.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// A phase on a GPU, as the cost model predicts it.
#[derive(Serialize)]
pub struct GpuPhase {
    /// Its name.
    pub phase: &'static str,
    /// Seconds of an epoch, or of an evaluation of as many rows.
    pub seconds: f64,
    /// Rows per second.
    pub rows_per_s: f64,
    /// The part that takes longest, and why.
    pub bound: String,
}

/// Plans a run of `ssim` on the device of a name.
///
/// # Errors
/// For a name of no device, and for a GPU that this program or this machine does not have.
pub fn needs(
    name: &str,
    schema: &Schema,
    train: &Instances,
    config: &Config,
    backbone: &str,
) -> Result<GpuNeeds> {
    let chip = CHIPS.iter().find(|chip| chip.name == name);
    let available = match chip {
        Some(chip) => Some(chip.memory),
        None if name.starts_with("cuda") => device_plan::free(&device::device(name)?)?,
        None => {
            let names = CHIPS.map(|chip| chip.name).join(", ");
            return Fail::usage(format!(
                "--device: expected cuda, cuda:N, {names}, got \"{name}\""
            ));
        }
    };
    let setup = Setup { backbone, ..Setup::new(schema, config) };
    let mut needs = GpuNeeds {
        device: name.to_owned(),
        available,
        memory: None,
        parts: String::new(),
        phases: Vec::new(),
        warnings: Vec::new(),
    };
    let Some(plan) = DevicePlan::of(&setup, Recipe::of(Method::Ssim), train) else {
        needs.warnings.push(
            "steps stay on a GPU with the backbone dnn alone, with rows of at most 256 values in the table and \
             with retrain.towers_per_row = 0; for this run the host does all but the products"
                .to_owned(),
        );
        return Ok(needs);
    };
    let memory = plan.memory();
    needs.memory = Some(memory.total());
    needs.parts = device_plan::text(&memory);
    needs.warnings.extend(available.and_then(|bytes| plan.told(name, bytes)));
    if let Some(chip) = chip {
        needs.phases = phases(chip, &plan, config);
    }
    Ok(needs)
}

/// The phases of a run, an epoch of each.
fn phases(chip: &CostMachine, plan: &DevicePlan, config: &Config) -> Vec<GpuPhase> {
    let rate = device_plan::rate(config.train.precision);
    let phase = |phase, work: PhaseWork, once: PhaseWork, steps: f64| {
        let seconds = steps * chip.seconds(&work, rate) + chip.seconds(&once, rate);
        let bound = chip.longest(&work, rate);
        let bound = bound
            .map_or(String::new(), |item| format!("{} ({})", item.name, chip.bound(item, rate)));
        GpuPhase { phase, seconds, rows_per_s: plan.rows() as f64 / seconds, bound }
    };
    let nothing = PhaseWork::default;
    let sizes = &plan.retrain;
    let searched = plan
        .search
        .as_ref()
        .map(|sizes| phase("search", of_device::search(sizes, false), nothing(), plan.steps()));
    let retrained = phase("retrain", of_device::retrain(sizes, false), nothing(), plan.steps());
    let batch = config.train.eval_batch.min(plan.rows().max(1));
    let read = StepSizes { batch, ..sizes.clone() };
    let batches = plan.rows().div_ceil(batch) as f64;
    let evaluated = of_device::evaluation(&read);
    let evaluated = phase("evaluate", evaluated, of_device::settle(sizes), batches);
    searched.into_iter().chain([retrained, evaluated]).collect()
}

impl GpuNeeds {
    /// The needs for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let Some(memory) = self.memory {
            let told = format!(
                "memory on {}: about {} ({})",
                self.device,
                report::bytes(memory),
                self.parts
            );
            text.push_str(&format!("{}\n", report::wrap(&told)));
        }
        if self.phases.is_empty() {
            return text;
        }
        let head = ["predicted, all rows once", "time", "rows/s", "bound by"];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        table.extend(self.phases.iter().map(|phase| {
            let rows = report::count(phase.rows_per_s as u64);
            let time = report::duration(phase.seconds);
            vec![format!("  {}", phase.phase), time, rows, phase.bound.clone()]
        }));
        text + &report::table(&table)
    }
}
