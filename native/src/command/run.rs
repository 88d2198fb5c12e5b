//! `ssim run`: from a log to a report, in one command.

mod report;

use crate::command::doctor::{self, Diagnosis};
use crate::command::export;
use crate::command::fit::auto::{self, RaceArgs};
use crate::command::init::{self, LogArgs};
use crate::command::prepare::{self, ReadArgs};
use crate::command::serve::PageFolderArgs;
use crate::files::lock::FolderLock;
use crate::files::log::LogFiles;
use crate::files::replace::{self, DATA, SCHEMA};
use crate::files::{data, read, write};
use crate::machine::device;
use crate::report::{HtmlReport, Life, LivePage, NO_PAGE, no_map, of_artifact, of_run};
use crate::run::run_folder::{RACE, RESUME, RunFolder};
use crate::run::sample;
use crate::settings::args::{Machine, Settings, Training, any_whole, time, whole};
use crate::settings::config;
use crate::terminal::{self, out};
use anyhow::Result;
use clap::Args;
use report::LogReport;
use serde_json::json;
use ssim_core::artifact::{Artifact, Storage};
use ssim_figure::{Figures, State};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The files of the folder.
const RUN: &str = "run";
const REPORT: &str = "report.md";
const HTML: &str = "report.html";
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
    /// Folder to write: schema.toml, data, run, run.ssim, report.md and report.html
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Most models that are fitted to choose the method
    #[arg(long, value_name = "N", value_parser = whole::<u64>(2, 10_000))]
    trials: Option<u64>,
    /// The time after which no other method is tried, such as 90s, 30m or 2h; a quarter of it at most goes to
    /// the likeness of the scenarios
    #[arg(long, value_name = "TIME", value_parser = time)]
    budget: Option<Duration>,
    /// Models of the chosen method, whose logits are averaged [default: 4, or 1 from 1,000,000 train rows on]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, 64))]
    members: Option<u64>,
    #[command(flatten)]
    rows: ReadArgs,
    /// Go on in the folder: steps that are done are kept
    #[arg(long)]
    resume: bool,
    /// Replace what an earlier `ssim run` has written into the folder
    #[arg(long, conflicts_with = "resume")]
    force: bool,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    /// Seed of everything random
    #[arg(long, default_value_t = 1, value_parser = any_whole::<u64>())]
    seed: u64,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    web: PageFolderArgs,
}

pub fn run(args: &RunArgs) -> Result<()> {
    // Mistakes in the settings are told before the log is read.
    config::resolve(&args.settings)?;
    device::threads(args.machine.threads)?;
    let page = LivePage::find(&args.web)?;
    if page.is_none() {
        out::note(NO_PAGE);
    }
    if !args.resume {
        replace::check(&args.out, args.force, args.remedy())?;
        if args.force {
            replace::expect_outside(&args.out, args.log.log.iter().map(PathBuf::as_path))?;
        }
    }
    let log = LogFiles::find(&args.log.log, Some(&args.out))?;
    args.schema(&log)?;
    args.steps(&log, page.as_ref()).inspect_err(|_| {
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
        if to.exists() && !self.force {
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
        if self.force {
            let _lock = FolderLock::take(&self.out)?;
            replace::clear(&self.out)?;
        }
        write::bytes(&to, text.as_bytes())
    }

    /// Prepares, examines, fits and reports.
    fn steps(&self, log: &LogFiles, page: Option<&LivePage>) -> Result<()> {
        let data = self.file(DATA);
        if data.exists() {
            out::note(&format!("{}: kept", data.display()));
        } else {
            prepare::folder(log, &self.file(SCHEMA), &self.rows, &data, self.seed)?;
        }
        let begun = Instant::now();
        let limit = self.budget.map(|budget| budget / 4);
        let diagnosis = doctor::diagnose(&data, FIT_ROWS, self.seed, &self.settings, limit)?;
        if !self.json {
            out::text(&diagnosis.text())?;
        }
        let left = |budget: Duration| budget.saturating_sub(begun.elapsed());
        let race =
            RaceArgs { trials: self.trials, budget: self.budget.map(left), members: self.members };
        let (decision, record) = auto::raced(&race, &self.training(data))?;
        if !self.json {
            out::text(&decision.text())?;
            out::text(&terminal::report::summary(&record))?;
        }
        let artifact = self.report(log, &diagnosis, page)?;
        if !self.json {
            return Ok(());
        }
        let files = json!({
            "report": self.file(HTML),
            "markdown": self.file(REPORT),
            "run": self.file(RUN),
            "artifact": artifact,
        });
        out::json(&json!({ "schema": 1, "files": files, "race": decision, "run": record }))
    }

    fn training(&self, data: PathBuf) -> Training {
        Training {
            data,
            backbone: "dnn".to_owned(),
            out: self.file(RUN),
            // The folder is in one that was empty when the first step began.
            resume: true,
            force: false,
            max_steps: None,
            seed: self.seed,
            json: false,
            settings: self.settings.clone(),
            machine: self.machine.clone(),
        }
    }

    /// Writes the artifact and the report. Gives the path of the artifact, if the run has one.
    fn report(
        &self,
        log: &LogFiles,
        diagnosis: &Diagnosis,
        page: Option<&LivePage>,
    ) -> Result<Option<PathBuf>> {
        let folder = self.file(RUN);
        let (run, _) = RunFolder::open(&folder)?;
        let record: ssim_core::artifact::record::Record = run.record()?;
        let artifact = if run.has_copies() { None } else { Some(self.file(ARTIFACT)) };
        let bytes = artifact.as_ref().map(|to| {
            let bytes = export::artifact(&run, record.clone(), sample::ROWS, Storage::Half)?;
            write::bytes(to, &bytes).map(|()| bytes)
        });
        let bytes = bytes.transpose()?;
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
        let markdown = report.markdown();
        write::bytes(&self.file(REPORT), markdown.as_bytes())?;
        let (pictures, note) = match &bytes {
            Some(bytes) => {
                let figures = Artifact::from_bytes(bytes).and_then(Figures::new)?;
                let view = |view| State { view, ..State::default() };
                let states: Vec<State> = figures.views().map(view).collect();
                (of_artifact(&figures, &states)?, no_map(&figures))
            }
            None => (of_run(&run, &record)?, ""),
        };
        let html = HtmlReport {
            title: &log.name,
            markdown: &markdown,
            pictures: &pictures,
            note,
            life: Life::of(page, bytes.as_deref()),
        };
        let to = self.file(HTML);
        write::bytes(&to, html.document()?.as_bytes())?;
        out::note(&format!("report: {}", to.display()));
        if let Some(artifact) = &artifact {
            out::note(&format!("to look at it: ssim serve {}", artifact.display()));
        }
        Ok(artifact)
    }
}

/// The path of a file in the folder, for commands in the report.
pub fn shown(folder: &Path, name: &str) -> String {
    read::name(&folder.join(name))
}
