//! The sides of a comparison: their command lines, and what is measured of a run.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use wait4::Wait4;

use super::pace::{self, Pace};
use super::{Case, Options};
use crate::{bench::vacant, place, run};

/// A side.
pub struct Side {
    pub name: &'static str,
    program: Program,
    args: &'static [&'static str],
}

/// The program of a side.
#[derive(Clone, Copy, PartialEq)]
enum Program {
    Ours,
    Before,
    Torch,
}

const LAZY: &[&str] = &["--set", "train.embedding_optimizer=lazy-adam"];

/// All sides.
const SIDES: &[Side] = &[
    Side { name: "ours", program: Program::Ours, args: &[] },
    Side { name: "lazy", program: Program::Ours, args: LAZY },
    Side { name: "before", program: Program::Before, args: &[] },
    Side { name: "flush", program: Program::Torch, args: &["--flush"] },
    Side { name: "default", program: Program::Torch, args: &[] },
    Side { name: "sparse", program: Program::Torch, args: &["--flush", "--sparse"] },
];

/// The side of this name.
pub fn find(name: &str) -> Result<&'static Side> {
    let names = || SIDES.iter().map(|side| side.name).collect::<Vec<_>>().join(", ");
    let found = SIDES.iter().find(|side| side.name == name);
    found.with_context(|| format!("--sides: expected some of {}, got `{name}`", names()))
}

/// A whole fit of one side.
pub struct WholeFit {
    pub side: &'static str,
    pub seconds: f64,
    pub cpu_seconds: f64,
    /// The largest resident memory, in bytes.
    pub peak: f64,
    /// The AUC of the test rows; `None` if a phase was stopped.
    pub auc: Option<f64>,
    pub phases: Vec<Pace>,
}

/// The path of this program's release build.
pub fn program() -> Result<PathBuf> {
    Ok(place::native_target()?.join("release/ssim"))
}

impl Side {
    /// Runs a case to its end, and measures it.
    pub fn run(
        &self,
        options: &Options,
        case: &Case,
        data: &Path,
        home: &Path,
    ) -> Result<WholeFit> {
        let out = vacant(home, "run")?;
        let mut command = self.command(options, case, data, &out)?;
        let start = Instant::now();
        let mut child = command.stdout(Stdio::piped()).spawn().context(self.name)?;
        let mut text = String::new();
        let stdout = child.stdout.take().context("the output of a child")?;
        std::io::BufReader::new(stdout).read_to_string(&mut text)?;
        let used = child.wait4()?;
        let seconds = start.elapsed().as_secs_f64();
        if !used.status.success() {
            bail!("{} failed ({})", self.name, used.status);
        }
        let report: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
        let phases = match self.program {
            Program::Torch => pace::of_report(&report),
            _ => pace::of_journal(&out.join("metrics.jsonl"), options.shape.batch as f64)?,
        };
        if out.exists() {
            fs::remove_dir_all(&out).context("removing the run")?;
        }
        let missing: f64 = phases.iter().map(Pace::missing).sum();
        let auc = report.pointer("/test/auc").or(report.pointer("/test_auc"));
        Ok(WholeFit {
            side: self.name,
            seconds: seconds + missing,
            cpu_seconds: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
            peak: used.rusage.maxrss as f64,
            auc: auc.and_then(Value::as_f64).filter(|_| missing == 0.0),
            phases,
        })
    }

    fn command(&self, options: &Options, case: &Case, data: &Path, out: &Path) -> Result<Command> {
        let folder = place::root().join("benches/fit");
        let settings = folder.join("settings.toml");
        let mut command = match self.program {
            Program::Torch => {
                let mut torch = run::program(&options.python)?;
                torch.arg("-B").arg(folder.join("fit.py")).arg("--settings").arg(settings);
                torch.args(["--limit", &options.limit]);
                torch
            }
            program => {
                let before = options.before.as_ref().map(|path| place::root().join(path));
                let before = before.filter(|_| program == Program::Before);
                let mut ssim = run::program(before.map_or_else(self::program, Ok)?)?;
                ssim.args(["fit", "--json", "--out"]).arg(out).arg("--config").arg(settings);
                ssim
            }
        };
        command.arg("--data").arg(data).args(["--threads", &options.threads, "--seed", "1"]);
        command.args(["--method", &case.method, "--backbone", &case.backbone]).args(self.args);
        for setting in options.shape.settings() {
            command.args(["--set", &setting]);
        }
        Ok(command)
    }
}
