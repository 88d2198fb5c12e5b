//! `ssim bench-train`: times the phases on prepared arrays, for `cargo xtask bench train`.
//!
//! The arrays are the opponent's own (`.npy`), and the steps are the very ones that `search` and
//! `retrain` take, so that both programs do the same work on the same rows.

use crate::memory;
use anyhow::{Context, Result, bail};
use candle_core::Device;
use ssim_core::instances::Instances;
use ssim_core::mask::{Pool, SearchMask};
use ssim_core::schema::Schema;
use ssim_core::selector::Selector;
use ssim_core::vocabulary::{Field, Transform, Vocabulary};
use ssim_train::collective::Alone;
use ssim_train::config::{Config, Kl, MaskGradient, Reduction};
use ssim_train::engine::{Batch, Objective, Sharing};
use ssim_train::loss::Selection;
use ssim_train::setup::Setup;
use ssim_train::trainer::{Rates, Trainer};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Times search, retrain and evaluation.
#[derive(Clone, Debug, clap::Args)]
pub struct BenchTrain {
    /// Folder with `meta.json`, `train/{x,y,d}.npy` and `test/{x,y,d}.npy`
    #[arg(long)]
    npy: PathBuf,
    /// Timed steps per phase
    #[arg(long, default_value_t = 30)]
    steps: usize,
    /// Worker threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Share of rows that the search mask lets through
    #[arg(long, default_value_t = 1.0)]
    share: f64,
    /// Share of rows on the list to retrain on
    #[arg(long, default_value_t = 0.3)]
    ratio: f64,
    /// Rows per step
    #[arg(long, default_value_t = 4096)]
    batch: usize,
    /// Only this phase
    #[arg(long)]
    phase: Option<String>,
}

/// Steps before the clock runs.
const WARM_UP: usize = 3;
const EVAL_BATCH: usize = 40_960;

/// Runs the benchmark; prints one JSON object per phase.
pub fn run(args: &BenchTrain) -> Result<()> {
    // The pool may stand already, with the same number of threads.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build_global();
    let schema = schema(&args.npy)?;
    let steps = args.steps + WARM_UP;
    let train = instances(&args.npy.join("train"), schema.fields.len(), Some(args.batch * steps))?;
    let config = Config::default();
    let setup = Setup {
        schema: &schema,
        config: &config,
        backbone: "dnn",
        seed: 2022,
        device: &Device::Cpu,
        max_steps: None,
        ranks: &Alone,
    };
    let rates = Rates { lr: config.search.lr, l2: config.search.l2 };
    let towers = schema.scenarios.len();
    let rows: Vec<u32> = (0..train.len() as u32).collect();
    let wanted = |phase: &str| args.phase.as_deref().is_none_or(|only| only == phase);
    if wanted("search") {
        let mut search = SearchBench {
            trainer: setup.trainer(towers, rates)?,
            selector: Selector::seeded(setup.selector(), setup.seed, setup.device)?,
            share: args.share,
        };
        let mut adam = ssim_train::optimizer::Adam::new(
            search.selector.parameters.vars(),
            config.search.selector_lr,
            0.0,
        );
        let batches = rows.chunks(args.batch).take(steps);
        clock(args, "search", args.batch, batches, |rows| search.step(&train, rows, &mut adam))?;
    }
    let mut trainer = setup.trainer(towers, rates)?;
    if wanted("retrain") {
        let scores = ssim_train::select::random_scores(train.len(), setup.seed);
        let mut select = config.select.clone();
        (select.ratio, select.by) = (args.ratio, Pool::Batch);
        let list = ssim_train::select::select(&scores, &train, &select, args.batch, setup.seed)?;
        let batches = rows.chunks(args.batch).take(steps);
        clock(args, "retrain", args.batch, batches, |rows| {
            let batch = Batch { instances: &train, rows };
            let key = u64::from(rows[0]);
            let objective =
                Objective { reduction: Reduction::Batch, dropout: config.retrain.dropout, key };
            trainer.step(batch, Sharing::Given(&list), objective, &Alone)?;
            Ok(())
        })?;
    }
    if wanted("eval") {
        trainer.flush();
        let test = instances(&args.npy.join("test"), schema.fields.len(), Some(2 * EVAL_BATCH))?;
        let rows: Vec<u32> = (0..test.len() as u32).collect();
        let batches: Vec<_> = rows.chunks(EVAL_BATCH).collect();
        let turns = WARM_UP + (args.steps / 10).max(4);
        let batches = batches.iter().copied().cycle().take(turns);
        clock(args, "eval", EVAL_BATCH, batches, |rows| {
            trainer.model.predict(&test, rows)?;
            Ok(())
        })?;
    }
    Ok(())
}

struct SearchBench {
    trainer: Trainer,
    selector: Selector,
    share: f64,
}

