//! `ssim compare`: runs every system of a plan with every seed, and puts them in one table.

use crate::compare::{Comparison, Runs};
use crate::files::data::Data;
use crate::files::lock::FolderLock;
use crate::files::owned::OwnedFiles;
use crate::files::write;
use crate::machine::device;
use crate::machine::time_check::PlannedRuns;
use crate::pictures::picture;
use crate::run::many::RunMaker;
use crate::run::shared::SharedResults;
use crate::settings::args::{Settings, any_whole, seeds, threads, whole};
use crate::settings::plan::{ListOf, MAX_SEEDS, Plan};
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::Result;
use clap::Args;
use ssim_train::ranks::Alone;
use std::path::{Path, PathBuf};

/// Number of seeds if neither the plan nor the arguments say it.
const SEEDS: u64 = 5;
/// File with the plan as it was read.
const PLAN: &str = "plan.toml";
/// Files with the results.
const RESULTS: [&str; 4] = ["compare.json", "compare.md", "compare.tex", "compare.svg"];

#[derive(Debug, Args)]
#[command(after_help = help())]
pub struct CompareArgs {
    /// A plan: a TOML file, or the name of one that comes with the program
    plan: PathBuf,
    /// Data folder, from `ssim prepare`
    #[arg(long)]
    data: PathBuf,
    /// Folder to write: runs and tables; runs that are finished there are not repeated
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Number of seeds of every system (default: the plan's)
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, MAX_SEEDS))]
    seeds: Option<u64>,
    /// The first seed
    #[arg(long, default_value_t = 1, value_parser = any_whole::<u64>())]
    seed: u64,
    /// Runs at a time (default: as many as there are cores for)
    #[arg(long, value_name = "N", value_parser = threads())]
    jobs: Option<usize>,
    /// Worker threads of each run; the same number gives the same results, byte for byte, however
    /// many jobs there are
    #[arg(long, value_name = "N", default_value = "1", value_parser = threads())]
    threads: usize,
    /// cpu, cuda or cuda:N
    #[arg(long, default_value = "cpu")]
    device: String,
    /// End each phase after N steps
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, u64::MAX))]
    max_steps: Option<u64>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

fn help() -> String {
    let names: Vec<_> = crate::settings::plan::shipped_names().collect();
    format!("Plans that come with the program: {}.", names.join(", "))
}

pub fn run(args: &CompareArgs) -> Result<()> {
    let data = Data::open(&args.data);
    let settings = args.settings.for_log(data.as_ref().ok().map(Data::size));
    let plan = Plan::read(&args.plan, &settings)?;
    device::threads(None)?;
    let device = device::device(&args.device)?;
    let data = data?;
    if let Some(told) = &plan.chosen {
        out::note(told);
    }
    let rows = data.rows()?;
    let planted = plan.systems.iter().find(|s| s.list == Some(ListOf::Planted));
    if let (Some(system), None) = (planted, &rows.train.planted) {
        return Fail::config(format!(
            "{}: system \"{}\": list: expected synthetic data, which have a planted list, got others",
            args.plan.display(),
            system.name
        ));
    }
    let count = args.seeds.or(plan.seeds).unwrap_or(SEEDS);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.unwrap_or((cores / args.threads).max(1));
    device::warn(jobs * args.threads);
    PlannedRuns {
        runs: plan.runs(&data.schema, &device, args.max_steps),
        seeds: count as usize,
        rows: rows.train.len(),
        threads: cores.min(jobs * args.threads),
    }
    .check();
    let lock = FolderLock::take(&args.out)?;
    let mut owned = OwnedFiles::open(&lock)?;
    let keep_plan = |out: &Path| write::toml(&out.join(PLAN), &plan.text);
    // An older plan stays until the runs of this one are there: it may be refused.
    if !args.out.join(PLAN).exists() {
        owned.replace(&[PLAN], keep_plan)?;
    }
    let maker = RunMaker {
        data: &data,
        rows: &rows,
        device: &device,
        parts: None,
        on: &args.device,
        max_steps: args.max_steps,
        ranks: &Alone,
        shared: Some(SharedResults::new(args.out.join("shared"))),
    };
    let runs = Runs {
        maker: &maker,
        plan: &plan,
        folder: &args.out,
        seeds: seeds(args.seed, count)?.collect(),
        jobs,
        threads: args.threads,
    };
    let found = Comparison::new(&runs, &runs.all()?)?;
    owned.replace(&[PLAN], keep_plan)?;
    owned.replace(&RESULTS, |out| {
        let [json, texts @ ..] = RESULTS.map(|name| out.join(name));
        write::json(&json, &found)?;
        let pictures = [found.markdown(), found.latex(), picture::comparison(&found)];
        texts.iter().zip(pictures).try_for_each(|(path, text)| write::bytes(path, text.as_bytes()))
    })?;
    if args.json {
        return out::json(&found);
    }
    out::text(&found.text())
}
