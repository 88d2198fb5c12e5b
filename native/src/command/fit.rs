//! `ssim fit`.

use crate::args::{Training, method};
use crate::data::Data;
use crate::fit::{Job, Rows, Source, setup};
use crate::run_folder::{Identity, RunFolder};
use crate::{config, device, out, read, report};
use anyhow::Result;
use clap::Args;
use ssim_core::instances::Instances;
use ssim_data::list;
use ssim_train::method::Method;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Fit {
    /// What the scenarios share
    #[arg(long, default_value = "ssim", value_parser = method())]
    method: Method,
    /// Use this list (columns row and shared) instead of a search
    #[arg(long, value_name = "FILE")]
    shared: Option<PathBuf>,
    #[command(flatten)]
    training: Training,
}

pub fn run(args: &Fit) -> Result<()> {
    fit(args.method.name(), args.method, args.shared.as_deref(), &args.training)
}

/// Fits and reports; with a list nothing is searched.
pub fn fit(name: &str, method: Method, list: Option<&Path>, training: &Training) -> Result<()> {
    let config = config::resolve(&training.settings)?;
    device::threads(training.machine.threads)?;
    let device = device::device(&training.machine.device)?;
    let data = Data::open(&training.data)?;
    let rows = Rows::read(&data)?;
    let source = match list {
        Some(path) => Source::Given(apply(path, &data, &rows.train)?),
        None => Source::Method(method.list()),
    };
    let identity = Identity {
        method: name.to_owned(),
        backbone: training.backbone.clone(),
        seed: training.seed,
        fingerprint: data.schema.fingerprint(),
        max_steps: training.max_steps,
        given_list: list.is_some(),
    };
    let run = RunFolder::begin(&training.out, &identity, &config, &data, training.resume)?;
    run.note_environment(&training.machine.device)?;
    let job = Job {
        name,
        towers: method.towers(data.schema.scenarios.len()),
        source,
        setup: setup(&data, &config, training, &device),
        run: &run,
    };
    let summary = job.fit(&rows)?;
    if training.json {
        return out::json(&summary);
    }
    out::data(&report::summary(&summary))
}

/// A list's bits for the train rows.
fn apply(path: &Path, data: &Data, train: &Instances) -> Result<Vec<bool>> {
    let name = read::name(path);
    let list = list::read(read::open(path)?, &name)?;
    Ok(list.apply(&name, &data.schema, train)?)
}
