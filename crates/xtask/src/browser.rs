//! The browser tests: node runs `tests/browser/*.test.mjs` against the built page and book in a
//! real Chromium.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::{native, place, run, tools};

pub fn test() -> Result<()> {
    tools::playwright()?;
    let chromium = tools::chromium()?;
    let dir = place::root().join("tests/browser");
    let mut files = Vec::new();
    for entry in fs::read_dir(&dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("there is no *.test.mjs in {}", dir.display());
    }
    files.sort();
    let mut node = run::program("node")?;
    // One file at a time: several browsers on few cores slow each other down.
    node.args(["--test", "--test-concurrency=1"]).args(files);
    node.env("SSIM_WEB_DIST", place::dist()).env("SSIM_BOOK", place::book());
    node.env("SSIM_CHROMIUM", chromium).env("SSIM_BIN", native::build()?);
    run::check(&mut node)
}
