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
use crate::terminal::drift::{NO_BASELINE, text, warning};
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::Result;
use clap::Args;
use model::{Scores, ScoringModel};
use serde_json::json;
use ssim_core::drift::{Drift, DriftCounter};
use ssim_data::JobPart;
use ssim_data::arrow::array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt64Array};
use ssim_data::arrow::datatypes::{DataType, Field, Schema};
use ssim_data::scored;
use ssim_data::table::{Encoded, Scoring};
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
    /// Give the CTRs that the model's calibration makes of its own: per scenario, as the validation rows have it
    #[arg(long)]
    calibrated: bool,
    /// Write how these rows differ from those that the model was fitted on: as tables, or as JSON if the name ends so
    #[arg(long, value_name = "FILE")]
    drift: Option<PathBuf>,
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
    let scorer = ScoringModel::open(&args.model, args.calibrated)?;
    let column = scorer.scenario_column();
    let cells = scorer.cells.clone();
    let scoring =
        args.reading.scoring(&scorer.schema, column.as_deref(), None, args.shard, cells)?;
    let unknown_scenarios = args.unknown_scenario == UnknownScenario::Mean;
    let scoring = Scoring { unknown_scenarios, ..scoring };
    let drift = scorer.baseline.as_ref().map(|was| DriftCounter::new(was, &scorer.schema));
    let mut drift = drift.transpose()?;
    if let (Some(_), None) = (&args.drift, &drift) {
        return Fail::data(format!("{}: {NO_BASELINE}", args.model.display()));
    }
    let input = args.reading.open(&args.input, Some(&args.output))?;
    let source = input.source.clone();
    let format = RowFormat::of_output(&args.output, input.format());
    let rows = input.blocks(&source, &scoring)?;
    let mut counts = ScoringCounts::new(&scorer.schema);
    let mut count = |block: &Encoded, scores: &Scores| {
        counts.add(block);
        if let Some(drift) = &mut drift {
            let logits: Vec<f32> = scores.logits.iter().map(|z| z.unwrap_or_default()).collect();
            drift.add(&block.instances, false, Some(&logits));
        }
    };
    if is_dash(&args.output) {
        stream(&scorer, rows, format, unknown_scenarios, &mut std::io::stdout(), &mut count)?;
    } else {
        write::atomic(&args.output, |to| {
            stream(&scorer, rows, format, unknown_scenarios, to, &mut count)
        })?;
    }
    let unseen = counts.end(args.reading.max_unseen);
    let drift = drift.map(DriftCounter::finish);
    drift.as_ref().map_or(Ok(()), |drift| args.tell(drift))?;
    if !args.json {
        return Ok(());
    }
    out::json(&json!({
        "schema": 1,
        "scored": counts.scored,
        "rejected": counts.rejected,
        "unknown_scenarios": counts.unknown,
        "unseen": unseen,
        "drift": drift,
    }))
}

impl ScoreArgs {
    /// Writes the drift, or warns of a large one.
    fn tell(&self, drift: &Drift) -> Result<()> {
        match &self.drift {
            None => warning(drift).iter().for_each(|warning| out::note(warning)),
            Some(to) if to.extension().is_some_and(|ending| ending == "json") => {
                let text = serde_json::to_string_pretty(&json!({ "schema": 1, "drift": drift }))?;
                write::bytes(to, format!("{text}\n").as_bytes())?;
            }
            Some(to) => write::bytes(to, text(drift).as_bytes())?,
        }
        Ok(())
    }
}

/// Scores the rows block by block and writes them at once.
fn stream(
    scorer: &ScoringModel,
    blocks: EncodedBlocks,
    format: RowFormat,
    unknown: bool,
    to: &mut (dyn Write + Send),
    count: &mut dyn FnMut(&Encoded, &Scores),
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
        let scores = scorer.score(&block.instances)?;
        count(&block, &scores);
        writer.write(&columns(&schema, scores)?)?;
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
