//! `ssim prepare`: turns a raw click log into a data folder.

mod drift;
mod text;

pub use text::text;

use crate::files::data::{Data, Partial};
use crate::files::log::LogFiles;
use crate::files::wanted::InputKind;
use crate::files::{published, read};
use crate::machine::device;
use crate::run::run_folder::RunFolder;
use crate::settings::args::{any_whole, ratio, whole};
use crate::terminal::exit::Fail;
use crate::terminal::watch::{self, Watch};
use crate::terminal::{drift as tables, out, report};
use anyhow::Result;
use clap::{Args, Subcommand};
use ssim_core::schema::Schema;
use ssim_data::published::{self as known, AliMamaQuirks, Count, LogSource};
use ssim_data::synthetic::SyntheticWorld;
use ssim_data::table::TableSchema;
use ssim_data::{DataSummary, NewValues, OnError, Prepared, Raw, Reading};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum Prepare {
    /// Your own log: CSV or other text, JSON lines (plain, .gz, .zst) or Parquet, and a schema in TOML
    Table(TableArgs),
    /// Display ads of Taobao, 2017: scenarios are levels of shopping
    AliMama(AliMamaArgs),
    /// Recommended goods in Taobao: scenarios are positions of recommendation
    AliCcp(PublishedArgs),
    /// Ratings of films, 100K or 1M: scenarios are ages of users, a click is more than 3 stars
    Movielens(PublishedArgs),
    /// Short videos of Kuaishou, 1K users, 2022: scenarios are tabs of the app
    Kuairand(PublishedArgs),
    /// Generated data with a planted truth
    Synthetic(SyntheticArgs),
}

/// Options that every published log has.
#[derive(Debug, Args)]
pub struct PublishedArgs {
    /// Folder with the files as published, each plain, packed (.gz, .zst) or in an archive (.zip,
    /// .tar, .tar.gz, .tar.zst); or one archive
    #[arg(long = "input", alias = "raw", value_name = "PATH")]
    raw: PathBuf,
    #[command(flatten)]
    rows: ReadArgs,
    #[command(flatten)]
    to: OutputArgs,
}

#[derive(Debug, Args)]
pub struct AliMamaArgs {
    #[command(flatten)]
    published: PublishedArgs,
    /// Give every row the same price, as the published preparation does by mistake
    #[arg(long)]
    constant_price: bool,
    /// Let validation and test rows decide, too, which values are frequent, as the published
    /// preparation does
    #[arg(long)]
    vocabulary_of_all_rows: bool,
}

#[derive(Debug, Args)]
pub struct TableArgs {
    /// The log to read: a file, a folder of files, or an archive; several are read one after the
    /// other
    #[arg(long = "input", alias = "raw", value_name = "PATH", required = true, num_args = 1..)]
    raw: Vec<PathBuf>,
    /// TOML file that says what the log's columns mean
    #[arg(long, value_name = "FILE", required_unless_present = "like")]
    schema: Option<PathBuf>,
    /// Data folder or run folder whose columns, values and scenarios the log has, such as those of an
    /// earlier day: ids mean the same, new values are unseen ones, and a split may be empty
    #[arg(long, value_name = "DATA|RUN", conflicts_with = "schema")]
    like: Option<PathBuf>,
    /// With --like: give new values of the train rows ids after the earlier ones; `ssim fit --from` goes on
    /// with them
    #[arg(long, requires = "like")]
    grow: bool,
    #[command(flatten)]
    rows: ReadArgs,
    #[command(flatten)]
    to: OutputArgs,
}

#[derive(Debug, Args)]
pub struct SyntheticArgs {
    /// Number of rows, in all splits together
    #[arg(long, default_value_t = 250_000, value_parser = any_whole::<usize>())]
    rows: usize,
    /// Share of rows that follow the preference all scenarios have in common, between 0 and 1
    #[arg(long, alias = "shared", value_name = "SHARE", default_value_t = ssim_data::synthetic::SHARED, value_parser = ratio)]
    common: f64,
    /// Number of clusters of scenarios, 1 or 2: with 2, scenarios 1 and 3 have a common preference, and 2 and 4 the
    /// opposed one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole::<u8>(1, 2))]
    clusters: u8,
    #[command(flatten)]
    to: OutputArgs,
}

/// Options that say which rows of a log are read.
#[derive(Debug, Args)]
pub struct ReadArgs {
    /// How to treat rows that cannot be read
    #[arg(long, value_enum, default_value_t = BadRowPolicy::Fail)]
    on_error: BadRowPolicy,
    /// Read only the first N usable rows of each file of the log; joined tables are read whole
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, u64::MAX))]
    limit: Option<u64>,
}

#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Data folder to write
    #[arg(long, value_name = "DATA", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Replace the data folder that is there, when the new one is complete
    #[arg(long)]
    force: bool,
    /// Do everything except writing the data folder
    #[arg(long)]
    dry_run: bool,
    /// Memory for rows and values; what does not fit goes to a temporary file. Joined tables,
    /// vocabularies and 4 bytes per row come on top
    #[arg(long, value_name = "SIZE", default_value = MEMORY, value_parser = crate::settings::args::size)]
    memory: usize,
    /// Seed of everything random
    #[arg(long, default_value_t = 1, value_parser = any_whole::<u64>())]
    seed: u64,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

