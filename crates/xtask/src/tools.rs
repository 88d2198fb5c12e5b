//! Programs this project needs and where each comes from. Asking for one installs it, once.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::{apt, place, run};

/// The bundler of the page.
const TRUNK: &str = "0.21.14";
/// The bookbinder.
const MDBOOK: &str = "0.5.4";

/// trunk: builds page and worker.
pub fn trunk() -> Result<()> {
    // Its release server, update check and TLS are of no use here and take as long again to compile.
    installed("trunk", "trunk", TRUNK, &["--no-default-features"], 6)
}

/// mdbook: builds the book.
pub fn mdbook() -> Result<()> {
    // Neither its server nor its watching is of use here.
    installed("mdbook", "mdbook", MDBOOK, &["--no-default-features", "--features", "search"], 4)
}

/// wasm-bindgen and its test runner, in the version that the lock file names: they must be the same.
pub fn wasm_bindgen() -> Result<()> {
    let lock =
        fs::read_to_string(place::root().join("Cargo.lock")).context("reading Cargo.lock")?;
    let version = lock
        .split_once("name = \"wasm-bindgen\"\nversion = \"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .context("Cargo.lock names no wasm-bindgen")?
        .0;
    installed("wasm-bindgen-cli", "wasm-bindgen", version, &["--no-default-features"], 3)
}

/// A program from crates.io, built into the cache.
fn installed(
    package: &str,
    binary: &str,
    version: &str,
    flags: &[&str],
    minutes: u32,
) -> Result<()> {
    let tools = place::tools()?;
    let program = tools.join("bin").join(binary);
    let there = program.exists()
        && run::text(run::program(&program)?.arg("--version"))?
            .split_whitespace()
            .any(|word| word.trim_start_matches('v') == version);
    if there {
        return Ok(());
    }
    eprintln!("installing {package} {version} with cargo (about {minutes} minutes, once)");
    let build = tools.join("build");
    let install = |locked: &[&str]| -> Result<()> {
        let mut install = run::program("cargo")?;
        install
            .args(["install", "--quiet", "--force", package, "--version", &format!("={version}")])
            .args(locked)
            .args(flags)
            .arg("--root")
            .arg(&tools)
            .arg("--target-dir")
            .arg(&build)
            // Fast to build beats fast to run: each runs for seconds.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        run::check(&mut install)
    };
    if let Err(error) = install(&["--locked"]) {
        // A registry mirror can lack a version that the package's own lock file names.
        eprintln!("{error:#}; once more, with the versions this registry has");
        install(&[])?;
    }
    fs::remove_dir_all(&build).with_context(|| format!("removing {}", build.display()))
}

/// wasm-opt, from the npm package that `crates/xtask/npm` pins.
pub fn wasm_opt() -> Result<()> {
    let home = place::made(place::cache()?.join("npm"))?;
    let pinned = place::root().join("crates/xtask/npm");
    npm("wasm-opt (binaryen)", &pinned, &home)
}

/// What the browser tests import, where node looks for it.
pub fn playwright() -> Result<()> {
    let tests = place::root().join("tests/browser");
    npm("playwright-core and axe", &tests, &tests)
}

/// What the bench of the page imports: the browser's driver, and the program that inference is compared with.
pub fn web_bench() -> Result<()> {
    let bench = place::root().join("benches/web");
    npm("playwright-core and onnxruntime-web (160 MB)", &bench, &bench)
}

/// `npm ci` of the packages pinned in `pinned`, into `home`; skipped while the lock is the one installed last.
fn npm(what: &str, pinned: &PathBuf, home: &PathBuf) -> Result<()> {
    let lock = fs::read(pinned.join("package-lock.json"))
        .with_context(|| format!("reading {}/package-lock.json", pinned.display()))?;
    let stamp = home.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|last| last == lock) {
        return Ok(());
    }
    node()?;
    eprintln!("installing {what} with npm (seconds)");
    if pinned != home {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(pinned.join(file), home.join(file))
                .with_context(|| format!("copying {file}"))?;
        }
    }
    let mut ci = run::program("npm")?;
    run::check(ci.current_dir(home).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    fs::write(&stamp, lock).with_context(|| format!("writing {}", stamp.display()))
}

/// node and npm.
pub fn node() -> Result<()> {
    for program in ["node", "npm"] {
        if run::which(program).is_none() {
            bail!("{program} is not on the path: install Node.js 20 or newer");
        }
    }
    Ok(())
}

/// A Chromium for the browser tests.
pub fn chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("SSIM_CHROMIUM") {
        return Ok(path.into());
    }
    let found =
        || ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(run::which);
    if let Some(path) = found() {
        return Ok(path);
    }
    eprintln!("installing Chromium with apt (about a minute, once)");
    // Without a font of its own the page would be measured in boxes.
    apt::install(&["chromium", "fonts-liberation"], "the browser tests")?;
    found().context("apt installed chromium, yet there is none on the path")
}