impl SearchBench {
    fn step(
        &mut self,
        train: &Instances,
        rows: &[u32],
        adam: &mut ssim_train::optimizer::Adam,
    ) -> Result<()> {
        let mut mask = SearchMask { threshold: 1e-9, final_temperature: 1000.0 };
        if self.share < 1.0 {
            // As the opponent does: one more scoring of the batch finds the share's threshold.
            let table = &self.trainer.model.embedding;
            let mut z = self.selector.score(table, train, rows, &Device::Cpu)?;
            z.sort_by(f32::total_cmp);
            let at = ((1.0 - self.share) * z.len() as f64) as usize;
            mask.threshold = mask.probability(z[at.min(z.len() - 1)], 1.0);
        }
        let selection = Selection {
            mask,
            temperature: 1.0,
            lambda: 1.0,
            kl: Kl::Linear,
            gradient: MaskGradient::Official,
            leak: 0.0,
        };
        let objective =
            Objective { reduction: Reduction::Batch, dropout: 0.0, key: u64::from(rows[0]) };
        let batch = Batch { instances: train, rows };
        let sharing = Sharing::Searched(&self.selector, &selection);
        let gradients = self.trainer.step(batch, sharing, objective, &Alone)?;
        Ok(adam.step(&gradients.stores.iter().collect::<Vec<_>>())?)
    }
}

fn clock<'a>(
    args: &BenchTrain,
    phase: &str,
    batch: usize,
    batches: impl Iterator<Item = &'a [u32]>,
    mut step: impl FnMut(&[u32]) -> Result<()>,
) -> Result<()> {
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    for (i, rows) in batches.enumerate() {
        let (start, used) = (Instant::now(), cpu_seconds());
        step(rows)?;
        if i >= WARM_UP {
            wall.push(start.elapsed().as_secs_f64() * 1e3);
            cpu.push((cpu_seconds() - used) * 1e3);
        }
    }
    wall.sort_by(f64::total_cmp);
    cpu.sort_by(f64::total_cmp);
    let median = wall[wall.len() / 2];
    let line = serde_json::json!({
        "who": "ssim", "model": "dnn", "phase": phase, "steps": wall.len(), "batch": batch,
        "ms_med": median, "cpu_ms_med": cpu[cpu.len() / 2],
        "inst_per_s": (batch as f64 / median * 1e3).round(),
        "share": if phase == "search" { args.share } else { args.ratio },
        "threads": args.threads, "peak_rss_mb": memory::peak().map(|bytes| bytes >> 20), "load": load(),
    });
    #[allow(clippy::print_stdout, reason = "a benchmark's result is its output")]
    {
        println!("{line}");
    }
    Ok(())
}

/// Processor seconds of this process so far, from the kernel's clock ticks.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = tasks.filter_map(|t| {
        let text = std::fs::read_to_string(t.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanos.sum::<f64>() * 1e-9
}

/// Processes that wanted to run, on average over the last minute.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// Fields of the sizes that `meta.json` gives; the vocabularies are only counted here.
fn schema(folder: &Path) -> Result<Schema> {
    let path = folder.join("meta.json");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let meta: serde_json::Value = serde_json::from_str(&text)?;
    let sizes = meta["vocab"].as_array().context("meta.json: expected \"vocab\"")?;
    let field = |(f, size): (usize, &serde_json::Value)| Field {
        name: format!("f{f}"),
        transform: Transform::None,
        vocabulary: Vocabulary::new(
            (1..size.as_u64().unwrap_or(1)).map(|v| v.to_string()).collect(),
        ),
    };
    Ok(Schema {
        dataset: "bench".into(),
        fields: sizes.iter().enumerate().map(field).collect(),
        scenarios: (0..4).map(|k| k.to_string()).collect(),
    })
}

fn instances(folder: &Path, fields: usize, limit: Option<usize>) -> Result<Instances> {
    let all = usize::MAX;
    let n = limit.unwrap_or(all);
    let labels: Vec<u8> = npy(&folder.join("y.npy"), n)?
        .iter()
        .map(|y| u8::from(f32::from_le_bytes(*y) > 0.5))
        .collect();
    let ids = npy(&folder.join("x.npy"), n.saturating_mul(fields))?;
    let scenarios = npy(&folder.join("d.npy"), n)?;
    Ok(Instances {
        fields,
        ids: ids.iter().map(|b| u32::from_le_bytes(*b)).collect(),
        rows: (0..labels.len() as u64).collect(),
        labels,
        scenarios: scenarios.iter().map(|b| u32::from_le_bytes(*b) as u16).collect(),
        planted: None,
    })
}

/// The first `n` four-byte values of a version 1 `.npy` file.
fn npy(path: &Path, n: usize) -> Result<Vec<[u8; 4]>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let Some(header) = bytes.get(8..10).filter(|_| bytes.starts_with(b"\x93NUMPY\x01")) else {
        bail!("{}: expected a version 1 .npy file", path.display());
    };
    let start = 10 + usize::from(u16::from_le_bytes([header[0], header[1]]));
    Ok(bytes[start..].chunks_exact(4).take(n).map(|b| [b[0], b[1], b[2], b[3]]).collect())
}
