//! Raw rows on their way in, for commands that score them.

use crate::command::prepare::Bad;
use crate::exit::Fail;
use crate::sink::Format;
use crate::{out, read};
use anyhow::Result;
use clap::Args;
use ssim_data::table::{Encoded, Scoring, encode_csv, encode_parquet, encode_stream};
use ssim_data::{OnError, Shard};
use std::io::Read;
use std::path::Path;

/// Rows of a CSV in memory at a time.
const BLOCK: usize = 16_384;

/// How raw rows are read.
#[derive(Clone, Debug, Args)]
pub struct Reading {
    /// Format of raw rows
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
    /// Column of the scenario (default: the one the model was trained with)
    #[arg(long, value_name = "COLUMN")]
    pub scenario: Option<String>,
    /// Column of the row's number in the log (default: its line, or its place from 1)
    #[arg(long, value_name = "COLUMN")]
    pub row: Option<String>,
    /// What happens to rows that cannot be read
    #[arg(long, value_enum, default_value_t = Bad::Fail)]
    pub on_error: Bad,
}

/// Rows in the ids of a model, a block at a time.
pub type Blocks<'a> = Box<dyn Iterator<Item = ssim_data::Result<Encoded>> + 'a>;

impl Reading {
    /// How rows become those of a schema; `column` is what the model knows of the scenario.
    ///
    /// # Errors
    /// When nobody says which column holds the scenario.
    pub fn scoring<'a>(
        &'a self,
        schema: &'a ssim_core::schema::Schema,
        column: Option<&'a str>,
        label: Option<&'a str>,
        shard: Shard,
    ) -> Result<Scoring<'a>> {
        let Some(scenario) = self.scenario.as_deref().or(column) else {
            return Fail::usage(
                "--scenario: the model does not say which column holds the scenario",
            );
        };
        let (row, on_error) = (self.row.as_deref(), OnError::from(self.on_error));
        Ok(Scoring { schema, scenario, label, row, shard, on_error })
    }

    /// The rows of a file, or of standard input; `source` is its [`name`].
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn blocks<'a>(
        &self,
        input: &Path,
        source: &'a str,
        scoring: &Scoring<'a>,
    ) -> Result<Blocks<'a>> {
        if self.format == Format::Parquet {
            if is_stdin(input) {
                return Fail::usage(
                    "--input: Parquet is read from a file, not from standard input",
                );
            }
            return Ok(Box::new(encode_parquet(read::open(input)?, source, scoring)?));
        }
        let from: Box<dyn Read> = match is_stdin(input) {
            true => Box::new(std::io::stdin().lock()),
            false => Box::new(read::open(input)?),
        };
        Ok(match self.format {
            Format::ArrowStream => Box::new(encode_stream(from, source, scoring)?),
            _ => Box::new(encode_csv(from, source, scoring, BLOCK)?),
        })
    }
}

/// An input as messages name it.
pub fn name(input: &Path) -> String {
    if is_stdin(input) { "stdin".to_owned() } else { read::name(input) }
}

fn is_stdin(input: &Path) -> bool {
    input.as_os_str() == "-"
}

/// Tells which rows of a block were left out, and how many there were.
pub fn tell(block: &Encoded) -> u64 {
    block.rejects.iter().for_each(|reject| out::note(&format!("left out: {reject}")));
    block.rejects.len() as u64
}

/// Tells how many rows were scored.
pub fn told(scored: u64, rejected: u64) {
    let left = if rejected > 0 { format!(", {rejected} left out") } else { String::new() };
    out::note(&format!("{scored} rows scored{left}"));
}
