//! `ssim score`: reads rows and writes their CTR and share score, a block at a time.

mod model;
mod tower_rows;

use crate::files::place::is_dash;
use crate::files::raw::{EncodedBlocks, RawRowArgs};
use crate::files::row_writer::{RowFormat, RowWriter};
use crate::files::scoring_counts::ScoringCounts;
use crate::files::write;
use crate::machine::device;
use crate::settings::args::threads;
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::Result;
use clap::Args;
use model::{Scores, ScoringModel};
use serde_json::json;
use ssim_data::JobPart;
use ssim_data::arrow::array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt64Array};
use ssim_data::arrow::datatypes::{DataType, Field, Schema};
use ssim_data::scored;
use ssim_data::table::Scoring;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// Run folder or artifact
    #[arg(long = "run", alias = "model", value_name = "RUN|FILE.ssim")]
    model: PathBuf,
    /// Raw rows; - is standard input
    #[arg(long, value_name = "FILE|-")]
    input: PathBuf,
    #[command(flatten)]
    reading: RawRowArgs,
    /// File to write: row, scenario, ctr and share_score. Its ending says the format (.csv, .parquet,
    /// .arrows), another one takes that of the input; - is standard output
    #[arg(long = "out", alias = "output", value_name = "FILE|-")]
    output: PathBuf,
    /// How to treat rows of a scenario that the model does not know
    #[arg(long, value_enum, default_value_t = UnknownScenario::Refuse)]
    unknown_scenario: UnknownScenario,
    /// Only score part I of N of the rows: a range of a Parquet file, every N-th block of other
    /// formats
    #[arg(long, value_name = "I/N", default_value_t = JobPart::WHOLE)]
    shard: JobPart,
    /// Worker threads (default: all cores)
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<usize>,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
}

/// The treatment of rows of a scenario that the model does not know.
#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
pub enum UnknownScenario {
    /// They cannot be scored, and --on-error says what follows
    Refuse,
    /// Their CTR is the mean of all towers'; they have no scenario and no share score in the output
    Mean,
}

pub fn run(args: &ScoreArgs) -> Result<()> {
    if args.json && is_dash(&args.output) {
        return Fail::usage("--json: the scores go to standard output already");
    }
    device::threads(args.threads)?;
    let scorer = ScoringModel::open(&args.model)?;
    let column = scorer.scenario_column();
    let cells = scorer.cells.clone();
    let scoring =
        args.reading.scoring(&scorer.schema, column.as_deref(), None, args.shard, cells)?;
    let unknown_scenarios = args.unknown_scenario == UnknownScenario::Mean;
    let scoring = Scoring { unknown_scenarios, ..scoring };
    let input = args.reading.open(&args.input, Some(&args.output))?;
    let source = input.source.clone();
    let format = RowFormat::of_output(&args.output, input.format());
    let rows = input.blocks(&source, &scoring)?;
    let mut counts = ScoringCounts::new(&scorer.schema);
    if is_dash(&args.output) {
        stream(&scorer, rows, format, unknown_scenarios, &mut std::io::stdout(), &mut counts)?;
    } else {
        write::atomic(&args.output, |to| {
            stream(&scorer, rows, format, unknown_scenarios, to, &mut counts)
        })?;
    }
    let unseen = counts.end(args.reading.max_unseen);
    if !args.json {
        return Ok(());
    }
    out::json(&json!({
        "schema": 1,
        "scored": counts.scored,
        "rejected": counts.rejected,
        "unknown_scenarios": counts.unknown,
        "unseen": unseen,
    }))
}

/// Scores the rows block by block and writes them at once.
fn stream(
    scorer: &ScoringModel,
    blocks: EncodedBlocks,
    format: RowFormat,
    unknown: bool,
    to: &mut (dyn Write + Send),
    counts: &mut ScoringCounts,
) -> Result<()> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("row", DataType::UInt64, false),
        Field::new("scenario", DataType::Utf8, unknown),
        Field::new("ctr", DataType::Float32, false),
        // Null if the model has no selector, or does not know the scenario.
        Field::new("share_score", DataType::Float32, true),
    ]));
    let mut writer = RowWriter::new(format, to, &schema, |to, schema| {
        scored::answers(to, schema, scorer.origin.as_ref())
    })?;
    for block in blocks {
        let block = block?;
        counts.add(&block);
        writer.write(&columns(&schema, scorer.score(&block.instances)?)?)?;
    }
    writer.finish()
}

fn columns(schema: &Arc<Schema>, scores: Scores) -> Result<RecordBatch> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt64Array::from(scores.rows.to_vec())),
        Arc::new(StringArray::from(scores.scenarios)),
        Arc::new(Float32Array::from(scores.ctr)),
        Arc::new(Float32Array::from(scores.share)),
    ];
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}
