//! `ssim init`: looks at a log and writes a schema for it.

use crate::files::log::{LogFile, LogFiles, TableFile};
use crate::files::{read, write};
use crate::settings::args::number;
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::Result;
use clap::Args;
use ssim_data::survey::{Proposal, Survey, Unclear, Wishes, propose};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct InitArgs {
    #[command(flatten)]
    pub log: LogArgs,
    /// Schema to write, a file that is not there yet (default: standard output)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A log, and what a person says about its columns.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// The log: a file (CSV or other text, JSON lines, Parquet), a folder of files, or an archive; several are
    /// read one after the other
    #[arg(value_name = "LOG", required = true)]
    pub log: Vec<PathBuf>,
    /// Column of the label, if it cannot be found out
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// Column of the scenario, if it cannot be found out
    #[arg(long, value_name = "COLUMN")]
    scenario: Option<String>,
    /// A label that is a click, such as yes (repeatable)
    #[arg(long, value_name = "TEXT", conflicts_with = "threshold")]
    positive: Vec<String>,
    /// The smallest number that is a click, where labels are numbers such as stars
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = number)]
    threshold: Option<f64>,
}

pub fn run(args: &InitArgs) -> Result<()> {
    if let Some(out) = args.out.as_ref().filter(|out| out.exists()) {
        return Fail::usage(format!(
            "--out: {} is there already; choose another file or remove it",
            out.display()
        ));
    }
    let proposal = args.log.propose(&LogFiles::find(&args.log.log)?)?;
    tell(&proposal);
    let name = names(&args.log.log);
    let schema = args.out.as_ref().map_or("FILE".into(), |out| read::name(out));
    let text = format!(
        "# A schema for {name}, by ssim init. Change what is wrong, and then:\n\
         # ssim prepare table --input {name} --schema {schema} --out data\n\n{}",
        proposal.schema
    );
    match &args.out {
        Some(out) => write::bytes(out, text.as_bytes()),
        None => out::data(&text),
    }
}

/// Prints the decisions and their reasons for people.
pub fn tell(proposal: &Proposal) {
    for remark in &proposal.remarks {
        out::note(&report::wrap(&format!("{}: {}", remark.about, out::shown(&remark.text))));
    }
}

/// The names of the log's paths in a line of its own comment.
fn names(log: &[PathBuf]) -> String {
    let names: Vec<_> = log.iter().map(|path| out::shown(&read::name(path))).collect();
    names.join(" ")
}

impl LogArgs {
    /// Counts the first rows of a log and proposes a schema.
    ///
    /// # Errors
    /// A file cannot be read or is no table, or a person has to say which column is which.
    pub fn propose(&self, files: &LogFiles) -> Result<Proposal> {
        let mut survey = Survey::default();
        let mut all = files.files.iter();
        for LogFile { place, source } in all.by_ref() {
            let more = match TableFile::of(place)? {
                TableFile::Parquet(path) => survey.parquet(read::open(path)?, source)?,
                TableFile::Stream(format) => survey.stream(format, place.open()?.reader, source)?,
            };
            if !more {
                break;
            }
        }
        all.for_each(|file| survey.skip(&file.source));
        let wishes = Wishes {
            label: self.label.clone(),
            scenario: self.scenario.clone(),
            positive: self.positive.clone(),
            threshold: self.threshold,
        };
        match propose(&survey, &wishes) {
            Ok(proposal) => Ok(proposal),
            Err(Unclear::Choice(text)) => Fail::usage(text),
            Err(Unclear::Log(text)) => Fail::data(text),
        }
    }
}
