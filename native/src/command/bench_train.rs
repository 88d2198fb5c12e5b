//! `ssim bench-train`: times the phases on prepared arrays, for `cargo xtask bench train`.
//!
//! The arrays are the opponent's own (`.npy`), and the steps are the very ones that `search` and
//! `retrain` take, so that both programs do the same work on the same rows.

mod clock;
mod data;
mod peak;

use crate::machine::ranks::World;
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::Result;
use candle_core::Device;
use clock::{WARM_UP, clock};
use peak::Work;
use serde_json::{Value, json};
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::mask::{Pool, SearchMask};
use ssim_core::selector::Selector;
use ssim_train::config::{Config, Kl, MaskGradient};
use ssim_train::setup::Setup;
use ssim_train::step::gradients::Objective;
use ssim_train::step::selection::Selection;
use ssim_train::step::slice::{Batch, Sharing};
use ssim_train::step::trainer::{Rates, Trainer};
use std::path::PathBuf;

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
    /// Backbone
    #[arg(long, default_value = "dnn")]
    backbone: String,
    /// Number format of the products (selection is always in f32)
    #[arg(long, default_value = "f32", value_parser = ["f32", "tf32", "bf16"])]
    precision: String,
    /// Only this phase
    #[arg(long)]
    phase: Option<String>,
}

const EVAL_BATCH: usize = 40_960;

/// Runs the benchmark; prints one JSON object per phase.
pub fn run(args: &BenchTrain) -> Result<()> {
    let world = World::join()?;
    let ranks = world.ranks();
    if args.share < 1.0 && ranks.size() > 1 {
        return Fail::usage("--share: expected 1 where several ranks train".to_owned());
    }
    // The pool may stand already, with the same number of threads.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build_global();
    let sizes = data::sizes(&args.npy)?;
    let schema = data::schema(sizes.len());
    let steps = args.steps + WARM_UP;
    let train = data::instances(&args.npy.join("train"), &sizes, Some(args.batch * steps))?;
    let mut config = Config::default();
    config.train.precision = serde_json::from_value(json!(args.precision))?;
    let setup =
        Setup { backbone: &args.backbone, seed: 2022, ranks, ..Setup::new(&schema, &config) };
    let towers = schema.scenarios.len();
    let (ids, dim) = (sizes.iter().sum::<u32>() as usize, config.model.dim);
    let trainer = || {
        let rates = Rates { lr: config.search.lr, l2: config.search.l2 };
        setup.trainer_over(ids, towers, rates)
    };
    let work = args.work(&setup);
    let rows: Vec<u32> = (0..train.len() as u32).collect();
    let wanted = |phase: &str| args.phase.as_deref().is_none_or(|only| only == phase);
    if wanted("peak") {
        let gflops = peak::gflops(args.threads)?;
        out::json(
            &json!({ "who": "ssim", "phase": "peak", "threads": args.threads, "gflops": gflops }),
        )?;
    }
    if wanted("search") {
        let mut search = SearchBench {
            trainer: trainer()?,
            selector: Selector::seeded(setup.selector(), setup.seed, setup.device)?,
            share: args.share,
        };
        let vars = search.selector.parameters.vars();
        let mut adam = ssim_train::optimizer::Adam::new(vars, config.search.selector_lr, 0.0);
        let batches = rows.chunks(args.batch).take(steps);
        let told = clock(args.batch, batches, |rows| search.step(&train, rows, &mut adam))?;
        args.tell("search", told, args.share, work.as_ref().map(|w| w.search(args.share)))?;
    }
    if wanted("select") {
        let table = Embedding::seeded(ids, dim, setup.seed);
        let selector = Selector::seeded(setup.selector(), setup.seed, setup.device)?;
        let batches = rows.chunks(8192).take(steps);
        let told = clock(8192, batches, |rows| {
            selector.score(&table, &train, rows, &Device::Cpu)?;
            Ok(())
        })?;
        args.tell("select", told, args.ratio, work.as_ref().map(Work::evaluation))?;
    }
    let mut trainer = trainer()?;
    if wanted("retrain") {
        let scores = ssim_train::select::random_scores(train.len(), setup.seed);
        let mut config = config.clone();
        config.select.ratio = args.ratio;
        config.select.by = Pool::Batch;
        config.train.batch = args.batch;
        let setup = Setup { config: &config, ..setup };
        let list = ssim_train::select::select(&setup, &scores, &train)?;
        let batches = rows.chunks(args.batch).take(steps);
        let told = clock(args.batch, batches, |rows| {
            let batch = Batch { instances: &train, rows };
            let key = u64::from(rows[0]);
            let objective = Objective {
                reduction: trainer.model.reduction(),
                dropout: config.retrain.dropout,
                key,
                draw: None,
            };
            trainer.step(batch, Sharing::Given(&list), objective)?;
            Ok(())
        })?;
        args.tell("retrain", told, args.ratio, work.as_ref().map(|w| w.retrain(args.ratio)))?;
    }
    if wanted("eval") {
        trainer.flush();
        let test = data::instances(&args.npy.join("test"), &sizes, Some(2 * EVAL_BATCH))?;
        let rows: Vec<u32> = (0..test.len() as u32).collect();
        let batches: Vec<_> = rows.chunks(EVAL_BATCH).map(|rows| test.pick(rows)).collect();
        let turns = WARM_UP + (args.steps / 10).max(4);
        let told = clock(EVAL_BATCH, batches.iter().cycle().take(turns), |rows| {
            trainer.predict(rows, EVAL_BATCH)?;
            Ok(())
        })?;
        args.tell("eval", told, args.ratio, work.as_ref().map(Work::evaluation))?;
    }
    Ok(())
}

impl BenchTrain {
    /// The arithmetic of each phase; `None` for backbones whose MLPs are only a part of it.
    fn work(&self, setup: &Setup) -> Option<Work> {
        let backbone = setup.backbone(setup.schema.scenarios.len());
        let widths: Vec<usize> =
            [backbone.width].into_iter().chain(backbone.mlp).chain([1]).collect();
        let mlp = widths.windows(2).map(|w| (w[0] * w[1]) as f64).sum();
        let plain = ["dnn", "deepfm", "dcn"].contains(&&*self.backbone);
        plain.then_some(Work { mlp, towers: backbone.towers as f64 })
    }

    /// Prints a phase's line.
    fn tell(&self, phase: &str, mut told: Value, share: f64, flops: Option<f64>) -> Result<()> {
        let speed = told["inst_per_s"].as_f64().unwrap_or(0.0);
        told["who"] = json!("ssim");
        told["model"] = json!(self.backbone);
        told["phase"] = json!(phase);
        told["share"] = json!(share);
        told["threads"] = json!(self.threads);
        told["precision"] = json!(self.precision);
        told["gflops"] = json!(flops.map(|flops| flops * speed * 1e-9));
        out::json(&told)
    }
}

struct SearchBench<'a> {
    trainer: Trainer<'a>,
    selector: Selector,
    share: f64,
}

impl SearchBench<'_> {
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
        let objective = Objective {
            reduction: self.trainer.model.reduction(),
            dropout: 0.0,
            key: u64::from(rows[0]),
            draw: None,
        };
        let batch = Batch { instances: train, rows };
        let sharing = Sharing::Searched(&self.selector, &selection);
        let gradients = self.trainer.step(batch, sharing, objective)?;
        Ok(adam.step(&gradients.stores.iter().collect::<Vec<_>>())?)
    }
}
