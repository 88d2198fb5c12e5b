//! `ssim prepare`.

use crate::exit::Fail;
use crate::{data, out, published, read, report};
use anyhow::Result;
use clap::{Args, Subcommand};
use ssim_data::published::{self as known, AliMamaQuirks, Count, Log};
use ssim_data::table::{TableSchema, read_csv, read_parquet};
use ssim_data::{OnError, Prepared, Summary};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum Prepare {
    /// Your own log: CSV (plain, .gz, .zst) or Parquet, and a schema in TOML
    Table(Table),
    /// Display ads of Taobao, 2017: scenarios are levels of shopping
    AliMama(AliMama),
    /// Recommended goods in Taobao: scenarios are positions of recommendation
    AliCcp(Published),
    /// Ratings of films, 100K or 1M: scenarios are ages of users, a click is more than 3 stars
    Movielens(Published),
    /// Short videos of Kuaishou, 1K users, 2022: scenarios are tabs of the app
    Kuairand(Published),
    /// Generated data with a planted truth
    Synthetic(Synthetic),
}

/// What every published log needs.
#[derive(Debug, Args)]
pub struct Published {
    /// Folder with the files as published, each plain, packed (.gz, .zst) or in an archive (.zip, .tar,
    /// .tar.gz, .tar.zst); or one archive
    #[arg(long, value_name = "PATH")]
    raw: PathBuf,
    /// What happens to rows that cannot be read
    #[arg(long, value_enum, default_value_t = Bad::Fail)]
    on_error: Bad,
    #[command(flatten)]
    to: To,
}

#[derive(Debug, Args)]
pub struct AliMama {
    #[command(flatten)]
    published: Published,
    /// Give every row the same price, as the published preparation does by mistake
    #[arg(long)]
    constant_price: bool,
    /// Let validation and test rows decide, too, which values are frequent, as the published
    /// preparation does
    #[arg(long)]
    vocabulary_of_all_rows: bool,
}

#[derive(Debug, Args)]
pub struct Table {
    /// The log
    #[arg(long, value_name = "FILE")]
    raw: PathBuf,
    /// What its columns are
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// What happens to rows that cannot be read
    #[arg(long, value_enum, default_value_t = Bad::Fail)]
    on_error: Bad,
    #[command(flatten)]
    to: To,
}

#[derive(Debug, Args)]
pub struct Synthetic {
    /// Number of rows, in all splits together
    #[arg(long, default_value_t = 250_000)]
    rows: usize,
    /// Share of rows that follow the preference all scenarios have in common, between 0 and 1
    #[arg(long, value_name = "SHARE", default_value_t = ssim_data::synthetic::SHARED)]
    shared: f64,
    #[command(flatten)]
    to: To,
}

#[derive(Debug, Args)]
pub struct To {
    /// Data folder to write
    #[arg(long, value_name = "DATA")]
    out: PathBuf,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

/// What happens to rows that cannot be read.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Bad {
    /// The first one ends the preparation
    Fail,
    /// They are left out and listed in rejects.csv
    Skip,
}

impl From<Bad> for OnError {
    fn from(bad: Bad) -> Self {
        match bad {
            Bad::Fail => OnError::Fail,
            Bad::Skip => OnError::Skip,
        }
    }
}

/// What a preparation gives.
struct Done {
    prepared: Prepared,
    /// What the raw columns are, for scoring.
    layout: String,
    /// What others have counted in the same log.
    published: &'static [(Count, usize)],
}

