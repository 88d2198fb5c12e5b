//! `ssim select`: scores rows and puts the best of them on the list. The scores go to a file first,
//! so that memory does not depend on the number of rows, and several processes can share the work.

mod cut;
mod files;
mod score;

use crate::files::data::Data;
use crate::files::parts::parquet_files;
use crate::files::raw::{RawFormat, RawRowArgs};
use crate::files::row_writer::RowFormat;
use crate::files::scoring_counts::UnseenShare;
use crate::files::{place, read, write};
use crate::machine::device;
use crate::run::identity::Identity;
use crate::run::run_folder::RunFolder;
use crate::settings::args::threads;
use crate::settings::list_cut::ListCutArgs;
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::Result;
use clap::{ArgGroup, Args};
use cut::{Chosen, ListSummary};
use files::{ScoreFile, ScoreFiles};
use serde_json::json;
use ssim_core::mask::Pool;
use ssim_core::schema::Schema;
use ssim_data::JobPart;
use ssim_train::config::Config;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("rows").required(true).args(["data", "input", "scores"]))]
pub struct SelectArgs {
    /// Run folder with a selector
    #[arg(long)]
    run: PathBuf,
    /// Data folder whose rows are scored
    #[arg(long)]
    data: Option<PathBuf>,
    /// Split of the data folder whose rows are scored
    #[arg(long, default_value = "train", conflicts_with_all = ["input", "scores"], value_parser = ["train", "val", "test"])]
    split: String,
    /// Raw rows to score in place of a data folder's; - is standard input
    #[arg(long, value_name = "FILE|-")]
    input: Option<PathBuf>,
    #[command(flatten)]
    reading: RawRowArgs,
    /// Column of the click in raw rows, where there is one: only the report needs it
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["data", "scores"])]
    label: Option<String>,
    /// Files of rows that are scored already, in place of rows to score: files of --shard, Parquet
    /// files of `ssim score`, or folders of them
    #[arg(long, value_name = "FILE", num_args = 1..)]
    scores: Vec<PathBuf>,
    /// Only score part I of N of the rows: a range of a Parquet file, every N-th block of other
    /// formats. --out is then a file for --scores
    #[arg(long, value_name = "I/N", conflicts_with_all = ["scores", "ratio", "by", "threshold", "to", "json"])]
    shard: Option<JobPart>,
    #[command(flatten)]
    cut: ListCutArgs,
    /// The list to write: row, scenario, score, shared; - is standard output
    #[arg(long, value_name = "FILE|-")]
    out: PathBuf,
    /// Format of the list (default: what the ending of --out says, else Parquet)
    #[arg(long = "out-format", alias = "to", value_enum)]
    to: Option<RowFormat>,
    /// Worker threads (default: all cores)
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<usize>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &SelectArgs) -> Result<()> {
    for (name, column) in [("--scenario", &args.reading.scenario), ("--row", &args.reading.row)] {
        if column.is_some() && args.input.is_none() {
            return Fail::usage(format!(
                "{name}: expected only with --input, whose column it names, got no --input"
            ));
        }
    }
    device::threads(args.threads)?;
    let (run, identity) = RunFolder::open(&args.run)?;
    run.expect_undirected()?;
    let from = args.data.as_deref().map_or_else(|| run.schema(), Data::open)?;
    if let Some(shard) = args.shard {
        return write::atomic(&args.out, |to| args.score(&run, &from, shard, to).map(drop));
    }
    let chosen = args.chosen(&run.config()?, &identity)?;
    let (files, unseen) = args.files(&run, &from)?;
    let stdout = args.out.as_os_str() == "-";
    if stdout && args.json {
        return Fail::usage("--json: the list goes to standard output already");
    }
    let to = args.to.unwrap_or_else(|| RowFormat::of_output(&args.out, RawFormat::Parquet));
    let listed = match stdout {
        true => chosen.write(&files, &from.schema, to, &mut std::io::stdout())?,
        false => {
            let mut listed = None;
            write::atomic(&args.out, |file| {
                listed = Some(chosen.write(&files, &from.schema, to, file)?);
                Ok(())
            })?;
            listed.unwrap_or_default()
        }
    };
    args.report(&chosen, &listed, &from.schema, unseen.as_deref())
}

impl SelectArgs {
    /// Makes the rule that chooses the rows of the list.
    fn chosen(&self, config: &Config, identity: &Identity) -> Result<Chosen> {
        if let Some(threshold) = self.cut.threshold {
            return Ok(Chosen::Threshold(threshold));
        }
        let ratio = self.cut.ratio.unwrap_or(config.select.ratio);
        let by = self.cut.by.map_or(config.select.by, Pool::from);
        let batches = self.data.is_some() && self.split == "train";
        if by == Pool::Batch && !batches {
            return Fail::usage(
                "--by: expected global or scenario, got batch; batches are those of a train split",
            );
        }
        Ok(Chosen::Best { ratio, by, batch: config.train.batch, seed: identity.seed })
    }

    /// Gives the files of scores: those of `--scores`, or one that is written now. With the latter
    /// it gives the shares of unseen values.
    fn files(
        &self,
        run: &RunFolder,
        from: &Data,
    ) -> Result<(ScoreFiles, Option<Vec<UnseenShare>>)> {
        if !self.scores.is_empty() {
            return Ok((ScoreFiles::given(&self.scores, &from.schema, run)?, None));
        }
        // The file has no name, so that nothing is left behind even if the program is killed.
        let at = match self.out.as_os_str() == "-" {
            true => std::env::temp_dir(),
            false => write::folder_of(&self.out).to_owned(),
        };
        let mut spool = tempfile::tempfile_in(&at).map_err(|e| {
            anyhow::Error::from(e).context(format!("cannot keep scores in {}", at.display()))
        })?;
        let unseen = self.score(run, from, JobPart::WHOLE, &mut spool)?;
        Ok((ScoreFiles::new(vec![ScoreFile::spooled(spool)?]), Some(unseen)))
    }

    fn report(
        &self,
        chosen: &Chosen,
        listed: &ListSummary,
        schema: &Schema,
        unseen: Option<&[UnseenShare]>,
    ) -> Result<()> {
        let share = chosen.share(listed, schema);
        if self.json {
            return out::json(&json!({
                "schema": 1,
                "by": chosen.by(),
                "threshold": self.cut.threshold.map(f64::from),
                "cut": listed.cut,
                "share": share,
                "unseen": unseen,
            }));
        }
        let text = report::share(&share);
        // Standard output holds the list and nothing else.
        if self.out.as_os_str() == "-" {
            out::note(text.trim_end());
            return Ok(());
        }
        out::text(&text)
    }

    /// Gives the name of the scored rows for messages.
    fn source(&self, from: &Data) -> Result<String> {
        match &self.input {
            Some(input) => Ok(place::name(input)),
            None => Ok(read::name(&from.split_folder(&self.split)?)),
        }
    }
}

/// Replaces every folder by the Parquet files in it; other paths stay.
fn expanded(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => files.append(&mut parquet_files(path)?),
            false => files.push(path.clone()),
        }
    }
    Ok(files)
}
