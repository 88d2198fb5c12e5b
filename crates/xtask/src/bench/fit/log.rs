//! The log that all sides train on, and the folder that `ssim prepare` makes of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result};

use super::{Case, Options, side};
use crate::{
    bench::vacant,
    place,
    run::{self, program},
};

/// Rows for validation and as many for the test: a twentieth of the train rows, within these limits.
const OTHER: (usize, usize) = (20_000, 200_000);

/// The prepared folder of a case. The log is kept in the cache until its generator changes, and is
/// prepared anew, since the program may have changed.
pub fn prepared(options: &Options, case: &Case, home: &Path) -> Result<PathBuf> {
    let log = log(options, case, home)?;
    let data = vacant(home, "data")?;
    let mut prepare = program(side::program()?)?;
    prepare.args(["prepare", "table", "--json", "--raw"]).arg(log.join("log.parquet"));
    prepare.arg("--schema").arg(log.join("log.toml")).arg("--out").arg(&data);
    run::check(prepare.stdout(Stdio::null()))?;
    Ok(data)
}

fn log(options: &Options, case: &Case, home: &Path) -> Result<PathBuf> {
    let script = place::root().join("benches/fit/generate.py");
    let source = fs::read(&script).with_context(|| format!("reading {}", script.display()))?;
    let train = options.shape.rows();
    let name = format!("log-{train}-{}-{}", case.ids, case.scenarios);
    if fs::read(home.join(&name).join("generate.py")).is_ok_and(|made_by| made_by == source) {
        return Ok(home.join(name));
    }
    // It is written under another name and moved, so that an interrupted run leaves nothing that
    // looks finished.
    let part = vacant(home, "log.part")?;
    let mut generate = program(&options.python)?;
    generate.arg(&script).arg("--out").arg(&part);
    let other = (train / 20).clamp(OTHER.0, OTHER.1);
    for (flag, number) in [
        ("--train", train),
        ("--other", other),
        ("--ids", case.ids),
        ("--scenarios", case.scenarios),
    ] {
        generate.arg(flag).arg(number.to_string());
    }
    run::check(&mut generate)?;
    fs::write(part.join("generate.py"), source).context("noting the generator")?;
    let log = vacant(home, &name)?;
    fs::rename(&part, &log).context("moving the log")?;
    Ok(log)
}
