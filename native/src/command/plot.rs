//! `ssim plot`: draws a run's numbers, or a picture of an artifact.

use crate::pictures::picture;
use crate::pictures::poster::{self, Choices, Colours};
use crate::run::journal;
use crate::run::run_folder::RunFolder;
use crate::settings::args::whole;
use crate::terminal::exit::Fail;
use anyhow::Result;
use clap::{Args, ValueEnum};
use ssim_viz::Look;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct PlotArgs {
    /// The picture to draw
    #[arg(value_enum)]
    what: Picture,
    /// Run folder; metrics compares several (repeatable)
    #[arg(long, required_unless_present = "artifact")]
    run: Vec<PathBuf>,
    /// Artifact; its picture is what a live view in a document shows first
    #[arg(long, value_name = "FILE.ssim", conflicts_with = "run")]
    artifact: Option<PathBuf>,
    /// The picture to write
    #[arg(long, value_name = "FILE.svg|FILE.png")]
    out: PathBuf,
    #[command(flatten)]
    choices: Choices,
    /// Colours
    #[arg(long, value_enum, default_value_t = Colours::Auto)]
    theme: Colours,
    /// Width in CSS pixels
    #[arg(long, value_name = "PX", default_value_t = 760, value_parser = whole::<u16>(240, 4000))]
    width: u16,
    /// Write nothing; exit with code 1 if the file's picture is out of date
    #[arg(long)]
    check: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
enum Picture {
    /// Test instances by share score and disagreement of the towers
    Map,
    /// Test AUC per scenario
    Metrics,
    /// Shared instances per scenario: of train with --run, of the file's with --artifact
    Shares,
    /// Loss over steps
    Curves,
    /// Instances of each scenario that train each tower (--artifact)
    Matrix,
    /// Predictions for a row before and after a change (--artifact)
    #[value(name = "whatif")]
    WhatIf,
}

pub fn run(args: &PlotArgs) -> Result<()> {
    let look = Look { width: args.width.into(), theme: args.theme.into() };
    let svg = match &args.artifact {
        Some(path) => {
            let name = args.what.to_possible_value().map_or(String::new(), |v| v.get_name().into());
            poster::svg(&poster::figures(path)?, &args.choices.state(&name)?, &look)?
        }
        None => draw_runs(args, &look)?,
    };
    let bytes = poster::bytes(&args.out, svg, look.theme)?;
    poster::put(&[(args.out.clone(), bytes)], args.check)
}

/// Draws the numbers of run folders.
fn draw_runs(args: &PlotArgs, look: &Look) -> Result<String> {
    if args.choices.any() {
        return Fail::usage("--run: --ratio, --metric, --curve, --row and --edits need --artifact");
    }
    if args.run.len() > 1 && args.what != Picture::Metrics {
        return Fail::usage("--run: only metrics draws more than one run");
    }
    let runs = args.run.iter().map(|path| RunFolder::open(path)).collect::<Result<Vec<_>>>()?;
    runs.iter().try_for_each(|(run, _)| run.expect_undirected())?;
    for (run, identity) in &runs {
        let (first, data) = &runs[0];
        data.expect_data_of(&first.path, &run.path, identity)?;
    }
    let runs: Vec<RunFolder> = runs.into_iter().map(|(run, _)| run).collect();
    let summary = |run: &RunFolder| run.record();
    Ok(match args.what {
        Picture::Map => picture::map(&runs[0], look)?,
        Picture::Metrics => {
            picture::metrics(&runs.iter().map(summary).collect::<Result<Vec<_>>>()?, look)
        }
        Picture::Shares => {
            let summary = summary(&runs[0])?;
            picture::shares(&summary.method, &summary.share, look)
        }
        Picture::Curves => picture::curves(&journal::lines(&runs[0].metrics())?, look),
        Picture::Matrix | Picture::WhatIf => {
            return Fail::usage(
                "--run: matrix and whatif need --artifact, which `ssim export` writes",
            );
        }
    })
}
