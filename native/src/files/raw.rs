//! Reads raw rows, for the commands that score them.

use crate::command::prepare::BadRowPolicy;
use crate::files::log::TableFile;
use crate::files::place::FilePlace;
use crate::files::read;
use crate::files::row_writer::RowFormat;
use crate::settings::args::ratio;
use crate::terminal::exit::Fail;
use anyhow::Result;
use clap::Args;
use ssim_data::table::{
    CellRules, Encoded, Scoring, StreamFormat, encode_csv, encode_json_lines, encode_parquet,
    encode_stream,
};
use ssim_data::{JobPart, OnError};
use std::io::Read;
use std::path::Path;

/// Number of CSV rows in memory at a time.
const BLOCK: usize = 16_384;

/// Options that say how raw rows are read.
#[derive(Clone, Debug, Args)]
pub struct RawRowArgs {
    /// Format of raw rows (default: what the file's first bytes say; CSV on standard input)
    #[arg(long, value_enum)]
    pub format: Option<RowFormat>,
    /// Column of the scenario (default: the one the model was trained with)
    #[arg(long, value_name = "COLUMN")]
    pub scenario: Option<String>,
    /// Column of the row's number in the log (default: its line in a CSV, else its place from 1)
    #[arg(long, value_name = "COLUMN")]
    pub row: Option<String>,
    /// How to treat rows that cannot be read
    #[arg(long, value_enum, default_value_t = BadRowPolicy::Fail)]
    pub on_error: BadRowPolicy,
    /// Warn if more than this share of a field's values was not seen in training
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = ratio)]
    pub max_unseen: f64,
}

/// The format of raw rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RawFormat {
    Parquet,
    Stream(StreamFormat),
}

/// Rows encoded with the ids of a model, a block at a time.
pub type EncodedBlocks<'a> = Box<dyn Iterator<Item = ssim_data::Result<Encoded>> + 'a>;

impl RawRowArgs {
    /// Says how rows are encoded for a schema; `column` is the scenario's column that the model
    /// records, and `cells` are the rules by which the log's cells were read.
    ///
    /// # Errors
    /// Fails when neither the arguments nor the model name the scenario's column.
    pub fn scoring<'a>(
        &'a self,
        schema: &'a ssim_core::schema::Schema,
        column: Option<&'a str>,
        label: Option<&'a str>,
        shard: JobPart,
        cells: CellRules,
    ) -> Result<Scoring<'a>> {
        let Some(scenario) = self.scenario.as_deref().or(column) else {
            return Fail::usage(
                "--scenario: the model does not say which column holds the scenario",
            );
        };
        let row = self.row.as_deref();
        let on_error = OnError::from(self.on_error);
        let unknown_scenarios = false;
        Ok(Scoring { schema, scenario, unknown_scenarios, label, row, shard, on_error, cells })
    }

    /// Reads and encodes the rows of a file or of standard input; `source` is its [`name`].
    ///
    /// # Errors
    /// An error names the file and what is wrong with it.
    pub fn blocks<'a>(
        &self,
        input: &Path,
        source: &'a str,
        scoring: &Scoring<'a>,
    ) -> Result<EncodedBlocks<'a>> {
        let format = match self.format_of(input)? {
            RawFormat::Parquet if is_stdin(input) => {
                return Fail::usage(
                    "--input: Parquet is read from a file, not from standard input",
                );
            }
            RawFormat::Parquet => {
                return Ok(Box::new(encode_parquet(read::open(input)?, source, scoring)?));
            }
            RawFormat::Stream(format) => format,
        };
        let from: Box<dyn Read> = match is_stdin(input) {
            true => Box::new(std::io::stdin().lock()),
            false => Box::new(read::open(input)?),
        };
        Ok(match format {
            StreamFormat::Arrow => Box::new(encode_stream(from, source, scoring)?),
            StreamFormat::JsonLines => Box::new(encode_json_lines(from, source, scoring, BLOCK)?),
            StreamFormat::Text => Box::new(encode_csv(from, source, scoring, BLOCK)?),
        })
    }

    /// The format of an input.
    ///
    /// # Errors
    /// The input is a file that cannot be read.
    pub fn format_of(&self, input: &Path) -> Result<RawFormat> {
        Ok(match self.format {
            Some(RowFormat::Parquet) => RawFormat::Parquet,
            Some(RowFormat::ArrowStream) => RawFormat::Stream(StreamFormat::Arrow),
            Some(RowFormat::Csv) => RawFormat::Stream(StreamFormat::Text),
            None if is_stdin(input) => RawFormat::Stream(StreamFormat::Text),
            None => match TableFile::of(&FilePlace::File(input.to_owned()))? {
                TableFile::Parquet(_) => RawFormat::Parquet,
                TableFile::Stream(format) => RawFormat::Stream(format),
            },
        })
    }
}

/// Gives the name of an input for messages.
pub fn name(input: &Path) -> String {
    if is_stdin(input) { "stdin".to_owned() } else { read::name(input) }
}

fn is_stdin(input: &Path) -> bool {
    input.as_os_str() == "-"
}