pub fn run(args: &Prepare) -> Result<()> {
    let to = match args {
        Prepare::Table(args) => &args.to,
        Prepare::AliMama(args) => &args.published.to,
        Prepare::AliCcp(args) | Prepare::Movielens(args) | Prepare::Kuairand(args) => &args.to,
        Prepare::Synthetic(args) => &args.to,
    };
    // Before the work, not after it.
    data::vacant(&to.out)?;
    let done = match args {
        Prepare::Synthetic(args) => Done {
            prepared: ssim_data::synthetic::prepare(args.rows, args.shared, to.seed)?,
            layout: SYNTHETIC.to_owned(),
            published: &[],
        },
        Prepare::Table(args) => {
            let (prepared, layout) = table(&args.raw, &args.schema, args.on_error, to.seed)?;
            Done { prepared, layout, published: &[] }
        }
        Prepare::AliMama(args) => {
            let (constant_price, vocabulary_of_all_rows) =
                (args.constant_price, args.vocabulary_of_all_rows);
            let quirks = AliMamaQuirks { constant_price, vocabulary_of_all_rows };
            log(&[known::ali_mama(quirks)], &args.published)?
        }
        Prepare::AliCcp(args) => log(&[known::ali_ccp()], args)?,
        Prepare::Movielens(args) => log(&known::movielens(), args)?,
        Prepare::Kuairand(args) => log(&[known::kuairand()], args)?,
    };
    data::write(&to.out, &done.prepared, &done.layout)?;
    let summary = done.prepared.summary();
    if to.json {
        return out::json(&published::json(&summary, done.published)?);
    }
    out::data(&(text(&summary) + &published::text(&summary, done.published)))
}

/// Reads and prepares a published log, in the first of its layouts that is there.
fn log(layouts: &[Log], args: &Published) -> Result<Done> {
    let found = published::choose(layouts, &args.raw)?;
    let log = found.log;
    let mut open = |name: &str| found.open(name);
    let folder = read::name(&args.raw);
    let prepared = log.prepare(&folder, &mut open, args.on_error.into(), args.to.seed)?;
    let layout = format!("label = {:?}\nscenario = {:?}\n", log.layout.label, log.layout.scenario);
    Ok(Done { prepared, layout, published: log.published })
}

/// What scoring has to know of a synthetic log.
pub const SYNTHETIC: &str = "label = \"click\"\nscenario = \"scenario\"\n";

/// Reads and prepares a log; also the schema's text.
pub fn table(raw: &Path, schema: &Path, bad: Bad, seed: u64) -> Result<(Prepared, String)> {
    let name = read::name(schema);
    let text = std::fs::read_to_string(schema).or_else(|e| Fail::config(format!("{name}: {e}")))?;
    let layout = TableSchema::parse(&text, &name)?;
    let (file, source) = (read::open(raw)?, read::name(raw));
    let rows = match raw.extension().is_some_and(|e| e == "parquet") {
        true => read_parquet(file, &source, &layout, bad.into())?,
        false => read_csv(file, &source, &layout, bad.into())?,
    };
    Ok((ssim_data::prepare(rows, &layout, seed)?, text))
}

/// A summary for people.
pub fn text(s: &Summary) -> String {
    let row = |cells: &[&dyn std::fmt::Display]| {
        cells.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let n = |n: usize| report::count(n as u64);
    let mut rows = vec![row(&[&s.dataset, &"train", &"val", &"test", &"CTR"])];
    rows.push(row(&[&"rows", &n(s.rows.train), &n(s.rows.val), &n(s.rows.test), &""]));
    for k in &s.scenarios {
        let name = format!("  scenario {}", k.scenario);
        rows.push(row(&[&name, &n(k.train), &n(k.val), &n(k.test), &format!("{:.4}", k.ctr)]));
    }
    let mut fields = vec![row(&[&"field", &"ids"])];
    fields.extend(s.fields.iter().map(|f| row(&[&format!("  {}", f.name), &n(f.features)])));
    fields.push(row(&[&"  all", &n(s.features)]));
    let rejected = match s.rejected {
        0 => String::new(),
        r => format!("\n{} rows left out, see {}\n", n(r), data::REJECTS),
    };
    format!("{}\n{}{rejected}", report::table(&rows), report::table(&fields))
}
