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

/// The fastest f32 PyTorch known: same gradients, less work, oneDNN's GEMM, cheap random bits.
pub fn best(options: &Options, data: &Path, share: &str) -> Result<Command> {
    let mut command = script(options, data, "bench")?;
    command.args(["--bf16", "medium", "--fastdrop", "--force_share", share]);
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
