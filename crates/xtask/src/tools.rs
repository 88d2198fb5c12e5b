//! The programs that this project needs. Each function installs one, unless it is already here.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::{apt, place, run};

/// The version of trunk.
const TRUNK: &str = "0.21.14";
/// The version of mdbook.
const MDBOOK: &str = "0.5.4";
/// The version of cargo-deny.
const CARGO_DENY: &str = "0.20.2";

/// Installs trunk, which builds the page and its workers.
pub fn trunk() -> Result<()> {
    // Without its server, its update check and TLS it compiles twice as fast, and none of them is
    // used here.
    installed("trunk", "trunk", TRUNK, &["--no-default-features"], 6)
}

/// Installs mdbook, which builds the book.
pub fn mdbook() -> Result<()> {
    // Its server and its watching for changes are not used here.
    installed("mdbook", "mdbook", MDBOOK, &["--no-default-features", "--features", "search"], 4)
}

/// Installs cargo-deny, which checks licences, versions and sources of packages.
pub fn cargo_deny() -> Result<()> {
    installed("cargo-deny", "cargo-deny", CARGO_DENY, &[], 8)
}

/// Installs wasm-bindgen and its test runner. Their version must be that of the library in
/// Cargo.lock.
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

/// Builds a program from crates.io into the cache, unless this version of it is already there.
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
    // A registry's mirror can lack a version that the package's own lock file names, so a second
    // try takes the versions that the mirror has.
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
            // The tools run for seconds, so they are compiled fast and not made fast.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        run::check(&mut install)
    };
    if let Err(error) = install(&["--locked"]) {
        eprintln!("{error:#}; once more, with the versions this registry has");
        install(&[])?;
    }
    fs::remove_dir_all(&build).with_context(|| format!("removing {}", build.display()))
}

/// Installs wasm-opt from the npm package that `crates/xtask/npm` pins.
pub fn wasm_opt() -> Result<()> {
    let home = place::made(place::cache()?.join("npm"))?;
    let pinned = place::root().join("crates/xtask/npm");
    npm("wasm-opt (binaryen)", &pinned, &home)
}

/// Installs the packages that the browser tests import, where node looks for them.
pub fn playwright() -> Result<()> {
    let tests = place::root().join("tests/browser");
    npm("playwright-core and axe", &tests, &tests)
}

/// Installs the packages that the page's benchmark imports: the browser's driver, and
/// onnxruntime-web, which inference is compared with.
pub fn web_bench() -> Result<()> {
    let bench = place::root().join("benches/web");
    npm("playwright-core and onnxruntime-web (160 MB)", &bench, &bench)
}

/// Runs `npm ci` for the packages that `pinned` lists, in `home`, unless the same lock file was
/// installed last.
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

/// Checks that node and npm are here.
///
/// # Errors
/// Names the one that is missing; this project does not install them.
pub fn node() -> Result<()> {
    for program in ["node", "npm"] {
        if run::which(program).is_none() {
            bail!("{program} is not on the path: install Node.js 20 or newer");
        }
    }
    Ok(())
}

/// The path of a Chromium for the browser tests, which is installed if there is none.
pub fn chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("SSIM_CHROMIUM") {
        return Ok(path.into());
    }
    const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
    if let Some(path) = NAMES.into_iter().find_map(run::which) {
        return Ok(path);
    }
    eprintln!("installing Chromium with apt (about a minute, once)");
    // Without a font the browser draws boxes in place of letters, and measures those.
    apt::install(&["chromium", "fonts-liberation"], "the browser tests")?;
    NAMES
        .into_iter()
        .find_map(run::which)
        .context("apt installed chromium, yet there is none on the path")
}
