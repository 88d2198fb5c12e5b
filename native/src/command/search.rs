//! `ssim search`.

use crate::files::data::Data;
use crate::files::lock::FolderLock;
use crate::machine::ranks::{World, agree};
use crate::machine::time_check::PlannedRuns;
use crate::machine::training_memory::TrainingMemory;
use crate::machine::{device, device_plan, memory_check};
use crate::run::fit;
use crate::run::identity::Identity;
use crate::run::run_folder::{RunFolder, conditions};
use crate::settings::args::Training;
use crate::settings::config;
use crate::terminal::{out, report};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use ssim_core::method::Method;
use ssim_train::checkpoint::header::SEARCH;
use ssim_train::recipe::Recipe;
use ssim_train::setup::Setup;

#[derive(Debug, Args)]
pub struct SearchArgs {
    #[command(flatten)]
    training: Training,
}

pub fn run(args: &SearchArgs) -> Result<()> {
    let mut world = World::join()?;
    let result = search(&mut world, &args.training);
    world.end(result)
}

/// Searches with all processes that `mpirun` has started.
fn search(world: &mut World, training: &Training) -> Result<()> {
    let data = Data::open(&training.data);
    let settings = training.settings.for_log(data.as_ref().ok().map(Data::size));
    let config = config::resolve(&settings)?;
    device::threads(training.machine.threads)?;
    let device = device::device(&training.machine.device)?;
    world.connect(&device)?;
    let data = data?;
    let if_there = training.if_there();
    if world.leads() {
        training.check_out(&[])?;
    }
    if let Some(told) = settings.told(&config) {
        out::note(&told);
    }
    let train = data.split("train")?;
    let on = &training.machine.device;
    let (backbone, seed) = (&training.backbone, training.seed);
    let identity = Identity::new(&data, SEARCH, Method::Ssim, backbone, seed, on)?;
    let identity = Identity { max_steps: training.max_steps, ..identity };
    agree(world.ranks(), &conditions(&identity, &config)?)?;
    let setup = Setup {
        backbone: &training.backbone,
        seed: training.seed,
        device: &device,
        max_steps: training.max_steps,
        ranks: world.ranks(),
        ..Setup::new(&data.schema, &config)
    };
    memory_check::check(&setup, &TrainingMemory::of_search(&setup)?)?;
    device_plan::check(&setup, Recipe::of(Method::Ssim), &train)?;
    let mut alone = config.clone();
    alone.retrain.max_epochs = 0;
    PlannedRuns {
        runs: vec![(Setup { config: &alone, ..setup }, Recipe::of(Method::Ssim))],
        seeds: 1,
        rows: train.len(),
        threads: rayon::current_num_threads() * world.ranks().size(),
    }
    .check();
    let folder = world.folder(&training.out, training.resume)?;
    let lock = FolderLock::take(&folder)?;
    let run = RunFolder::begin(&lock, &identity, &config, &data, if_there)?;
    run.note_environment(on)?;
    let timing = fit::search(setup, &run, Method::Ssim.name(), &train)?;
    if !world.leads() {
        return Ok(());
    }
    if training.json {
        return out::json(&json!({
            "schema": 1,
            "dataset": data.schema.dataset,
            "backbone": training.backbone,
            "seed": training.seed,
            "phases": [timing],
        }));
    }
    let row = |a: &str, b: String| vec![a.to_owned(), b];
    out::text(&report::table(&[
        row("epochs", timing.epochs.to_string()),
        row("instances", report::count(timing.instances)),
        row("seconds", report::seconds(&timing)),
    ]))
}
