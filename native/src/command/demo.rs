//! `ssim demo`: everything once, on generated data whose truth is known.

mod account;

use super::prepare::{SYNTHETIC, text};
use super::serve::Page;
use crate::args::{Machine, Settings};
use crate::data::{self, Data};
use crate::exit::Fail;
use crate::fit::{Job, Rows, Source};
use crate::run_folder::{Identity, RunFolder};
use crate::summary::Summary;
use crate::{config, device, out, write};
use account::Account;
use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use ssim_data::Prepared;
use ssim_train::config::Config;
use ssim_train::method::Method;
use ssim_train::setup::Setup;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, Args)]
pub struct Demo {
    /// Folder to write: data, runs, report and artifact
    #[arg(long, value_name = "DIR", default_value = "ssim-demo")]
    out: PathBuf,
    /// Seed of the data and of everything else
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A quarter of the rows: under a minute on two cores
    #[arg(long)]
    quick: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
    /// Show the artifact in the browser afterwards
    #[arg(long)]
    serve: bool,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    machine: Machine,
}

const ROWS: usize = 250_000;
const QUICK_ROWS: usize = 60_000;
const BACKBONE: &str = "dnn";
/// The run on the planted list: what no method can know.
const PLANTED: &str = "planted";

pub fn run(args: &Demo) -> Result<()> {
    let page = args.serve.then(|| args.page.folder()).transpose()?;
    let mut settings = args.settings.clone();
    settings.preset.get_or_insert_with(|| "demo".to_owned());
    let config = config::resolve(&settings)?;
    device::threads(args.machine.threads)?;
    let device = device::device(&args.machine.device)?;
    let started = Instant::now();
    clear(&args.out)?;

    let rows = if args.quick { QUICK_ROWS } else { ROWS };
    let prepared = ssim_data::synthetic::prepare(rows, args.seed)?;
    data::write(&args.out.join("data"), &prepared, SYNTHETIC)?;
    out::note(&text(&prepared.summary()));
    let data = Data::open(&args.out.join("data"))?;
    let summary = prepared.summary();
    let Prepared { train, val, test, .. } = prepared;
    let rows = Rows { train, val, test };

    let demo = Runs { args, data: &data, rows: &rows, config: &config, device: &device };
    let mut runs = Vec::new();
    for method in Method::all() {
        runs.push(demo.fit(method.name(), method, Source::Method(method.list()))?);
    }
    let Some(planted) = rows.train.planted.as_ref().map(|p| p.shared.clone()) else {
        return Fail::data("the generated data carry no truth");
    };
    runs.push(demo.fit(PLANTED, Method::Ssim, Source::Given(planted))?);

    let list = ssim_run(&args.out).list();
    let list = ssim_data::list::read(crate::read::open(&list)?, &crate::read::name(&list))?;
    let account = Account::new(
        summary,
        &config,
        args.seed,
        runs,
        &rows,
        &list,
        started.elapsed().as_secs_f64(),
    );
    let artifact = account.write(&args.out, &ssim_run(&args.out))?;
    if args.json {
        out::json(&account)?;
    } else {
        out::data(&account.text())?;
    }
    out::note(&format!("everything lies in {}", args.out.display()));
    match page {
        Some(page) => super::serve::serve(&page, Some(artifact), args.page.port()),
        None => Ok(()),
    }
}

/// Where the run that the artifact is made of lies.
fn ssim_run(out: &Path) -> RunFolder {
    RunFolder { path: out.join("runs").join(Method::Ssim.name()) }
}

/// What all runs of the demo have in common.
struct Runs<'a> {
    args: &'a Demo,
    data: &'a Data,
    rows: &'a Rows,
    config: &'a Config,
    device: &'a Device,
}

impl Runs<'_> {
    fn fit(&self, name: &str, method: Method, source: Source) -> Result<Summary> {
        let schema = &self.data.schema;
        let identity = Identity {
            method: name.to_owned(),
            backbone: BACKBONE.to_owned(),
            seed: self.args.seed,
            fingerprint: schema.fingerprint(),
            max_steps: None,
            given_list: matches!(source, Source::Given(_)),
        };
        let path = self.args.out.join("runs").join(name);
        let run = RunFolder::begin(&path, &identity, self.config, self.data, false)?;
        run.note_environment(&self.args.machine.device)?;
        let setup = Setup {
            schema,
            config: self.config,
            backbone: BACKBONE,
            seed: self.args.seed,
            device: self.device,
            max_steps: None,
        };
        let towers = method.towers(schema.scenarios.len());
        Job { name, towers, source, setup, run: &run }.fit(self.rows)
    }
}

/// What an earlier demo left behind goes; anybody else's folder is left alone.
fn clear(out: &Path) -> Result<()> {
    const MARK: &str = ".ssim-demo";
    if !out.join(MARK).exists() {
        data::vacant(out)?;
        write::folder(out)?;
        return write::bytes(&out.join(MARK), b"");
    }
    for name in ["data", "runs"] {
        let path = out.join(name);
        if path.exists() {
            fs::remove_dir_all(&path)
                .with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}
