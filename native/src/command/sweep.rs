//! `ssim sweep`: the same model on lists of several ratios, methods and seeds.

use crate::files::data::Data;
use crate::files::lock::FolderLock;
use crate::files::read;
use crate::machine::device;
use crate::run::identity::Identity;
use crate::run::many::{RunMaker, RunRequest};
use crate::run::run_folder::{IfThere, RunFolder};
use crate::settings::args::{Machine, ratio, seeds, whole};
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::Result;
use clap::Args;
use ssim_core::artifact::record::Record;
use ssim_core::look::inspect::planted_first;
use ssim_core::method::{Method, PLANTED, Role};
use ssim_core::metric::Metric;
use ssim_data::list;
use ssim_train::config::Config;
use ssim_train::ranks::Alone;
use ssim_train::select::{random_scores, select};
use ssim_train::setup::Setup;
use std::fs;
use std::path::PathBuf;

/// Ratios between nothing and everything.
pub const RATIOS: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];
/// Seeds of every point.
pub const SEEDS: u64 = 3;

#[derive(Debug, Args)]
pub struct Sweep {
    /// Run folder with a selector and a list; the sweep's runs are written into it
    #[arg(long)]
    run: PathBuf,
    /// Data folder of that run
    #[arg(long)]
    data: PathBuf,
    /// Ratios to retrain at; 0 (nothing shared) and 1 (everything) are always there
    #[arg(long, value_delimiter = ',', value_parser = ratio, default_values_t = RATIOS)]
    ratios: Vec<f64>,
    /// Seeds of every point, from the run's own
    #[arg(long, value_name = "N", default_value_t = SEEDS, value_parser = whole::<u64>(1, 100))]
    seeds: u64,
    /// Print the points as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    machine: Machine,
}

/// Which points are measured.
pub struct Grid {
    pub ratios: Vec<f64>,
    pub seeds: u64,
}

/// One point: the method that orders the rows, and the share of them on the list.
#[derive(Clone, Copy)]
struct Point {
    method: &'static str,
    ratio: f64,
}

pub fn run(args: &Sweep) -> Result<()> {
    device::threads(args.machine.threads)?;
    let device = device::device(&args.machine.device)?;
    let (run, identity) = RunFolder::open(&args.run)?;
    let config = run.config()?;
    run.selector_digest()?;
    let data = Data::open(&args.data)?;
    let rows = data.rows()?;
    let on = &args.machine.device;
    let (max_steps, shared) = (None, None);
    let maker = RunMaker {
        data: &data,
        rows: &rows,
        device: &device,
        parts: None,
        on,
        max_steps,
        ranks: &Alone,
        shared,
    };
    let grid = Grid { ratios: args.ratios.clone(), seeds: args.seeds };
    let points = sweep(&maker, &run, &identity, &grid, &config)?;
    if args.json {
        return out::json(&serde_json::json!({ "schema": 1, "points": points }));
    }
    out::text(&table(&points))
}

