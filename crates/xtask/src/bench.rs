//! `cargo xtask bench fit` compares whole trainings with PyTorch's, `cargo xtask bench train` their
//! steps, and `cargo xtask bench prepare` the preparation of a log with pandas and Polars. All sides
//! run in turn, so that other load on the machine slows all of them. `cargo xtask bench commands`
//! compares commands of the book with those of another build. `cargo xtask bench web` compares the
//! page with its budgets, and `cargo xtask bench serve` the server with its own.

mod budget;
mod commands;
mod fit;
mod opponent;
mod prepare;
mod serve;
mod table;
mod web;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{place, run};

const HELP: &str = "\
cargo xtask bench train --anchor DIR [--python PROGRAM] [--backbone dnn,deepfm,dcn,star,hmoe] [--widen 1,12,115]
                        [--precision f32|bf16] [--threads 2] [--steps 30] [--turns 5] [--built] [--json]

Measures search, selection, retrain and evaluation in turn: this project, the best f32 PyTorch (phase by phase the faster
of its two GEMM libraries), the published method's plain PyTorch (not of star and hmoe). --widen makes the table so many
times as long. With --precision bf16 the opponent is PyTorch's autocast, and nothing else is measured (star and hmoe: f32). DIR (or SSIM_ANCHOR) has the opponent's ssim_torch.py and gen.py; PROGRAM (or SSIM_PYTHON, else python3) is a Python
with torch, numpy and scipy. Nothing else in this project needs either. --built takes the release program as it is.";

struct Options {
    anchor: PathBuf,
    python: String,
    backbones: Vec<String>,
    widen: Vec<String>,
    precision: String,
    threads: String,
    steps: String,
    turns: usize,
    built: bool,
    json: bool,
}

pub fn chore(args: &[String]) -> Result<()> {
    let help = args.iter().any(|arg| arg == "--help" || arg == "-h");
    match args.first().map(String::as_str) {
        Some("train") if !help => return train(&options(&args[1..])?),
        Some("fit") if !help => return fit::chore(&args[1..]),
        Some("commands") if !help => return commands::chore(&args[1..]),
        Some("prepare") if !help => return prepare::chore(&args[1..]),
        Some("web") if !help => return web::chore(&args[1..]),
        Some("serve") if !help => return serve::chore(&args[1..]),
        Some("train") => println!("{HELP}"),
        Some("fit") => println!("{}", fit::HELP),
        Some("commands") => println!("{}", commands::HELP),
        Some("prepare") => println!("{}", prepare::HELP),
        Some("web") => println!("{}", web::HELP),
        Some("serve") => println!("{}", serve::HELP),
        Some("-h" | "--help") | None => {
            let all = [HELP, fit::HELP, commands::HELP, prepare::HELP, web::HELP, serve::HELP];
            println!("{}", all.join("\n\n"));
        }
        Some(other) => {
            bail!(
                "bench knows `train`, `fit`, `commands`, `prepare`, `web`, `serve`, not `{other}`"
            )
        }
    }
    Ok(())
}

fn options(args: &[String]) -> Result<Options> {
    let flags = [
        "--anchor",
        "--python",
        "--backbone",
        "--widen",
        "--precision",
        "--threads",
        "--steps",
        "--turns",
    ];
    let mut given = given(args, &flags, &["--built", "--json"], HELP)?;
    let mut take = |flag: &str| given.remove(flag);
    let list = |given: Option<String>, otherwise: &str| {
        let given = given.unwrap_or_else(|| otherwise.to_owned());
        given.split(',').map(str::to_owned).collect()
    };
    let anchor = take("--anchor").or_else(|| std::env::var("SSIM_ANCHOR").ok());
    Ok(Options {
        anchor: anchor.context("which opponent? --anchor DIR or SSIM_ANCHOR (--help)")?.into(),
        python: python(take("--python")),
        backbones: list(take("--backbone"), "dnn"),
        widen: list(take("--widen"), "1"),
        precision: take("--precision").unwrap_or_else(|| "f32".to_owned()),
        threads: take("--threads").unwrap_or_else(|| "2".to_owned()),
        steps: take("--steps").unwrap_or_else(|| "30".to_owned()),
        turns: number(take("--turns"), "--turns", 5)?,
        built: take("--built").is_some(),
        json: take("--json").is_some(),
    })
}

