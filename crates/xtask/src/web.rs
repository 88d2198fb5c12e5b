//! `cargo xtask web`: builds the page and its workers with trunk, as `Trunk.toml` says.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{place, run, setup, wasm_std};

pub fn chore(args: &[String]) -> Result<()> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        [] => build(false),
        ["--release"] => build(true),
        _ => bail!("web knows --release only"),
    }
}

/// Builds the page into `dist`. The release build is the published one: it is small, and takes long
/// to make.
pub fn build(release: bool) -> Result<()> {
    setup::page()?;
    let mut trunk = run::program("trunk")?;
    wasm_std::on_toolchain(&mut trunk)?;
    trunk.arg("build");
    if release {
        trunk.arg("--release");
    }
    // trunk reads NO_COLOR as a flag with a value, and stops at "1".
    run::check(trunk.env_remove("NO_COLOR"))?;
    list(&place::dist())?;
    eprintln!("page: {}", place::dist().display());
    sizes(&place::dist())
}

/// The list of the files of the build, each with a digest.
const LIST: &str = "files.json";

/// Writes the list, by which `static/offline.js` keeps the page for use without a network.
fn list(dist: &Path) -> Result<()> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dist).with_context(|| format!("reading {}", dist.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && name != LIST {
            let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            let digest: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
            files.insert(name, digest);
        }
    }
    let path = dist.join(LIST);
    let json = serde_json::to_string_pretty(&files)?;
    fs::write(&path, json).with_context(|| format!("writing {}", path.display()))
}

/// Prints the sizes of the largest files that a browser fetches.
fn sizes(dist: &Path) -> Result<()> {
    let entries = fs::read_dir(dist).with_context(|| format!("reading {}", dist.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let meta = entry.metadata()?;
        if meta.is_file() {
            files.push((meta.len(), entry.file_name()));
        }
    }
    files.sort_by(|a, b| b.cmp(a));
    for (bytes, name) in files.iter().take(6) {
        eprintln!("  {:>8.1} kB  {}", *bytes as f64 / 1000.0, name.to_string_lossy());
    }
    Ok(())
}
