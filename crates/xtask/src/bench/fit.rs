//! `cargo xtask bench fit`: whole fits of this program beside PyTorch, on the same log, to the end.
//!
//! The other benchmark of training, `bench train`, times a few steps. Some costs come later: numbers
//! so small that the processor slows down, rows of the table that must catch up, evaluations.

mod log;
mod pace;
mod side;
mod table;

use anyhow::{Result, bail};
use serde_json::json;

use super::{busy, given, number};
use crate::{place, python, run};
use side::Side;

pub const HELP: &str = "\
cargo xtask bench fit [--method mt,mt-s] [--backbone dnn,...] [--scenarios 4,12,64] [--ids 300000,...] [--steps 2000]
                      [--batch 4096] [--epochs 1] [--set 'KEY=VALUE ...'] [--sides ours,flush,default] [--before PROGRAM]
                      [--limit SECONDS] [--threads 2] [--turns 1] [--python PROGRAM] [--built] [--json]

Trains the same made log to the end with every side in turn, for each method (st, mt, mt-s, ssim, ssim+), backbone (dnn, dcn, star),
number of scenarios and number of ids, and prints two Markdown tables: seconds, processor seconds, memory and AUC, and
rows/s by tenth of every phase. Settings are those of benches/fit/settings.toml with those of --set.
Sides: ours; lazy (ours with lazy-adam); before (another build, --before names it); flush (PyTorch with flush-to-zero in
all threads); default (PyTorch as it comes); sparse (flush, with SparseAdam for the table). A phase of PyTorch that has
taken --limit seconds stops, and its time is projected from the steps it has taken (marked with ~).
PROGRAM (or SSIM_PYTHON) is a Python with torch, numpy and pyarrow; without one they are installed (5 GB, once).
--built takes the release program as it is.";

struct Options {
    cases: Vec<Case>,
    sides: Vec<&'static Side>,
    shape: Shape,
    before: Option<String>,
    limit: String,
    threads: String,
    turns: usize,
    python: String,
    built: bool,
    json: bool,
}

/// The size that all cases of a benchmark have in common.
struct Shape {
    /// Steps of the retraining, over all epochs.
    steps: usize,
    batch: usize,
    epochs: usize,
    /// Further settings, `KEY=VALUE` each.
    set: Vec<String>,
}

/// A fit that all sides carry out.
pub struct Case {
    method: String,
    backbone: String,
    scenarios: usize,
    ids: usize,
}

impl Case {
    /// The case in a table.
    fn name(&self) -> String {
        let Self { method, backbone, scenarios, ids } = self;
        format!("{method} {backbone}, K = {scenarios}, {} k ids", ids / 1000)
    }
}

impl Shape {
    /// Train rows of the log.
    fn rows(&self) -> usize {
        self.steps / self.epochs * self.batch
    }

    /// The settings that differ from the file's.
    fn settings(&self) -> Vec<String> {
        let fixed =
            [format!("train.batch={}", self.batch), format!("retrain.max_epochs={}", self.epochs)];
        fixed.into_iter().chain(self.set.iter().cloned()).collect()
    }
}

pub fn chore(args: &[String]) -> Result<()> {
    let options = options(args)?;
    if !options.built {
        run::check(run::cargo()?.args(["build", "--release", "--package", "ssim-cli"]))?;
    }
    let home = place::made(place::cache()?.join("bench-fit"))?;
    let mut reports = Vec::new();
    let mut load = 0f64;
    for case in &options.cases {
        let data = log::prepared(&options, case, &home)?;
        let mut runs = Vec::new();
        for turn in 1..=options.turns {
            for side in &options.sides {
                eprintln!("{}: {}, turn {turn} of {}", case.name(), side.name, options.turns);
                load = load.max(busy());
                runs.push(side.run(&options, case, &data, &home)?);
            }
        }
        reports.push(table::report(case, &options.sides, &runs));
    }
    let report = json!({
        "schema": 1, "threads": options.threads, "turns": options.turns, "load": load,
        "machine": super::machine(), "date": super::date(), "batch": options.shape.batch,
        "epochs": options.shape.epochs, "settings": options.shape.settings(), "cases": reports,
    });
    if options.json {
        println!("{report:#}");
    } else {
        print!("{}", table::text(&report));
    }
    Ok(())
}

fn options(args: &[String]) -> Result<Options> {
    let flags = [
        "--method",
        "--backbone",
        "--scenarios",
        "--ids",
        "--steps",
        "--batch",
        "--epochs",
        "--set",
        "--sides",
        "--before",
        "--limit",
        "--threads",
        "--turns",
        "--python",
    ];
    let mut given = given(args, &flags, &["--built", "--json"], HELP)?;
    let mut take = |flag: &str| given.remove(flag);
    let words = |text: Option<String>, otherwise: &str| -> Vec<String> {
        let text = text.unwrap_or_else(|| otherwise.to_owned());
        text.split(',').map(str::to_owned).collect()
    };
    let numbers = |words: Vec<String>, flag: &str| -> Result<Vec<usize>> {
        words.into_iter().map(|word| number(Some(word), flag, 0)).collect()
    };
    let methods = words(take("--method"), "mt,mt-s");
    let backbones = words(take("--backbone"), "dnn");
    let scenarios = numbers(words(take("--scenarios"), "4"), "--scenarios")?;
    let ids = numbers(words(take("--ids"), "300000"), "--ids")?;
    let shape = Shape {
        steps: number(take("--steps"), "--steps", 2000)?,
        batch: number(take("--batch"), "--batch", 4096)?,
        epochs: number(take("--epochs"), "--epochs", 1)?,
        set: take("--set").iter().flat_map(|set| set.split(' ')).map(str::to_owned).collect(),
    };
    if !shape.steps.is_multiple_of(shape.epochs) {
        bail!("--steps: expected a multiple of --epochs, which all epochs together take");
    }
    let mut cases = Vec::new();
    for method in &methods {
        for backbone in &backbones {
            for scenarios in &scenarios {
                cases.extend(ids.iter().map(|ids| Case {
                    method: method.clone(),
                    backbone: backbone.clone(),
                    scenarios: *scenarios,
                    ids: *ids,
                }));
            }
        }
    }
    let before = take("--before");
    let otherwise = if before.is_some() { "ours,before" } else { "ours,flush,default" };
    let sides: Vec<&Side> = words(take("--sides"), otherwise)
        .iter()
        .map(|name| side::find(name))
        .collect::<Result<_>>()?;
    if before.is_none() && sides.iter().any(|side| side.name == "before") {
        bail!("which program is the side `before`? --before PROGRAM");
    }
    Ok(Options {
        cases,
        sides,
        shape,
        before,
        limit: take("--limit").unwrap_or_else(|| "0".to_owned()),
        threads: take("--threads").unwrap_or_else(|| "2".to_owned()),
        turns: number(take("--turns"), "--turns", 1)?,
        python: take("--python").map_or_else(python::for_fits, Ok)?,
        built: take("--built").is_some(),
        json: take("--json").is_some(),
    })
}
