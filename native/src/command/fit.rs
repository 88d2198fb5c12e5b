//! `ssim fit`: searches, selects, retrains and evaluates.

pub mod auto;

use crate::files::data::Data;
use crate::files::read;
use crate::files::wanted::InputKind;
use crate::machine::device;
use crate::machine::ranks::{World, launched};
use crate::machine::time_check::PlannedRuns;
use crate::run::many::{RunMaker, RunRequest};
use crate::run::run_folder::RunFolder;
use crate::settings::args::{Choice, Settings, Training, method};
use crate::settings::config;
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::Result;
use auto::RaceArgs;
use clap::Args;
use ssim_core::instances::Instances;
use ssim_core::method::Method;
use ssim_data::list;
use ssim_figure::chosen;
use ssim_train::recipe::Recipe;
use ssim_train::select::List;
use ssim_train::setup::Setup;
use ssim_viz::Rule;
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
    /// Go on from the model of this run, on rows that `ssim prepare table --like RUN` has prepared, with or
    /// without --grow; its method, backbone and settings hold where no others are named
    #[arg(long, value_name = "RUN")]
    from: Option<PathBuf>,
    #[command(flatten)]
    race: RaceArgs,
    #[command(flatten)]
    training: Training,
}

pub fn run(args: &FitArgs) -> Result<()> {
    let list = args.shared.as_deref();
    let from = args.from.as_ref().map(|run| FirstRun::open(run)).transpose()?;
    let default = || match (&from, list) {
        (Some(from), _) => Choice::Method(from.method),
        (None, Some(_)) => Choice::Method(Method::Ssim),
        (None, None) => Choice::Auto,
    };
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
            let list = list.map(|path| GivenList { path, force_in: None, keep_out: None });
            fit(&WantedFit { name: method.name(), method, list, from }, &args.training)
        }
        Choice::Auto if from.is_some() => {
            Fail::usage("--from: expected a method that goes on from a run, got auto")
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

/// A fit that is asked for.
pub struct WantedFit<'a> {
    /// Name of the method in reports.
    pub name: &'a str,
    pub method: Method,
    /// A list from outside, with which nothing is searched.
    pub list: Option<GivenList<'a>>,
    pub from: Option<FirstRun>,
}

/// A list from outside, and the rows in which the run's list differs from it.
pub struct GivenList<'a> {
    pub path: &'a Path,
    /// Rows that are shared, too.
    pub force_in: Option<&'a Rule>,
    /// Rows that are not shared, whatever the list and the other rule say.
    pub keep_out: Option<&'a Rule>,
}

/// The run whose model the training goes on from.
pub struct FirstRun {
    run: RunFolder,
    method: Method,
    backbone: String,
}

impl FirstRun {
    /// Opens a run that has ended.
    ///
    /// # Errors
    /// It has not ended, or has a copy of the model per scenario.
    fn open(path: &Path) -> Result<Self> {
        let (run, identity) = RunFolder::open(path)?;
        run.model_digest()?;
        let method = if identity.recipe.is_empty() { &identity.method } else { &identity.recipe };
        Ok(Self { method: method.parse()?, backbone: identity.backbone, run })
    }
}

/// Fits and reports, together with all processes that `mpirun` has started.
pub fn fit(wanted: &WantedFit, training: &Training) -> Result<()> {
    let mut world = World::join()?;
    let result = fit_in(&mut world, wanted, training);
    world.end(result)
}

fn fit_in(world: &mut World, wanted: &WantedFit, training: &Training) -> Result<()> {
    let WantedFit { name, method, list, from } = wanted;
    let (name, method) = (*name, *method);
    let data = Data::open(&training.data);
    let named = &training.settings;
    let settings = match from {
        Some(FirstRun { run, .. }) if named.preset.is_none() && named.config.is_none() => {
            Settings { config: Some(run.config_file()), ..named.clone() }
        }
        _ => named.for_log(data.as_ref().ok().map(Data::size)),
    };
    let config = config::resolve(&settings)?;
    device::threads(training.machine.threads)?;
    let device = device::device(&training.machine.device)?;
    world.connect(&device)?;
    let data = data?;
    let (backbone, first) = match from {
        Some(FirstRun { run, backbone, .. }) => {
            refuse_other_ids(run, &data)?;
            (backbone, Some(RunFolder { path: run.path.clone() }))
        }
        None => (&training.backbone, None),
    };
    if world.leads() {
        let run = first.as_ref().map(|first| first.path.as_path());
        let others: Vec<_> = run.into_iter().chain(list.as_ref().map(|list| list.path)).collect();
        training.check_out(&others)?;
    }
    let rows = data.rows()?;
    let given = list.as_ref().map(|list| apply(list, &data, &rows.train)).transpose()?;
    if let Some(told) = settings.told(&config) {
        out::note(&told);
    }
    PlannedRuns {
        // A list from outside costs what a random one does.
        runs: vec![(
            Setup {
                backbone,
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
    let seed = training.seed;
    let wanted = RunRequest { name, method, backbone, given, from: first, config: &config, seed };
    let folder = world.folder(&training.out, training.resume)?;
    let summary = maker.fit(&folder, wanted, training.if_there())?;
    if !world.leads() {
        return Ok(());
    }
    if training.json {
        return out::json(&summary);
    }
    out::text(&report::summary(&summary))
}

/// Refuses data in which ids mean something else than in a run.
fn refuse_other_ids(run: &RunFolder, data: &Data) -> Result<()> {
    if data.schema.ids_in(&run.schema()?.schema).is_some() {
        return Ok(());
    }
    let (path, run) = (data.path.display(), run.path.display());
    Fail::data(format!(
        "{path}: expected data with the vocabularies and scenarios of {run}, got others; `ssim \
         prepare table --input LOG --like {run} --out DATA` prepares such data"
    ))
}

/// Reads a list for the train rows.
fn apply(given: &GivenList<'_>, data: &Data, train: &Instances) -> Result<List> {
    let name = read::name(given.path);
    if !read::begins_with(given.path, b"PAR1") {
        return InputKind::List.refuse(given.path);
    }
    let list = list::read(read::open(given.path)?, &name, &data.schema)?;
    let mut shared = list.apply(&name, &data.schema, train)?;
    let changes = [("--force-in", given.force_in, true), ("--keep-out", given.keep_out, false)];
    for (option, rule, force) in changes {
        let Some(rule) = rule else { continue };
        let mut columns = vec![
            ("scenario".to_owned(), train.scenarios.iter().map(|s| f32::from(*s) + 1.0).collect()),
            ("click".to_owned(), train.labels.iter().map(|y| f32::from(*y)).collect()),
        ];
        if !list.scores.is_empty() {
            columns.push(("score".to_owned(), list.scores_for(&name, &data.schema, train)?));
        }
        let rows = chosen(rule, train, &data.schema, &columns, &shared)
            .or_else(|e| Fail::usage(format!("{option}: {e}")))?;
        let mut changed = 0;
        for (shared, row) in shared.iter_mut().zip(rows) {
            changed += u64::from(row && *shared != force);
            *shared = if row { force } else { *shared };
        }
        let now = if force { "shared, too" } else { "no longer shared" };
        out::note(&format!("{option}: {} train rows are {now}", report::count(changed)));
    }
    Ok(List { borrowers: list.borrowers, ..List::unscored(shared) })
}