/// The treatment of rows that cannot be read.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum BadRowPolicy {
    /// The first one ends the command with an error
    Fail,
    /// They are left out and listed (by `ssim prepare` in rejects.csv)
    Skip,
}

impl From<BadRowPolicy> for OnError {
    fn from(policy: BadRowPolicy) -> Self {
        match policy {
            BadRowPolicy::Fail => OnError::Fail,
            BadRowPolicy::Skip => OnError::Skip,
        }
    }
}

/// A log that has been read.
struct ReadLog {
    raw: Raw,
    schema: TableSchema,
    /// Text of the data folder's `layout.toml`, which scoring reads.
    layout: String,
    /// Counts of the log that others have published.
    published: &'static [(Count, usize)],
    /// The vocabularies and scenarios of earlier rows, which the log is to have.
    like: Option<(Schema, NewValues)>,
}

pub fn run(args: &Prepare) -> Result<()> {
    let to = match args {
        Prepare::Table(args) => &args.to,
        Prepare::AliMama(args) => &args.published.to,
        Prepare::AliCcp(args) | Prepare::Movielens(args) | Prepare::Kuairand(args) => &args.to,
        Prepare::Synthetic(args) => &args.to,
    };
    let out = to.out.as_deref().filter(|_| !to.dry_run);
    // A folder that is not empty, or that another program writes, is refused before the work, not
    // after it.
    let partial = out.map(|out| Partial::new(out, to.force)).transpose()?;
    device::threads(None)?;
    let layouts = match args {
        Prepare::AliMama(args) => {
            vec![known::ali_mama(AliMamaQuirks {
                constant_price: args.constant_price,
                vocabulary_of_all_rows: args.vocabulary_of_all_rows,
            })]
        }
        Prepare::AliCcp(_) => vec![known::ali_ccp()],
        Prepare::Movielens(_) => known::movielens().into(),
        Prepare::Kuairand(_) => vec![known::kuairand()],
        Prepare::Table(_) | Prepare::Synthetic(_) => Vec::new(),
    };
    match args {
        Prepare::Synthetic(args) => {
            let watch = Watch::new(0);
            let reading = to.reading(out, None, &watch);
            to.end(partial, &watch, None, || {
                let world =
                    SyntheticWorld { shared: args.common, clusters: usize::from(args.clusters) };
                let raw = ssim_data::synthetic::read(args.rows, world, to.seed, reading)?;
                let schema = ssim_data::synthetic::layout();
                Ok(ReadLog {
                    raw,
                    schema,
                    layout: SYNTHETIC.to_owned(),
                    published: &[],
                    like: None,
                })
            })
        }
        Prepare::Table(args) => {
            let like = args.like.as_deref().map(earlier).transpose()?;
            let written = match (&args.schema, &like) {
                (Some(schema), _) => schema.clone(),
                (None, like) => like.as_ref().map(Data::layout_file).unwrap_or_default(),
            };
            let schema = read_schema(&written)?;
            let new = if args.grow { NewValues::Added } else { NewValues::Unseen };
            let like = like.map(|data| (data.schema, new));
            let log = LogFiles::find(&args.raw, out)?;
            let watch = Watch::new(log.bytes());
            let reading = to.reading(out, Some(&args.rows), &watch);
            to.end(partial, &watch, args.like.as_deref(), || {
                let (schema, layout) = schema;
                let raw = log.read(&schema, reading, &watch)?;
                Ok(ReadLog { raw, schema, layout, published: &[], like })
            })
        }
        Prepare::AliMama(AliMamaArgs { published, .. })
        | Prepare::AliCcp(published)
        | Prepare::Movielens(published)
        | Prepare::Kuairand(published) => {
            let found = published::choose(&layouts, &published.raw)?;
            let log = found.log;
            let watch = Watch::new(found.bytes());
            let reading = to.reading(out, Some(&published.rows), &watch);
            to.end(partial, &watch, None, || {
                let mut open = |name: &str| {
                    let LogSource { name, reader } = found.open(name)?;
                    Ok(LogSource { name, reader: Box::new(watch.count(reader)) })
                };
                let raw = log.read(&read::name(&published.raw), &mut open, reading)?;
                let schema = log.layout.clone();
                let TableSchema { label, scenario, .. } = &log.layout;
                let layout = format!("label = {label:?}\nscenario = {scenario:?}\n");
                Ok(ReadLog { raw, schema, layout, published: log.published, like: None })
            })
        }
    }
}

impl OutputArgs {
    /// Says how a log is read: limits, memory and progress.
    fn reading(&self, out: Option<&Path>, rows: Option<&ReadArgs>, watch: &Watch) -> Reading {
        let limit = rows.and_then(|rows| rows.limit);
        Reading {
            limit: limit.and_then(|n| n.try_into().ok()).unwrap_or(usize::MAX),
            memory: self.memory,
            scratch: Some(watch::scratch(out)),
            listener: watch.listener(),
            ..rows.map_or(OnError::Fail, |rows| rows.on_error.into()).into()
        }
    }

