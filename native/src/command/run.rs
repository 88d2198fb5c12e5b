//! `ssim run`: from a log to a report, in one command.

mod report;

use crate::command::doctor::{self, Diagnosis};
use crate::command::export;
use crate::command::fit::auto::{self, RaceArgs};
use crate::command::init::{self, LogArgs};
use crate::command::prepare::{self, ReadArgs};
use crate::files::log::LogFiles;
use crate::files::{data, read, write};
use crate::machine::device;
use crate::run::run_folder::{RACE, RESUME, RunFolder};
use crate::run::sample;
use crate::settings::args::{Machine, Settings, Training, any_whole, time, whole};
use crate::settings::config;
use crate::terminal::out;
use anyhow::{Context, Result};
use clap::Args;
use report::LogReport;
use ssim_core::artifact::Storage;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The files of the folder.
const SCHEMA: &str = "schema.toml";
const DATA: &str = "data";
const RUN: &str = "run";
const REPORT: &str = "report.md";
const ARTIFACT: &str = "run.ssim";
/// Train rows that each model visits at most when the likeness of scenarios is measured.
const FIT_ROWS: u64 = 300_000;

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    log: LogArgs,
    /// TOML file that says what the log's columns mean, in place of a look at the log
    #[arg(long, value_name = "FILE",
          conflicts_with_all = ["label", "scenario", "positive", "threshold"])]
    schema: Option<PathBuf>,
    /// Folder to write: schema.toml, data, run, run.ssim and report.md
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Most models that are fitted to choose the method
    #[arg(long, value_name = "N", value_parser = whole::<u64>(2, 10_000))]
    trials: Option<u64>,
    /// The time after which no other method is tried, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", value_parser = time)]
    budget: Option<Duration>,
    #[command(flatten)]
    rows: ReadArgs,
    /// Go on in the folder: steps that are done are kept
    #[arg(long)]
    resume: bool,
    /// Seed of everything random
    #[arg(long, default_value_t = 1, value_parser = any_whole::<u64>())]
    seed: u64,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    machine: Machine,
}

pub fn run(args: &RunArgs) -> Result<()> {
    // Mistakes in the settings are told before the log is read.
    config::resolve(&args.settings)?;
    device::threads(args.machine.threads)?;
    if !args.resume {
        data::vacant(&args.out, args.remedy())?;
    }
    let log = LogFiles::find(&args.log.log)?;
    args.schema(&log)?;
    args.steps(&log).inspect_err(|_| {
        out::note(&format!(
            "what is done so far is in {}; the same command with --resume goes on from there",
            args.out.display()
        ));
    })
}

impl RunArgs {
    /// The remedy if the folder holds something already.
    fn remedy(&self) -> &'static str {
        if self.file(SCHEMA).exists() { RESUME } else { data::REMOVE }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    /// Writes the schema into the folder, unless it is there.
    fn schema(&self, log: &LogFiles) -> Result<()> {
        let to = self.file(SCHEMA);
        if to.exists() {
            out::note(&format!("{}: kept", to.display()));
            return Ok(());
        }
        let text = match &self.schema {
            Some(from) => {
                prepare::read_schema(from)?;
                read::text(from)?
            }
            None => {
                let proposal = self.log.propose(log)?;
                init::tell(&proposal);
                proposal.schema
            }
        };
        write::folder(&self.out)?;
        write::bytes(&to, text.as_bytes())
    }

    /// Prepares, examines, fits and reports.
    fn steps(&self, log: &LogFiles) -> Result<()> {
        let data = self.file(DATA);
        if data.exists() {
            out::note(&format!("{}: kept", data.display()));
        } else {
            prepare::folder(log, &self.file(SCHEMA), &self.rows, &data, self.seed)?;
        }
        let diagnosis = doctor::diagnose(&data, FIT_ROWS, self.seed, &self.settings)?;
        out::text(&diagnosis.text())?;
        let race = RaceArgs { trials: self.trials, budget: self.budget };
        auto::run(&race, &self.training(data))?;
        self.report(log, &diagnosis)
    }

    fn training(&self, data: PathBuf) -> Training {
        Training {
            data,
            backbone: "dnn".to_owned(),
            out: self.file(RUN),
            // The folder is in one that was empty when the first step began.
            resume: true,
            max_steps: None,
            seed: self.seed,
            json: false,
            settings: self.settings.clone(),
            machine: self.machine.clone(),
        }
    }

    /// Writes the artifact and the report.
    fn report(&self, log: &LogFiles, diagnosis: &Diagnosis) -> Result<()> {
        let folder = self.file(RUN);
        let (run, _) = RunFolder::open(&folder)?;
        let record: ssim_core::artifact::record::Record = run.record()?;
        // A run with a copy of the model per scenario has no artifact.
        let artifact = if run.copy_file(0).exists() { None } else { Some(self.file(ARTIFACT)) };
        if let Some(to) = &artifact {
            let bytes = export::artifact(&run, record.clone(), sample::ROWS, Storage::Half)?;
            write::bytes(to, &bytes)?;
        }
        let schema = read::text(&self.file(SCHEMA))?;
        let report = LogReport {
            log: &log.name,
            folder: &self.out,
            schema: &schema,
            diagnosis,
            decision: read::json(&folder.join(RACE))?,
            record: &record,
            artifact: artifact.as_deref(),
        };
        let to = self.file(REPORT);
        write::bytes(&to, report.markdown().as_bytes())
            .with_context(|| to.display().to_string())?;
        out::note(&format!("report: {}", to.display()));
        if let Some(artifact) = &artifact {
            out::note(&format!("to look at it: ssim serve {}", artifact.display()));
        }
        Ok(())
    }
}

/// The path of a file in the folder, for commands in the report.
pub fn shown(folder: &Path, name: &str) -> String {
    read::name(&folder.join(name))
}
