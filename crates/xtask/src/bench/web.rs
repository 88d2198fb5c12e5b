//! `cargo xtask bench web`: measures the page in this machine's Chromium, and compares every value
//! with its budget.

use std::{fs, path::PathBuf, process::Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::budget;
use crate::{place, run, tools, web};

pub const HELP: &str = "\
cargo xtask bench web [MEASUREMENT...] [--land] [--built] [--json]

Builds the page (release) and compares it with its budgets; fails where one is exceeded, or where a value is above 1.2 x
the one that docs/bench-web.json has. MEASUREMENTs: sizes paint explore what-if inference train (default: all).
  --land   write the measured values into docs/bench-web.json
  --built  take the page in dist and the release program as they are
  --json   print one JSON object in place of the table";

const MEASUREMENTS: [&str; 6] = ["sizes", "paint", "explore", "what-if", "inference", "train"];

#[derive(Default)]
struct Options {
    land: bool,
    built: bool,
    json: bool,
    measurements: Vec<String>,
}

pub fn chore(args: &[String]) -> Result<()> {
    let options = options(args)?;
    let races = options.measurements.is_empty()
        || options.measurements.iter().any(|name| name == "inference");
    if !options.built {
        web::build(true)?;
        if races {
            run::check(run::cargo()?.args(["build", "--release", "--package", "ssim-cli"]))?;
        }
    }
    tools::web_bench()?;
    let chromium = tools::chromium()?;
    let mut node = run::program("node")?;
    node.arg("benches/web/main.mjs").args(&options.measurements);
    node.env("SSIM_WEB_DIST", place::dist()).env("SSIM_CHROMIUM", chromium);
    if races {
        node.env("SSIM_BENCH_ARTIFACT", artifact()?);
    }
    let text = run::text(node.stderr(Stdio::inherit()))?;
    let report: Value =
        serde_json::from_str(&text).with_context(|| format!("the bench printed {text}"))?;
    let landed = landed()?;
    // Values that will be landed are not compared with those that were landed before.
    let before = if options.land { &Value::Null } else { &landed };
    let lines = budget::compare(&report["measured"], &before["values"]);
    if options.json {
        println!("{:#}", budget::json(&report, &lines));
    } else {
        print!("{}", budget::table(&report, &landed, &lines));
    }
    if options.land {
        let text = format!("{:#}\n", budget::landed(&report, landed));
        fs::write(landed_path(), text).context("writing docs/bench-web.json")?;
    }
    match lines.iter().filter(|line| line.verdict.fails()).count() {
        0 => Ok(()),
        n => bail!("{n} of the values exceed their budgets"),
    }
}

fn options(args: &[String]) -> Result<Options> {
    let mut options = Options::default();
    for arg in args {
        match arg.as_str() {
            "--land" => options.land = true,
            "--built" => options.built = true,
            "--json" => options.json = true,
            name if MEASUREMENTS.contains(&name) => options.measurements.push(name.to_owned()),
            other => bail!("bench web does not know `{other}`\n\n{HELP}"),
        }
    }
    if options.land && options.built {
        bail!("--land wants a release build made now: leave --built out");
    }
    Ok(options)
}

/// An artifact of the network for the inference benchmark, with 32-bit weights. Its quality does
/// not matter, so it is trained for a few steps only.
fn artifact() -> Result<PathBuf> {
    let home = place::made(place::cache()?.join("bench-web"))?;
    let [data, fitted] = ["data", "run"].map(|name| home.join(name));
    for old in [&data, &fitted] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| format!("removing {}", old.display()))?;
        }
    }
    let ssim = || run::program(place::native_target()?.join("release/ssim"));
    let mut prepare = ssim()?;
    prepare.args(["prepare", "synthetic", "--rows", "60000", "--json", "--out"]).arg(&data);
    run::text(&mut prepare)?;
    let mut fit = ssim()?;
    fit.args(["fit", "--method", "ssim", "--preset", "demo", "--max-steps", "20", "--json"]);
    fit.args(["--set", "model.dim=16", "--set", "model.mlp=[256,128,64]"]);
    run::text(fit.arg("--data").arg(&data).arg("--out").arg(&fitted))?;
    let artifact = home.join("network.ssim");
    let mut export = ssim()?;
    export.args(["export", "--single", "--json", "--run"]).arg(&fitted);
    run::text(export.arg("--out").arg(&artifact))?;
    Ok(artifact)
}

fn landed_path() -> PathBuf {
    place::root().join("docs/bench-web.json")
}

/// The values that were landed last, or null if there are none.
fn landed() -> Result<Value> {
    let path = landed_path();
    if !path.exists() {
        return Ok(Value::Null);
    }
    let text = fs::read_to_string(&path).context("reading docs/bench-web.json")?;
    serde_json::from_str(&text).context("docs/bench-web.json")
}
