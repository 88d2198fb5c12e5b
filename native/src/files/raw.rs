//! Reads raw rows, for the commands that score them.

use crate::command::prepare::BadRowPolicy;
use crate::files::log::TableFile;
use crate::files::place::{FileAt, FilePlace, is_dash, name, pipe};
use crate::files::row_writer::RowFormat;
use crate::files::write;
use crate::settings::args::ratio;
use crate::terminal::exit::Fail;
use anyhow::Result;
use clap::Args;
use ssim_data::table::{
    CellRules, Encoded, Scoring, StreamFormat, encode_csv, encode_json_lines, encode_parquet,
    encode_stream,
};
use ssim_data::{JobPart, OnError};
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

/// Number of CSV rows in memory at a time.
const BLOCK: usize = 16_384;

/// Options that say how raw rows are read.
#[derive(Clone, Debug, Args)]
pub struct RawRowArgs {
    /// Format of raw rows (default: what their first bytes say)
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

    /// Opens a file or a pipe (`-` is standard input), and recognises its format. Parquet in a pipe is copied
    /// into a file in the folder of `out`, because it is read from its end.
    ///
    /// # Errors
    /// An error names the file and what is wrong with it.
    pub fn open(&self, input: &Path, out: Option<&Path>) -> Result<RawInput> {
        let source = name(input);
        let said = self.format.map(|format| match format {
            RowFormat::Parquet => RawFormat::Parquet,
            RowFormat::ArrowStream => RawFormat::Stream(StreamFormat::Arrow),
            RowFormat::Csv => RawFormat::Stream(StreamFormat::Text),
        });
        let folder = out.filter(|out| !is_dash(out)).map(write::folder_of);
        let rows = match pipe(input)? {
            Some(pipe) => in_pipe(said, pipe, &source, folder)?,
            None => in_file(said, input)?,
        };
        Ok(RawInput { source, rows })
    }
}

/// Rows in a pipe, in the format that is said or that their first bytes say.
fn in_pipe(
    said: Option<RawFormat>,
    mut pipe: Box<dyn Read>,
    name: &str,
    folder: Option<&Path>,
) -> Result<RawRows> {
    let mut head = Vec::new();
    if said.is_none() {
        pipe.by_ref().take(4).read_to_end(&mut head)?;
    }
    let parquet = head == b"PAR1";
    let pipe = Cursor::new(head).chain(pipe);
    match said {
        Some(RawFormat::Stream(format)) => Ok(RawRows::Stream(format, Box::new(pipe))),
        None if !parquet => {
            let (format, pipe) =
                StreamFormat::of_pipe(pipe).or_else(|e| Fail::data(format!("{name}:1:1: {e}")))?;
            Ok(RawRows::Stream(format, Box::new(pipe)))
        }
        _ => Ok(RawRows::Parquet(FileAt::copy(pipe, name, folder)?.open()?)),
    }
}

/// Rows in a file, in the format that is said or that its first bytes say.
fn in_file(said: Option<RawFormat>, input: &Path) -> Result<RawRows> {
    let at = FileAt::Path(input.to_owned());
    let file = at.open()?;
    Ok(match said {
        Some(RawFormat::Parquet) => RawRows::Parquet(file),
        Some(RawFormat::Stream(format)) => RawRows::Stream(format, Box::new(file)),
        None => match TableFile::of(&FilePlace::Whole(at))? {
            TableFile::Parquet(file) => RawRows::Parquet(file),
            TableFile::Stream(format) => RawRows::Stream(format, Box::new(file)),
        },
    })
}

/// Raw rows that have been opened.
pub struct RawInput {
    /// The name for messages.
    pub source: String,
    rows: RawRows,
}

enum RawRows {
    Parquet(File),
    Stream(StreamFormat, Box<dyn Read>),
}

impl RawInput {
    /// Gives the format.
    pub fn format(&self) -> RawFormat {
        match &self.rows {
            RawRows::Parquet(_) => RawFormat::Parquet,
            RawRows::Stream(format, _) => RawFormat::Stream(*format),
        }
    }

    /// Reads and encodes the rows. `source` is the [name](Self::source).
    ///
    /// # Errors
    /// An error names the file and what is wrong with it.
    pub fn blocks<'a>(self, source: &'a str, scoring: &Scoring<'a>) -> Result<EncodedBlocks<'a>> {
        Ok(match self.rows {
            RawRows::Parquet(file) => Box::new(encode_parquet(file, source, scoring)?),
            RawRows::Stream(StreamFormat::Arrow, from) => {
                Box::new(encode_stream(from, source, scoring)?)
            }
            RawRows::Stream(StreamFormat::JsonLines, from) => {
                Box::new(encode_json_lines(from, source, scoring, BLOCK)?)
            }
            RawRows::Stream(StreamFormat::Text, from) => {
                Box::new(encode_csv(from, source, scoring, BLOCK)?)
            }
        })
    }
}
