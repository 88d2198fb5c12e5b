//! `ssim demo`: runs every step once, on generated data whose truth is known.

mod account;
mod seeds;

use super::prepare::{SYNTHETIC, text};
use super::serve::PageServerArgs;
use super::sweep::{self, Grid};
use crate::files::data::{self, Data};
use crate::files::lock::FolderLock;
use crate::files::write;
use crate::machine::device;
use crate::run::many::{RunMaker, RunRequest};
use crate::run::run_folder::{IfThere, RunFolder};
use crate::settings::args::{self, Machine, Settings, any_whole, whole};
use crate::settings::config;
use crate::terminal::exit::Fail;
use crate::terminal::out;
use account::Account;
use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use seeds::Seeds;
use serde::Serialize;
use ssim_core::method::Method;
use ssim_core::method::PLANTED;
use ssim_data::synthetic::SHARED;
use ssim_train::config::Config;
use ssim_train::ranks::Alone;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Folder to write: data, runs, report and artifact
    #[arg(long, value_name = "DIR", default_value = "ssim-demo")]
    out: PathBuf,
    /// Seed of the data and of everything else
    #[arg(long, default_value_t = 1, value_parser = any_whole::<u64>())]
    seed: u64,
    /// Run N seeds, from --seed up, and test the differences between methods over all of them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole::<u64>(1, 100))]
    seeds: u64,
    /// A quarter of the rows: under a minute on two cores
    #[arg(long)]
    quick: bool,
    /// Retrain at several ratios and seeds too, so that the page shows measured dots (minutes)
    #[arg(long)]
    sweep: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
    /// Show the artifact in the browser afterwards
    #[arg(long)]
    serve: bool,
    #[command(flatten)]
    page: PageServerArgs,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    machine: Machine,
}

/// File with the artifact that the page shows.
const ARTIFACT: &str = "demo.ssim";
const ROWS: usize = 250_000;
const QUICK_ROWS: usize = 60_000;
const BACKBONE: &str = "dnn";
/// Methods that the demo compares; `ssim compare` can compare any.
const METHODS: [Method; 6] =
    [Method::St, Method::Mt, Method::MtS, Method::Ssim, Method::SsimR, Method::SsimPlus];

pub fn run(args: &DemoArgs) -> Result<()> {
    let server = args.serve.then(|| args.page.open()).transpose()?;
    let mut settings = args.settings.clone();
    settings.preset.get_or_insert_with(|| "demo".to_owned());
    let config = config::resolve(&settings)?;
    device::threads(args.machine.threads)?;
    let device = device::device(&args.machine.device)?;
    let _lock = FolderLock::take(&args.out)?;
    clear(&args.out)?;

    let world =
        |seed, out: &Path| World { args, seed, out: out.into(), config: &config, device: &device };
    let artifact = if args.seeds == 1 {
        let (account, artifact) = world(args.seed, &args.out).account()?;
        print(args, &account, || account.text())?;
        artifact
    } else {
        let mut artifact = Vec::new();
        let mut accounts = Vec::new();
        for seed in args::seeds(args.seed, args.seeds)? {
            let out = args.out.join("seeds").join(seed.to_string());
            write::folder(&out)?;
            let (account, bytes) = world(seed, &out).account()?;
            accounts.push(account);
            artifact = if artifact.is_empty() { bytes } else { artifact };
        }
        let seeds = Seeds::new(accounts);
        seeds.write(&args.out)?;
        // Whoever shows the demo finds the artifact in the same place for any number of seeds.
        write::bytes(&args.out.join(ARTIFACT), &artifact)?;
        print(args, &seeds, || seeds.text())?;
        artifact
    };
    out::note(&format!("everything lies in {}", args.out.display()));
    match server {
        Some(server) => server.serve(Some((ARTIFACT.to_owned(), artifact))),
        None => Ok(()),
    }
}

/// Prints the report, as text or as JSON.
fn print(args: &DemoArgs, report: &impl Serialize, text: impl Fn() -> String) -> Result<()> {
    if args.json { out::json(report) } else { out::text(&text()) }
}

/// One generated data set, and the folder for everything that is made of it.
struct World<'a> {
    args: &'a DemoArgs,
    seed: u64,
    out: PathBuf,
    config: &'a Config,
    device: &'a Device,
}

impl World<'_> {
    /// Generates the data, fits every method, and writes report and artifact.
    fn account(&self) -> Result<(Account, Vec<u8>)> {
        let started = Instant::now();
        let rows = if self.args.quick { QUICK_ROWS } else { ROWS };
        let prepared = ssim_data::synthetic::prepare(rows, SHARED, self.seed)?;
        data::write(&self.out.join("data"), &prepared, SYNTHETIC)?;
        out::note(&text(&prepared.summary()));
        let data = Data::open(&self.out.join("data"))?;
        let summary = prepared.summary();
        let rows = prepared.rows;

        let on = &self.args.machine.device;
        let (device, max_steps, shared) = (self.device, None, None);
        let maker = RunMaker {
            data: &data,
            rows: &rows,
            device,
            parts: None,
            on,
            max_steps,
            ranks: &Alone,
            shared,
        };
        let fit = |name: &str, method: Method, given| {
            let (backbone, config, seed) = (BACKBONE, self.config, self.seed);
            let wanted = RunRequest { name, method, backbone, given, from: None, config, seed };
            maker.fit(&self.run(name), wanted, IfThere::Continue)
        };
        let mut runs = Vec::new();
        for method in METHODS {
            runs.push(fit(method.name(), method, None)?);
        }
        let Some(planted) = rows.train.planted.as_ref().map(|p| p.shared.clone()) else {
            return Fail::data("demo: expected generated data with a planted truth, got none");
        };
        runs.push(fit(PLANTED, Method::Ssim, Some(planted.into()))?);

        // The artifact holds this method's run.
        let run = RunFolder { path: self.run(Method::Ssim.name()) };
        // One artifact is shown, so one sweep is enough.
        if self.args.sweep && self.seed == self.args.seed {
            let grid = Grid { ratios: sweep::RATIOS.to_vec(), seeds: sweep::SEEDS };
            let (_, identity) = RunFolder::open(&run.path)?;
            sweep::sweep(&maker, &run, &identity, &grid, self.config)?;
        }
        let list = run.list();
        let list = ssim_data::list::read(
            crate::files::read::open(&list)?,
            &crate::files::read::name(&list),
            &maker.data.schema,
        )?;
        let seconds = started.elapsed().as_secs_f64();
        let account = Account::new(summary, self.config, self.seed, runs, &rows, &list, seconds);
        let artifact = account.write(&self.out, &run)?;
        Ok((account, artifact))
    }

    fn run(&self, name: &str) -> PathBuf {
        self.out.join("runs").join(name)
    }
}

/// Removes what an earlier demo has written. Any other folder is refused, unless it is empty.
fn clear(out: &Path) -> Result<()> {
    // An empty file of this name says that a demo has made the folder.
    const MARK: &str = ".ssim-demo";
    if !out.join(MARK).exists() {
        data::vacant(out, data::REMOVE)?;
        return write::bytes(&out.join(MARK), b"");
    }
    for name in ["data", "runs", "seeds"] {
        let path = out.join(name);
        if path.exists() {
            fs::remove_dir_all(&path)
                .with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}
