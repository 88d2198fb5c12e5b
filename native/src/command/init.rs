//! `ssim init`: looks at a log and writes a schema for it.

use crate::files::log::{LogFile, LogFiles, TableFile};
use crate::files::{read, write};
use crate::settings::args::number;
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use ssim_data::survey::{Proposal, Remark, Survey, Unclear, WishFor, Wishes, propose};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct InitArgs {
    #[command(flatten)]
    pub log: LogArgs,
    /// Schema to write (default: standard output)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file
    #[arg(long, requires = "out")]
    force: bool,
    /// Print the schema and the decisions as one JSON object
    #[arg(long)]
    json: bool,
}

/// A log, and what a person says about its columns.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// The log: a file (CSV or other text, JSON lines, Parquet, Arrow), a folder of files, an archive, a pattern
    /// in quotes such as "day-*.csv", or - for standard input; several are read one after the other
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
    /// Ask nothing: where a person has to decide, end with the choices
    #[arg(long, short)]
    yes: bool,
}

pub fn run(args: &InitArgs) -> Result<()> {
    if let Some(out) = args.out.as_ref().filter(|out| out.is_dir() || out.exists() && !args.force) {
        let remedy = match out.is_dir() {
            true => "choose another file",
            false => "choose another file, or replace it by --force",
        };
        return Fail::usage(format!("--out: {} is there already; {remedy}", out.display()));
    }
    let proposal = args.log.propose(&LogFiles::find(&args.log.log, args.out.as_deref())?)?;
    if !args.json {
        tell(&proposal);
    }
    let name = names(&args.log.log);
    let schema = args.out.as_ref().map_or("FILE".into(), |out| read::name(out));
    let text = format!(
        "# A schema for {name}, by ssim init. Change what is wrong, and then:\n\
         # ssim prepare table --input {name} --schema {schema} --out data\n\n{}",
        proposal.schema
    );
    if let Some(out) = &args.out {
        write::bytes(out, text.as_bytes())?;
    }
    if args.json {
        let remark = |remark: &Remark| json!({ "about": remark.about, "text": remark.text });
        let decisions: Vec<_> = proposal.remarks.iter().map(remark).collect();
        return out::json(&json!({ "schema": 1, "toml": text, "decisions": decisions }));
    }
    if args.out.is_some() { Ok(()) } else { out::data(&text) }
}

/// The word before an answer.
fn word(wish: WishFor) -> &'static str {
    match wish {
        WishFor::Label => "label column",
        WishFor::Scenario => "scenario column",
        WishFor::Positive => "text of a click",
        WishFor::Threshold => "smallest number of a click",
    }
}

/// Takes an answer as a wish. One that is no number is taken as text, so that the next message says what is
/// wrong with it.
fn grant(wishes: &mut Wishes, wish: WishFor, answer: String) {
    match (wish, answer.parse()) {
        (WishFor::Label, _) => wishes.label = Some(answer),
        (WishFor::Scenario, _) => wishes.scenario = Some(answer),
        (WishFor::Threshold, Ok(least)) => wishes.threshold = Some(least),
        _ => {
            wishes.threshold = None;
            wishes.positive = vec![answer];
        }
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
                TableFile::Parquet(file) => survey.parquet(file, source)?,
                TableFile::Stream(format) => survey.stream(format, place.open()?.reader, source)?,
            };
            if !more {
                break;
            }
        }
        all.for_each(|file| survey.skip(&file.source));
        let mut wishes = Wishes {
            label: self.label.clone(),
            scenario: self.scenario.clone(),
            positive: self.positive.clone(),
            threshold: self.threshold,
        };
        loop {
            match propose(&survey, &wishes) {
                Ok(proposal) => return Ok(proposal),
                Err(Unclear::Choice(text, wish)) => {
                    let asks = !self.yes && out::asks();
                    let answer = asks.then(|| out::ask(&text, word(wish))).flatten();
                    let Some(answer) = answer else { return Fail::usage(text) };
                    grant(&mut wishes, wish, answer);
                }
                Err(Unclear::Log(text)) => return Fail::data(text),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_wishes() {
        let mut wishes = Wishes::default();
        grant(&mut wishes, WishFor::Label, "stars".to_owned());
        grant(&mut wishes, WishFor::Scenario, "tab".to_owned());
        grant(&mut wishes, WishFor::Threshold, "4".to_owned());
        let granted = (wishes.label.as_deref(), wishes.scenario.as_deref(), wishes.threshold);
        assert_eq!(granted, (Some("stars"), Some("tab"), Some(4.0)));
        grant(&mut wishes, WishFor::Threshold, "many".to_owned());
        assert_eq!((wishes.threshold, &wishes.positive[..]), (None, &["many".to_owned()][..]));
    }
}
