//! The PyTorch side: its data and its two command lines.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Case, Options};
use crate::{place, run};

/// A million made rows, kept in the cache; with a table so many times as long.
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

/// A folder that is made where it is not there: aside and moved, so that an interrupted run leaves nothing that
/// looks finished.
fn made(folder: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    if !folder.join("meta.json").exists() {
        let part = place::made(folder.with_extension("part"))?;
        make(&part)?;
        fs::rename(&part, folder).with_context(|| format!("moving {}", part.display()))?;
    }
    Ok(folder.to_owned())
}

/// The length of the table.
pub fn ids(data: &Path) -> Result<Value> {
    let path = data.join("meta.json");
    let meta = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_str::<Value>(&meta)?["features"].clone())
}

/// PyTorch's ways to multiply f32 matrices: by MKL, which takes AVX-512 on Intel's processors only,
/// and by oneDNN, which may round to bf16 where the processor has matrix units.
const MODES: [(&str, &str); 2] = [("mkl", ""), ("onednn", "medium")];

/// PyTorch's way to multiply matrices of rounded factors.
const AUTOCAST: (&str, &str) = ("bf16", "autocast");

/// Prints how far off a product is that torch computes with a precision, relative to its largest value.
const PROBE: &str = "
import sys, torch
torch.set_float32_matmul_precision(sys.argv[1] or 'highest')
a, b = torch.randn(2048, 256), torch.randn(1024, 256)
exact = a.double() @ b.double().T
print(((torch.nn.functional.linear(a, b) - exact).abs().max() / exact.abs().max()).item())
";

/// The ways to multiply in the wanted format: for f32 those of the [`MODES`] that do so on this processor.
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

/// The fastest f32 PyTorch known, with one of the [`modes`]: same gradients, less work, cheap
/// random bits.
pub fn best(options: &Options, case: &Case, share: &str, precision: &str) -> Result<Command> {
    let script = match own(case) {
        true => place::root().join("benches/train/star_hmoe.py"),
        false => anchor(options, "ssim_torch.py")?,
    };
    let mut command = bench(options, case, &script, "bench")?;
    // Ours stands on the opponent's harness.
    command.env("PYTHONPATH", place::root().join(&options.anchor).canonicalize()?);
    command.args(["--bf16", precision, "--fastdrop", "--force_share", share]);
    Ok(command)
}

/// Whether the opponent for this backbone is in this repository.
fn own(case: &Case) -> bool {
    ["star", "hmoe"].contains(&&*case.backbone)
}

/// The published method as its users run it, where there is a program of it, in f32: every tower on every row, so
/// its search has no share.
pub fn plain(options: &Options, case: &Case) -> Result<Option<Command>> {
    if own(case) || options.precision == "bf16" {
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
