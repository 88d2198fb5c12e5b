//! `ssim export`.

mod compared;
mod embed;
mod html;

use super::sweep;
use crate::files::write;
use crate::pictures::projection;
use crate::run::run_folder::RunFolder;
use crate::run::trail;
use crate::run::{curves, journal, sample};
use crate::settings::args::any_whole;
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::Result;
use candle_core::Device;
use clap::Args;
use serde_json::json;
use ssim_core::artifact::record::{Record, Share, SweepPoint};
use ssim_core::artifact::{Artifact, Parts, Storage, Variant};
use ssim_core::method::{PLANTED, Role};
use ssim_core::model::Model;
use ssim_core::schema::Schema;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Export {
    /// Run folder with a model
    #[arg(long, required_unless_present_any = ["artifact", "check"])]
    run: Option<PathBuf>,
    /// The artifact to write
    #[arg(long, value_name = "FILE", required_unless_present_any = ["embed", "html"], requires = "run")]
    out: Option<PathBuf>,
    /// Write the run's report as one HTML file, with live pictures if there is a page
    #[arg(long, value_name = "FILE", group = "shows")]
    html: Option<PathBuf>,
    /// Most test rows that go along
    #[arg(long, value_name = "N", default_value_t = sample::ROWS, value_parser = any_whole::<usize>())]
    sample: usize,
    /// Write weights with 32 bits in place of 16
    #[arg(long)]
    single: bool,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    embed: embed::EmbedArgs,
}

pub fn run(args: &Export) -> Result<()> {
    if args.sample > sample::ROWS {
        return Fail::usage(format!(
            "--sample: a run keeps {} rows, got {}",
            sample::ROWS,
            args.sample
        ));
    }
    if args.embed.has_choices() && args.html.is_none() && !args.embed.is_wanted() {
        return Fail::usage(
            "--embed: expected with --ratio, --metric, --curve, --row or --edits, got none",
        );
    }
    let run =
        args.run.as_ref().map(|path| RunFolder::open(path).map(|(run, _)| run)).transpose()?;
    let only_html = args.html.is_some() && args.out.is_none() && !args.embed.is_wanted();
    let bytes = run.as_ref().filter(|run| !(only_html && run.has_copies())).map(|run| {
        run.expect_undirected()?;
        let record: Record = run.record()?;
        let storage = if args.single { Storage::Single } else { Storage::Half };
        artifact(run, record, args.sample, storage)
    });
    let bytes = bytes.transpose()?;
    let mut written = Vec::new();
    if let Some(to) = &args.html {
        written.push((to.clone(), html::run(to, &args.embed, run.as_ref(), bytes.as_deref())?));
    }
    if let (Some(out), Some(bytes)) = (&args.out, &bytes) {
        write::bytes(out, bytes)?;
        written.push((out.clone(), bytes.len()));
    }
    written.extend(embed::run(&args.embed, bytes)?);
    if args.json {
        let (files, sizes): (Vec<_>, Vec<_>) = written.into_iter().unzip();
        return out::json(
            &json!({ "schema": 1, "file": files.first(), "bytes": sizes.first(), "files": files }),
        );
    }
    let lines = written.iter();
    let lines =
        lines.map(|(path, n)| format!("{}  {}\n", path.display(), report::bytes(*n as u64)));
    out::text(&lines.collect::<String>())
}

/// Makes a run's artifact. The record gets more parts: of how many rows the sample is drawn, which
/// column of a raw log holds the scenario, the curves of both phases, and what a sweep or a comparison measured.
///
/// # Errors
/// Fails if a file of the run is missing or damaged.
pub fn artifact(run: &RunFolder, record: Record, most: usize, storage: Storage) -> Result<Vec<u8>> {
    let data = run.schema()?;
    let schema = &data.schema;
    let kept = run.sample(schema)?;
    let places = match most < kept.len() {
        true => sample::places(&kept.scenarios, schema.scenarios.len(), most, record.seed),
        false => (0..kept.len() as u32).collect(),
    };
    let sample = kept.pick(&places);
    let mut moments = trail::load(&run.trail(), kept.len())?;
    for (_, scores) in &mut moments {
        *scores = places.iter().map(|i| scores[*i as usize]).collect();
    }
    let swept = sweep::done(run)?;
    let lines = match run.metrics().exists() {
        true => journal::lines(&run.metrics())?,
        false => Vec::new(),
    };
    // A list from outside was not cut by this run's settings.
    let cut_here = RunFolder::open(&run.path)?.1.given_list.is_none();
    let share = Share {
        by: cut_here.then(|| run.config()).transpose()?.map(|config| config.select.by),
        ..record.share.clone()
    };
    let record = Record {
        share,
        sample: Some(sample::describe(&sample, &record.test)),
        scenario_column: Some(data.scenario_column()?),
        cells: Some(data.cell_rules()?.to_json()).filter(|cells| *cells != json!({})),
        baseline: run.baseline(schema)?.map(serde_json::to_value).transpose()?,
        curves: Some(curves::curves(&lines)),
        sweep: Some(swept.iter().map(|(_, run)| point(run)).collect()),
        methods: match record.methods.is_empty() {
            true => compared::compared(run, record.seed)?,
            false => record.methods.clone(),
        },
        ..record.without_times()
    };
    let model = run.model(schema, &Device::Cpu)?;
    let scorer = run.scorer(schema, &Device::Cpu)?;
    let artifact = Artifact::new(Parts {
        writer: concat!("ssim ", env!("CARGO_PKG_VERSION")),
        schema,
        model: &model,
        scorer: scorer.as_ref(),
        variants: &variants(&swept, &record, schema)?,
        sample: &sample,
        projections: &projection::projections(&model, &sample, schema.scenarios.len())?,
        moments: &moments,
        report: record,
        storage,
    })?;
    Ok(artifact.to_bytes()?)
}

/// One run of a sweep.
fn point(run: &Record) -> SweepPoint {
    SweepPoint {
        method: run.method.clone(),
        ratio: run.share.ratio,
        seed: run.seed,
        shared: run.share.shared,
        test: run.test.clone(),
    }
}

/// The sweep's models of the run's own seed: the run's method at every ratio, all others at the
/// run's ratio only, and both ends.
fn variants(
    swept: &[(RunFolder, Record)],
    of: &Record,
    schema: &Schema,
) -> Result<Vec<(Variant, Model)>> {
    let near = |a: f64, b: f64| (a - b).abs() < 0.01;
    let goes_along = |s: &Record| {
        let other = s.method == PLANTED || Role::of(&s.method) == Role::SharesRandom;
        s.seed == of.seed && (!other || near(s.share.ratio, of.share.ratio))
    };
    let chosen = swept.iter().filter(|(_, summary)| goes_along(summary));
    let models = chosen.map(|(folder, summary)| {
        let model = folder.model(schema, &Device::Cpu)?;
        let variant = Variant {
            method: summary.method.clone(),
            ratio: summary.share.ratio,
            seed: summary.seed,
            model: model.config.clone(),
        };
        Ok((variant, model))
    });
    models.collect()
}
