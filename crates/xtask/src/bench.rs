//! `cargo xtask bench train`: our training speed beside PyTorch's, measured in turn so that whatever else the
//! machine does hits both. `cargo xtask bench web`: the page beside its budgets.

mod budget;
mod opponent;
mod table;
mod web;

use std::{collections::BTreeMap, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{place, run};

const HELP: &str = "\
cargo xtask bench train --anchor DIR [--python PROGRAM] [--backbone dnn,deepfm,dcn,star,hmoe] [--widen 1,12,115]
                        [--threads 2] [--steps 30] [--turns 5] [--json]

Measures search, selection, retrain and evaluation in turn: this project, the best f32 PyTorch (phase by phase the faster
of its two GEMM libraries), the published method's plain PyTorch (not of star and hmoe). --widen makes the table so many
times as long. DIR (or SSIM_ANCHOR) has the opponent's ssim_torch.py and gen.py; PROGRAM (or SSIM_PYTHON, else python3) is a Python
with torch, numpy and scipy. Nothing else in this project needs either.";

struct Options {
    anchor: PathBuf,
    python: String,
    backbones: Vec<String>,
    widen: Vec<String>,
    threads: String,
    steps: String,
    turns: usize,
    json: bool,
}

pub fn chore(args: &[String]) -> Result<()> {
    let help = args.iter().any(|arg| arg == "--help" || arg == "-h");
    match args.first().map(String::as_str) {
        Some("train") if !help => return train(&options(&args[1..])?),
        Some("web") if !help => return web::chore(&args[1..]),
        Some("train") => println!("{HELP}"),
        Some("web") => println!("{}", web::HELP),
        Some("-h" | "--help") | None => println!("{HELP}\n\n{}", web::HELP),
        Some(other) => bail!("bench knows `train` and `web`, not `{other}`"),
    }
    Ok(())
}

fn options(args: &[String]) -> Result<Options> {
    let mut given: BTreeMap<&str, String> = BTreeMap::new();
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        let value = match arg {
            "--json" => String::new(),
            "--anchor" | "--python" | "--backbone" | "--widen" | "--threads" | "--steps"
            | "--turns" => args.next().with_context(|| format!("{arg} wants a value"))?.to_owned(),
            _ => bail!("bench train does not know `{arg}`\n\n{HELP}"),
        };
        given.insert(arg, value);
    }
    let variable = |name: &str| std::env::var(name).ok();
    let mut take = |flag: &str| given.remove(flag);
    let list = |given: Option<String>, otherwise: &str| {
        let given = given.unwrap_or_else(|| otherwise.to_owned());
        given.split(',').map(str::to_owned).collect()
    };
    let anchor = take("--anchor").or_else(|| variable("SSIM_ANCHOR"));
    let python = take("--python").or_else(|| variable("SSIM_PYTHON"));
    Ok(Options {
        anchor: anchor.context("which opponent? --anchor DIR or SSIM_ANCHOR (--help)")?.into(),
        python: python.unwrap_or_else(|| "python3".to_owned()),
        backbones: list(take("--backbone"), "dnn"),
        widen: list(take("--widen"), "1"),
        threads: take("--threads").unwrap_or_else(|| "2".to_owned()),
        steps: take("--steps").unwrap_or_else(|| "30".to_owned()),
        turns: take("--turns")
            .map_or(Ok(5), |turns| turns.parse())
            .context("--turns wants a number")?,
        json: take("--json").is_some(),
    })
}

/// What is trained.
struct Case {
    backbone: String,
    /// The rows.
    data: PathBuf,
}

/// One phase of one run: who, which phase at which share, and its numbers.
pub struct Line {
    who: &'static str,
    phase: String,
    numbers: Value,
}

fn train(options: &Options) -> Result<()> {
    let modes = opponent::modes(options)?;
    run::check(run::cargo()?.args(["build", "--release", "--package", "ssim-cli"]))?;
    let mut reports = Vec::new();
    for widen in &options.widen {
        let data = opponent::data(options, widen)?;
        for backbone in &options.backbones {
            let case = Case { backbone: backbone.clone(), data: data.clone() };
            let report =
                table::report(&case.lines(options, &modes)?, backbone, opponent::ids(&data)?);
            if !options.json {
                println!("{}", table::text(&report));
            }
            reports.push(report);
        }
    }
    if options.json {
        println!("{:#}", json!({ "schema": 2, "threads": options.threads, "cases": reports }));
    } else {
        print!("{}", table::NOTES);
    }
    Ok(())
}

impl Case {
    /// Everybody's phases, in turn.
    fn lines(&self, options: &Options, modes: &[(&'static str, &str)]) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for turn in 1..=options.turns {
            eprintln!("{}, turn {turn} of {}", self.backbone, options.turns);
            for share in ["1.0", "0.3"] {
                lines.extend(measured("ours", share, &mut self.ours(options, share)?)?);
                for (mode, precision) in modes {
                    let mut torch = opponent::best(options, self, share, precision)?;
                    lines.extend(measured(mode, share, &mut torch)?);
                }
            }
            if let Some(mut plain) = opponent::plain(options, self)? {
                lines.extend(measured("plain", "1.0", &mut plain)?);
            }
        }
        Ok(lines)
    }

    fn ours(&self, options: &Options, share: &str) -> Result<Command> {
        let mut ssim = run::program(place::native_target()?.join("release/ssim"))?;
        ssim.args(["bench-train", "--backbone", &self.backbone, "--npy"]).arg(&self.data);
        ssim.args(["--steps", &options.steps, "--threads", &options.threads, "--share", share]);
        Ok(ssim)
    }
}

/// Runs one side and keeps the lines that are phases; the share only tells the searches apart.
fn measured(who: &'static str, share: &str, command: &mut Command) -> Result<Vec<Line>> {
    let text = run::text(command)?.replace("NaN", "null"); // Python's JSON has numbers that JSON has not
    let mut lines = Vec::new();
    // The opponent tells this phase in words.
    if let Some(speed) =
        text.lines().find_map(|line| line.strip_prefix("selector scores once, inst/s: "))
    {
        let numbers = json!({ "inst_per_s": speed.trim().parse::<f64>()? });
        lines.push(Line { who, phase: "select".to_owned(), numbers });
    }
    for numbers in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let Some(phase) = numbers.get("phase").and_then(Value::as_str) else {
            continue;
        };
        let phase =
            if phase == "search" { format!("search, share {share}") } else { phase.to_owned() };
        lines.push(Line { who, phase, numbers });
    }
    if lines.is_empty() {
        bail!("{who} printed no phase:\n{text}");
    }
    Ok(lines)
}
