//! The PyTorch sides of the benchmark: their data and their command lines.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Case, Options};
use crate::{place, run};

/// The folder of a million generated rows, kept in the cache. `widen` says how many times as long
/// the table is.
pub fn data(options: &Options, widen: &str) -> Result<PathBuf> {
    let cache = place::cache()?;
    let rows = made(&cache.join("anchor-data"), |part| {
        eprintln!("making the benchmark's data (1 M rows, minutes, once)");
        run::check(python(options, &anchor(options, "gen.py")?)?.arg("--out").arg(part))
    })?;
    if widen == "1" {
        return Ok(rows);
    }
    made(&cache.join(format!("anchor-data-{widen}")), |part| {
        let script = place::root().join("benches/train/widen.py");
        run::check(python(options, &script)?.arg(&rows).arg(part).arg(widen))
    })
}

/// The folder, which `make` fills if it is missing. It is filled under another name and then moved,
/// so that an interrupted run leaves nothing that looks finished.
fn made(folder: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    if !folder.join("meta.json").exists() {
        let part = place::made(folder.with_extension("part"))?;
        make(&part)?;
        fs::rename(&part, folder).with_context(|| format!("moving {}", part.display()))?;
    }
    Ok(folder.to_owned())
}

/// The number of ids, which is the length of the table.
pub fn ids(data: &Path) -> Result<Value> {
    let path = data.join("meta.json");
    let meta = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_str::<Value>(&meta)?["features"].clone())
}

/// The ways in which PyTorch multiplies f32 matrices, each with its precision: MKL, which uses
/// AVX-512 on Intel's processors only, and oneDNN, which may round to bf16 on processors with
/// matrix units.
const MODES: [(&str, &str); 2] = [("mkl", ""), ("onednn", "medium")];

/// The way in which PyTorch multiplies matrices of rounded factors.
const AUTOCAST: (&str, &str) = ("bf16", "autocast");

/// A Python program that prints the error of a product in torch with a given precision, relative to
/// the largest value.
const PROBE: &str = "
import sys, torch
torch.set_float32_matmul_precision(sys.argv[1] or 'highest')
a, b = torch.randn(2048, 256), torch.randn(1024, 256)
exact = a.double() @ b.double().T
print(((torch.nn.functional.linear(a, b) - exact).abs().max() / exact.abs().max()).item())
";

/// The ways to multiply in the format of the options. For f32 these are the [`MODES`] that do not
/// round more on this processor.
pub fn modes(options: &Options) -> Result<Vec<(&'static str, &'static str)>> {
    if options.precision == "bf16" {
        return Ok(vec![AUTOCAST]);
    }
    let mut modes = Vec::new();
    for (mode, precision) in MODES {
        let mut probe = run::program(&options.python)?;
        let off = run::text(probe.args(["-c", PROBE, precision]))?;
        let off: f64 = off.trim().parse().with_context(|| format!("torch printed {off}"))?;
        if off < 1e-5 {
            modes.push((mode, precision));
        } else {
            eprintln!(
                "torch with {mode} is left out: here its products are off by {off:.0e}, which is not f32"
            );
        }
    }
    Ok(modes)
}

/// The command of the fastest PyTorch that we know, with one of the [`modes`]. It computes the same
/// gradients with less work, and with cheap random bits.
pub fn best(options: &Options, case: &Case, share: &str, precision: &str) -> Result<Command> {
    let script = match is_ours(case) {
        true => place::root().join("benches/train/star_hmoe.py"),
        false => anchor(options, "ssim_torch.py")?,
    };
    let mut command = bench(options, case, &script, "bench")?;
    // The script in this repository imports modules of the opponent.
    command.env("PYTHONPATH", place::root().join(&options.anchor).canonicalize()?);
    command.args(["--bf16", precision, "--fastdrop", "--force_share", share]);
    Ok(command)
}

/// Whether the opponent for this backbone is a script in this repository.
fn is_ours(case: &Case) -> bool {
    ["star", "hmoe"].contains(&&*case.backbone)
}

/// The command of the published method in f32, the way its users run it; `None` if there is no
/// program of it for this case. It computes every tower on every row, so its search does not depend
/// on the share.
pub fn plain(options: &Options, case: &Case) -> Result<Option<Command>> {
    if is_ours(case) || options.precision == "bf16" {
        return Ok(None);
    }
    bench(options, case, &anchor(options, "ssim_torch.py")?, "plain").map(Some)
}

fn bench(options: &Options, case: &Case, script: &Path, what: &str) -> Result<Command> {
    let mut command = python(options, script)?;
    command.args([what, "--threads", &options.threads, "--steps", &options.steps]);
    command.args(["--model", &case.backbone, "--data"]).arg(&case.data);
    Ok(command)
}

fn anchor(options: &Options, script: &str) -> Result<PathBuf> {
    let script = place::root().join(&options.anchor).join(script);
    script.canonicalize().with_context(|| format!("there is no {}", script.display()))
}

fn python(options: &Options, script: &Path) -> Result<Command> {
    let mut command = run::program(&options.python)?;
    command.arg(script);
    Ok(command)
}
