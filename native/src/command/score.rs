//! `ssim score`: rows in, CTR and share score out, a block at a time.

mod model;
mod sink;

use crate::args::threads;
use crate::exit::Fail;
use crate::{device, out, read, write};
use anyhow::Result;
use clap::Args;
use model::Scorer;
use sink::Sink;
use ssim_data::OnError;
use ssim_data::table::{Encoded, Scoring, encode_csv, encode_parquet};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Rows in memory at a time.
const BLOCK: usize = 16_384;

#[derive(Debug, Args)]
pub struct Score {
    /// Run folder or artifact
    #[arg(long, value_name = "RUN|FILE.ssim")]
    model: PathBuf,
    /// Raw rows; - is standard input (CSV only)
    #[arg(long, value_name = "FILE|-")]
    input: PathBuf,
    /// Format of input and output
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Where row, scenario, ctr and share_score go; - is standard output
    #[arg(long, value_name = "FILE|-")]
    output: PathBuf,
    /// Column of the scenario (default: the one the model was trained with)
    #[arg(long, value_name = "COLUMN")]
    scenario: Option<String>,
    /// What happens to rows that cannot be read
    #[arg(long, value_enum, default_value_t = super::prepare::Bad::Fail)]
    on_error: super::prepare::Bad,
    /// Worker threads (default: all cores)
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
pub enum Format {
    Csv,
    Parquet,
}

pub fn run(args: &Score) -> Result<()> {
    device::threads(args.threads)?;
    let scorer = Scorer::open(&args.model)?;
    let column = match args.scenario.clone().or_else(|| scorer.scenario_column()) {
        Some(column) => column,
        None => {
            return Fail::usage(
                "--scenario: the model does not say which column holds the scenario",
            );
        }
    };
    let scoring = Scoring {
        schema: &scorer.schema,
        scenario: &column,
        label: None,
        on_error: OnError::from(args.on_error),
    };
    let source = read::name(&args.input);
    let stdin = args.input.as_os_str() == "-";
    let rows: Box<dyn Iterator<Item = ssim_data::Result<Encoded>> + '_> = match args.format {
        Format::Csv if stdin => {
            Box::new(encode_csv(std::io::stdin().lock(), "stdin", &scoring, BLOCK)?)
        }
        Format::Csv => Box::new(encode_csv(read::open(&args.input)?, &source, &scoring, BLOCK)?),
        Format::Parquet if stdin => {
            return Fail::usage("--input: Parquet is read from a file, not from standard input");
        }
        Format::Parquet => Box::new(encode_parquet(read::open(&args.input)?, &source, &scoring)?),
    };
    if args.output.as_os_str() == "-" {
        return stream(&scorer, rows, args.format, &mut std::io::stdout());
    }
    let output: &Path = &args.output;
    write::atomic(output, |to| stream(&scorer, rows, args.format, to))
}

fn stream(
    scorer: &Scorer,
    blocks: Box<dyn Iterator<Item = ssim_data::Result<Encoded>> + '_>,
    format: Format,
    to: &mut (dyn Write + Send),
) -> Result<()> {
    let mut sink = Sink::new(format, to)?;
    let (mut scored, mut rejected) = (0u64, 0u64);
    for block in blocks {
        let block = block?;
        for reject in &block.rejects {
            out::note(&format!("left out: {reject}"));
        }
        rejected += block.rejects.len() as u64;
        scored += block.instances.len() as u64;
        sink.write(&scorer.score(&block.instances)?)?;
    }
    sink.finish()?;
    let left = if rejected > 0 { format!(", {rejected} left out") } else { String::new() };
    out::note(&format!("{scored} rows scored{left}"));
    Ok(())
}