/// The flags on the command line with their values, and the switches with an empty value.
fn given(
    args: &[String],
    flags: &[&str],
    switches: &[&str],
    help: &str,
) -> Result<BTreeMap<String, String>> {
    let mut given = BTreeMap::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = match arg.as_str() {
            switch if switches.contains(&switch) => String::new(),
            flag if flags.contains(&flag) => {
                args.next().with_context(|| format!("{arg} wants a value"))?.clone()
            }
            _ => bail!("this bench does not know `{arg}`\n\n{help}"),
        };
        given.insert(arg.clone(), value);
    }
    Ok(given)
}

/// The Python that runs the opponents, which must have their packages.
fn python(given: Option<String>) -> String {
    given.or_else(|| std::env::var("SSIM_PYTHON").ok()).unwrap_or_else(|| "python3".to_owned())
}

fn number(given: Option<String>, flag: &str, default: usize) -> Result<usize> {
    let number = given.map_or(Ok(default), |text| text.parse());
    number.ok().filter(|n| *n > 0).with_context(|| format!("{flag} wants a number from 1"))
}

/// The load of the last minute: the number of programs that wanted a core. It is 0 where the system
/// does not tell it.
fn busy() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default()
}

/// The name of the processor with its number of cores.
fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {cores} cores", name.map_or("a processor", |(_, name)| name))
}

/// Today's date, for tables.
fn date() -> String {
    let today = run::program("date").and_then(|mut date| run::text(date.arg("+%F")));
    today.unwrap_or_default().trim().to_owned()
}

/// The path of a folder in `home`, which is removed if it exists.
fn vacant(home: &Path, name: &str) -> Result<PathBuf> {
    let path = home.join(name);
    if path.exists() {
        fs::remove_dir_all(&path).with_context(|| format!("removing {}", path.display()))?;
    }
    Ok(path)
}

/// A training that all sides run.
struct Case {
    backbone: String,
    /// The folder of the rows.
    data: PathBuf,
}

/// One phase of one run: the side that ran it, the phase with its share of shared rows, and its
/// numbers.
pub struct PhaseLine {
    who: &'static str,
    phase: String,
    numbers: Value,
}

fn train(options: &Options) -> Result<()> {
    let modes = opponent::modes(options)?;
    if !options.built {
        run::check(run::cargo()?.args(["build", "--release", "--package", "ssim-cli"]))?;
    }
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
    /// The phases of all sides, which run in turn.
    fn lines(&self, options: &Options, modes: &[(&'static str, &str)]) -> Result<Vec<PhaseLine>> {
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
        ssim.args(["--precision", &options.precision]);
        Ok(ssim)
    }
}

/// Runs one side, and keeps the lines of its output that report a phase. Searches with different
/// shares are told apart by `share`.
fn measured(who: &'static str, share: &str, command: &mut Command) -> Result<Vec<PhaseLine>> {
    // Python's JSON has NaN, which is no number of JSON.
    let text = run::text(command)?.replace("NaN", "null");
    let mut lines = Vec::new();
    // The opponent reports this phase in a sentence.
    if let Some(speed) =
        text.lines().find_map(|line| line.strip_prefix("selector scores once, inst/s: "))
    {
        let numbers = json!({ "inst_per_s": speed.trim().parse::<f64>()? });
        lines.push(PhaseLine { who, phase: "select".to_owned(), numbers });
    }
    for numbers in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let Some(phase) = numbers.get("phase").and_then(Value::as_str) else {
            continue;
        };
        let phase =
            if phase == "search" { format!("search, share {share}") } else { phase.to_owned() };
        lines.push(PhaseLine { who, phase, numbers });
    }
    if lines.is_empty() {
        bail!("{who} printed no phase:\n{text}");
    }
    Ok(lines)
}
