//! `ssim fit`: searches, selects, retrains and evaluates.

pub mod auto;

use crate::files::data::{self, Data};
use crate::files::read;
use crate::files::wanted::InputKind;
use crate::machine::device;
use crate::machine::ranks::{World, launched};
use crate::machine::time_check::PlannedRuns;
use crate::run::many::{RunMaker, RunRequest};
use crate::run::run_folder::IfThere;
use crate::settings::args::{Choice, Training, method};
use crate::settings::config;
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::Result;
use auto::RaceArgs;
use clap::Args;
use ssim_core::instances::Instances;
use ssim_core::method::Method;
use ssim_data::list;
use ssim_train::recipe::Recipe;
use ssim_train::select::List;
use ssim_train::setup::Setup;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct FitArgs {
    /// The method: which towers there are, and which rows train them; auto tries several and keeps the
    /// best [default: auto; with --shared ssim]
    #[arg(long, value_parser = method())]
    method: Option<Choice>,
    /// Use this list (columns row and shared) instead of a search
    #[arg(long, value_name = "FILE")]
    shared: Option<PathBuf>,
    #[command(flatten)]
    race: RaceArgs,
    #[command(flatten)]
    training: Training,
}

pub fn run(args: &FitArgs) -> Result<()> {
    let list = args.shared.as_deref();
    let default = || list.map_or(Choice::Auto, |_| Choice::Method(Method::Ssim));
    match args.method.unwrap_or_else(default) {
        Choice::Method(method) => {
            args.race.refuse()?;
            if list.is_some() && !Recipe::of(method).takes_list() {
                return Fail::usage(format!(
                    "--shared: expected a method that trains towers on a list, got {method}; \
                     --method {} does",
                    Method::Ssim
                ));
            }
            fit(method.name(), method, list, &args.training)
        }
        Choice::Auto if list.is_some() => {
            Fail::usage("--shared: expected a method that trains one model on a list, got auto")
        }
        Choice::Auto if launched() > 1 => Fail::usage(format!(
            "--method auto: expected one process, got {}; name a method, which they train together",
            launched()
        )),
        Choice::Auto => auto::run(&args.race, &args.training),
    }
}

/// Fits and reports, together with all processes that `mpirun` has started. With a list, nothing is
/// searched.
pub fn fit(name: &str, method: Method, list: Option<&Path>, training: &Training) -> Result<()> {
    let mut world = World::join()?;
    let result = fit_in(&mut world, name, method, list, training);
    world.end(result)
}

fn fit_in(
    world: &mut World,
    name: &str,
    method: Method,
    list: Option<&Path>,
    training: &Training,
) -> Result<()> {
    let data = Data::open(&training.data);
    let settings = training.settings.for_log(data.as_ref().ok().map(Data::size));
    let config = config::resolve(&settings)?;
    device::threads(training.machine.threads)?;
    let device = device::device(&training.machine.device)?;
    world.connect(&device)?;
    let data = data?;
    if world.leads() && !training.resume {
        data::vacant(&training.out, IfThere::Refuse.remedy(&training.out))?;
    }
    let rows = data.rows()?;
    let given = list.map(|path| apply(path, &data, &rows.train)).transpose()?;
    if let Some(told) = settings.told(&config) {
        out::note(&told);
    }
    PlannedRuns {
        // A list from outside costs what a random one does.
        runs: vec![(
            Setup {
                backbone: &training.backbone,
                device: &device,
                max_steps: training.max_steps,
                ..Setup::new(&data.schema, &config)
            },
            Recipe::of(if list.is_some() { Method::SsimR } else { method }),
        )],
        seeds: 1,
        rows: rows.train.len(),
        threads: rayon::current_num_threads() * world.ranks().size(),
    }
    .check();
    let maker = RunMaker {
        data: &data,
        rows: &rows,
        device: &device,
        parts: None,
        on: &training.machine.device,
        max_steps: training.max_steps,
        ranks: world.ranks(),
        shared: None,
    };
    let (backbone, seed) = (&training.backbone, training.seed);
    let wanted = RunRequest { name, method, backbone, given, config: &config, seed };
    let folder = world.folder(&training.out, training.resume)?;
    let summary = maker.fit(&folder, wanted, IfThere::asked(training.resume))?;
    if !world.leads() {
        return Ok(());
    }
    if training.json {
        return out::json(&summary);
    }
    out::text(&report::summary(&summary))
}

/// Reads a list for the train rows.
fn apply(path: &Path, data: &Data, train: &Instances) -> Result<List> {
    let name = read::name(path);
    if !read::begins_with(path, b"PAR1") {
        return InputKind::List.refuse(path);
    }
    let list = list::read(read::open(path)?, &name, &data.schema)?;
    let shared = list.apply(&name, &data.schema, train)?;
    Ok(List { borrowers: list.borrowers, ..List::unscored(shared) })
}