    /// Makes a data folder of a log, and reports, also how the rows differ from those that they are `like`.
    fn end(
        &self,
        out: Option<Partial>,
        watch: &Watch,
        like: Option<&Path>,
        read: impl FnOnce() -> Result<ReadLog>,
    ) -> Result<()> {
        let (summary, published) = self.made(out, watch, read)?;
        let written = self.out.as_deref().filter(|_| !self.dry_run);
        let drift = like.zip(written).map(|(like, out)| drift::between(like, out)).transpose()?;
        if self.json {
            let mut all = published::json(&summary, published)?;
            if let Some(drift) = drift {
                all["drift"] = serde_json::to_value(drift)?;
            }
            return out::json(&all);
        }
        let drift = match drift {
            None => String::new(),
            Some(Some(drift)) => format!("\n{}", tables::text(&drift)),
            Some(None) => format!("\n{}\n", report::wrap(tables::NO_BASELINE)),
        };
        out::text(&(text(&summary) + &published::text(&summary, published) + &drift))
    }

    /// Reads a log, splits it, fits the vocabularies, encodes and writes the rows.
    fn made(
        &self,
        out: Option<Partial>,
        watch: &Watch,
        read: impl FnOnce() -> Result<ReadLog>,
    ) -> Result<(DataSummary, &'static [(Count, usize)])> {
        let work = || {
            let ReadLog { raw, schema, layout, published, like } = read()?;
            let fitted = match like {
                None => ssim_data::fit(raw, &schema, self.seed)?,
                Some((like, new)) => ssim_data::fit_like(raw, &schema, &like, new, self.seed)?,
            };
            let summary = fitted.summary.clone();
            if let Some(out) = out {
                out.fill(fitted, &layout)?;
            }
            Ok((summary, published))
        };
        watch.ended(work()).inspect_err(tell_remedy)
    }
}

/// Says how rows are prepared that cannot be read as they are.
fn tell_remedy(error: &anyhow::Error) {
    let Some(ssim_data::Error::Row { .. }) = error.downcast_ref() else { return };
    if error.to_string().contains("expected 0 or 1") {
        out::note(
            "other labels: in the schema, threshold = 4 makes clicks of numbers from 4 on, and \
             positive = [\"yes\"] of words",
        );
    }
    out::note("--on-error skip leaves out the rows that cannot be read, and lists them");
}

/// Memory for rows and values, in the notation of the command line.
const MEMORY: &str = "2GB";

/// Prepares a log into a data folder, as `ssim prepare table` does, without a report.
///
/// # Errors
/// Those of `ssim prepare table`.
pub fn folder(
    log: &LogFiles,
    schema: &Path,
    rows: &ReadArgs,
    out: &Path,
    seed: u64,
) -> Result<DataSummary> {
    let partial = Partial::new(out, false)?;
    let (schema, layout) = read_schema(schema)?;
    let watch = Watch::new(log.bytes());
    let to = OutputArgs {
        out: Some(out.to_owned()),
        force: false,
        dry_run: false,
        memory: crate::settings::args::size(MEMORY).map_err(Fail::Usage)?,
        seed,
        json: false,
    };
    let reading = to.reading(Some(out), Some(rows), &watch);
    let read = || {
        let raw = log.read(&schema, reading, &watch)?;
        Ok(ReadLog { raw, schema, layout, published: &[], like: None })
    };
    Ok(to.made(Some(partial), &watch, read)?.0)
}

/// The `layout.toml` of a synthetic log, which scoring reads.
pub const SYNTHETIC: &str = "label = \"click\"\nscenario = \"scenario\"\n";

/// Reads and prepares a log in memory; also gives the text of its layout.
pub fn table(
    raw: &Path,
    schema: &Path,
    bad_rows: BadRowPolicy,
    seed: u64,
) -> Result<(Prepared, String)> {
    let reading = OnError::from(bad_rows).into();
    let (schema, layout) = read_schema(schema)?;
    let log = LogFiles::find(&[raw.to_owned()], None)?;
    let raw = log.read(&schema, reading, &Watch::new(0))?;
    Ok((ssim_data::prepare(raw, &schema, seed)?, layout))
}

/// Opens the data folder of earlier rows, or the schema in a run folder.
fn earlier(path: &Path) -> Result<Data> {
    match InputKind::of(path) {
        Some(InputKind::Run) => RunFolder::open(path)?.0.schema(),
        _ => Data::open(path),
    }
}

/// Reads the schema of a log, and gives the text of the data folder's layout, too: the schema's text
/// with the missing values in it, even where they are those that every log has.
pub fn read_schema(path: &Path) -> Result<(TableSchema, String)> {
    let name = read::name(path);
    let mut text = read::written(path)?;
    let schema = TableSchema::parse(&text, &name)?;
    if !text.parse::<toml::Table>().is_ok_and(|keys| keys.contains_key("na_values")) {
        let values = toml::Value::from(schema.cells.na_values.clone());
        text = format!("na_values = {values}\n{text}");
    }
    Ok((schema, text))
}
