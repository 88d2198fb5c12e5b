//! `ssim plot`.

use crate::exit::Fail;
use crate::run_folder::RunFolder;
use crate::summary::Summary;
use crate::{picture, read, write};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Plot {
    /// What is drawn
    #[arg(value_enum)]
    what: What,
    /// Run folder; metrics compares several (repeatable)
    #[arg(long, required = true)]
    run: Vec<PathBuf>,
    /// The picture to write
    #[arg(long, value_name = "FILE.svg|FILE.png")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
enum What {
    /// Test instances by share score and disagreement of the towers
    Map,
    /// Test AUC per scenario
    Metrics,
    /// Shared train instances per scenario
    Shares,
    /// Loss over steps
    Curves,
}

pub fn run(args: &Plot) -> Result<()> {
    let png = args.out.extension().is_some_and(|e| e == "png");
    if !png && args.out.extension().is_none_or(|e| e != "svg") {
        return Fail::usage(format!(
            "--out: expected a name that ends in .svg or .png, got {}",
            args.out.display()
        ));
    }
    if args.run.len() > 1 && args.what != What::Metrics {
        return Fail::usage("--run: only metrics draws more than one run");
    }
    let runs: Vec<_> =
        args.run.iter().map(|path| Ok(RunFolder::open(path)?.0)).collect::<Result<_>>()?;
    let summary = |run: &RunFolder| read::json::<Summary>(&run.summary());
    let svg = match args.what {
        What::Map => picture::map(&runs[0])?,
        What::Metrics => picture::metrics(&runs.iter().map(summary).collect::<Result<Vec<_>>>()?),
        What::Shares => {
            let summary = summary(&runs[0])?;
            picture::shares(&summary.method, &summary.share)
        }
        What::Curves => picture::curves(&read::text(&runs[0].metrics())?),
    };
    match png {
        true => write::bytes(&args.out, &crate::png::png(&svg)?),
        false => write::bytes(&args.out, svg.as_bytes()),
    }
}