/// Fits every point that is not there yet, each in a run folder of its own below the run.
///
/// # Errors
/// A run without a list or on other data, and whatever stops a phase.
pub fn sweep(
    maker: &RunMaker,
    run: &RunFolder,
    identity: &Identity,
    grid: &Grid,
    config: &Config,
) -> Result<Vec<Record>> {
    let (backbone, first) = (&identity.backbone[..], identity.seed);
    let train = &maker.rows.train;
    run.expect_undirected()?;
    let path = run.list();
    let (name, schema) = (read::name(&path), &maker.data.schema);
    let scores = list::read(read::open(&path)?, &name, schema)?.scores_for(&name, schema, train)?;
    identity.expect_data(&run.path, maker.data)?;
    let _lock = FolderLock::take(&run.sweep())?;
    let mut summaries = Vec::new();
    for point in points(&grid.ratios, train.planted.is_some()) {
        for seed in seeds(first, grid.seeds)? {
            let mut config = config.clone();
            config.select.ratio = point.ratio;
            let order = match point.method {
                PLANTED => {
                    let planted = train.planted.as_ref().map_or(&[][..], |p| &p.shared);
                    planted_first(random_scores(train.len(), seed), planted)
                }
                name if Role::of(name) == Role::SharesRandom => random_scores(train.len(), seed),
                _ => scores.clone(),
            };
            // The list is cut in the same batches for every seed of a point, as `fit` would.
            let setup = Setup { seed, ..Setup::new(&maker.data.schema, &config) };
            let shared = select(&setup, &order, train)?;
            let name = format!("{}-{}-{seed}", point.method, point.ratio);
            let wanted = RunRequest {
                name: point.method,
                method: Method::Ssim,
                backbone,
                given: Some(shared.into()),
                from: None,
                config: &config,
                seed,
            };
            let summary = maker.fit(&run.sweep().join(name), wanted, IfThere::Continue)?;
            out::note(&format!(
                "{} at {:.0} %, seed {seed}: test AUC {}",
                point.method,
                100.0 * point.ratio,
                report::number(summary.test.pooled.auc())
            ));
            summaries.push(summary);
        }
    }
    Ok(summaries)
}

/// The finished points of a sweep below a run, in the order of their folders.
///
/// # Errors
/// When a summary is damaged.
pub fn done(run: &RunFolder) -> Result<Vec<(RunFolder, Record)>> {
    let Ok(entries) = fs::read_dir(run.sweep()) else { return Ok(Vec::new()) };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    let folders = paths.into_iter().map(|path| RunFolder { path });
    let finished = folders.filter(|folder| folder.summary().exists());
    let (_, identity) = RunFolder::open(&run.path)?;
    finished
        .map(|folder| {
            // An older version may have measured points on other data.
            let (_, point) = RunFolder::open(&folder.path)?;
            if let Some(difference) = identity.data_difference(&point) {
                let folder = folder.path.display();
                return Fail::data(format!("{folder}: expected the data of the run; {difference}"));
            }
            let mut summary: Record = read::json(&folder.summary())?;
            // What was asked for: a list of ⌊n·ratio⌋ rows per batch is a little shorter.
            summary.share.ratio = folder.config()?.select.ratio;
            Ok((folder, summary))
        })
        .collect()
}

fn points(ratios: &[f64], truth: bool) -> Vec<Point> {
    let mut inner: Vec<f64> = ratios.iter().copied().filter(|r| *r > 0.0 && *r < 1.0).collect();
    inner.sort_by(f64::total_cmp);
    inner.dedup();
    let methods = [Method::Ssim.name(), Method::SsimR.name(), PLANTED];
    let methods = &methods[..if truth { 3 } else { 2 }];
    let ends = [(Method::Mt, 0.0), (Method::MtS, 1.0)];
    let ends = ends.map(|(method, ratio)| Point { method: method.name(), ratio });
    let inner = inner.iter().flat_map(|r| methods.iter().map(|m| Point { method: m, ratio: *r }));
    ends.into_iter().chain(inner).collect()
}

/// Means of the test metrics per method and ratio, by the metrics that every data set has.
fn table(summaries: &[Record]) -> String {
    let labels = Metric::known(false).map(Metric::label);
    let head = ["method", "ratio", "seeds"].into_iter().chain(labels);
    let mut lines = vec![head.map(str::to_owned).collect::<Vec<_>>()];
    let same = |a: &Record, b: &Record| a.method == b.method && a.share.ratio == b.share.ratio;
    for point in summaries.chunk_by(same) {
        let means = Metric::known(false).map(|metric| {
            let values: Option<Vec<f64>> =
                point.iter().map(|s| s.test.pooled.get(metric)).collect();
            report::number(values.and_then(|v| ssim_core::look::statistics::mean(&v)))
        });
        let names = [
            point[0].method.clone(),
            format!("{:.2}", point[0].share.ratio),
            point.len().to_string(),
        ];
        lines.push(names.into_iter().chain(means).collect());
    }
    report::table(&lines)
}
