//! The Pythons that tests and benchmarks need. `cargo xtask test python` tests that PyTorch, DuckDB,
//! Spark and Ray can use a list of shared rows.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::{apt, native, place, run};

/// Runs the snippets of the book and the example jobs.
pub fn test() -> Result<()> {
    let python = python()?;
    if run::which("java").is_none() {
        apt::install(&["openjdk-17-jre-headless"], "Spark")?;
    }
    let ssim = native::build()?;
    let mut test = run::program(python)?;
    test.args(["-m", "unittest", "discover", "--verbose", "--start-directory", "tests/python"]);
    run::check(test.env("SSIM", ssim))
}

/// The Python that `SSIM_PYTHON` names, or one in the cache, into which the packages are installed.
fn python() -> Result<PathBuf> {
    environment("python", "tests/python/requirements.txt", "PyTorch, Spark, Ray and DuckDB")
}

/// The Python of `cargo xtask bench fit`, found or installed in the same way.
pub fn for_fits() -> Result<String> {
    let python = environment("python-fit", "benches/fit/requirements.txt", "PyTorch")?;
    Ok(python.display().to_string())
}

/// The Python that `SSIM_PYTHON` names, or that of an environment in the cache with the packages of
/// a list. `what` says for people which packages these are.
fn environment(name: &str, packages: &str, what: &str) -> Result<PathBuf> {
    if let Some(python) = std::env::var_os("SSIM_PYTHON") {
        return Ok(python.into());
    }
    let home = place::cache()?.join(name);
    let wanted = place::root().join(packages);
    let text = fs::read(&wanted).with_context(|| wanted.display().to_string())?;
    let stamp = home.join("installed.txt");
    if !fs::read(&stamp).is_ok_and(|last| last == text) {
        eprintln!("fetching {what} from PyPI (4 to 6 GB, once)");
        run::check(run::program("python3")?.args(["-m", "venv"]).arg(&home))?;
        let mut pip = run::program(home.join("bin/pip"))?;
        run::check(pip.args(["install", "--quiet", "--requirement"]).arg(&wanted))?;
        fs::write(&stamp, text).with_context(|| format!("writing {}", stamp.display()))?;
    }
    Ok(home.join("bin/python"))
}
