//! The PyTorch side: its data and its two command lines.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::Options;
use crate::{place, run};

/// A million made rows, kept in the cache.
pub fn data(options: &Options) -> Result<PathBuf> {
    let data = place::cache()?.join("anchor-data");
    if !data.join("meta.json").exists() {
        eprintln!("making the benchmark's data (1 M rows, minutes, once)");
        // Made aside and moved, so that an interrupted run leaves nothing that looks finished.
        let made = place::made(place::cache()?.join("anchor-data.part"))?;
        run::check(python(options, "gen.py")?.arg("--out").arg(&made))?;
        fs::rename(&made, &data).with_context(|| format!("moving {}", made.display()))?;
    }
    Ok(data)
}

/// PyTorch's ways to multiply f32 matrices: by MKL, which takes AVX-512 on Intel's processors only,
/// and by oneDNN, which may round to bf16 where the processor has matrix units.
pub const MODES: [(&str, &str); 2] = [("mkl", ""), ("onednn", "medium")];

/// Prints how far off a product is that torch computes with a precision, relative to its largest value.
const PROBE: &str = "
import sys, torch
torch.set_float32_matmul_precision(sys.argv[1] or 'highest')
a, b = torch.randn(2048, 256), torch.randn(1024, 256)
exact = a.double() @ b.double().T
print(((torch.nn.functional.linear(a, b) - exact).abs().max() / exact.abs().max()).item())
";

/// Those of the [`MODES`] that compute in f32 on this processor.
pub fn modes(options: &Options) -> Result<Vec<(&'static str, &'static str)>> {
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

/// The fastest f32 PyTorch known, with one of the [`MODES`]: same gradients, less work, cheap
/// random bits.
pub fn best(options: &Options, data: &Path, share: &str, precision: &str) -> Result<Command> {
    let mut command = script(options, data, "bench")?;
    command.args(["--bf16", precision, "--fastdrop", "--force_share", share]);
    Ok(command)
}

/// The published method as its users run it: every tower on every row, so its search has no share.
pub fn plain(options: &Options, data: &Path) -> Result<Command> {
    script(options, data, "plain")
}

fn script(options: &Options, data: &Path, what: &str) -> Result<Command> {
    let mut command = python(options, "ssim_torch.py")?;
    command
        .args([what, "--threads", &options.threads, "--steps", &options.steps, "--data"])
        .arg(data);
    Ok(command)
}

fn python(options: &Options, script: &str) -> Result<Command> {
    let script = place::root().join(&options.anchor).join(script);
    let script =
        script.canonicalize().with_context(|| format!("there is no {}", script.display()))?;
    let mut command = run::program(&options.python)?;
    command.arg(script);
    Ok(command)
}
