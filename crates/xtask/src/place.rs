//! The paths of the checkout, of the cache and of build outputs.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The top of the checkout.
pub fn root() -> PathBuf {
    // Cargo sets the variable when it runs this program. A program that is started by hand uses the
    // path from compile time.
    let package =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let package = PathBuf::from(package);
    package.ancestors().nth(2).map(Path::to_path_buf).unwrap_or(package)
}

/// The folder for tools, build outputs and generated data, which all checkouts of this user share.
pub fn cache() -> Result<PathBuf> {
    folder("SSIM_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|dir| dir.join("ssim")))
        .or_else(|| folder("HOME").map(|dir| dir.join(".cache/ssim")))
        .context("nowhere to keep tools: set SSIM_CACHE to a folder (neither XDG_CACHE_HOME nor HOME is set)")
}

/// The folder that an environment variable names; `None` if it is not set or empty.
fn folder(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The folder for native build outputs.
pub fn native_target() -> Result<PathBuf> {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => Ok(root().join(dir)),
        None => Ok(cache()?.join("target")),
    }
}

/// The folder for build outputs of wasm32. It is another folder because another compiler may be
/// used.
pub fn web_target() -> Result<PathBuf> {
    Ok(cache()?.join("target-web"))
}

/// The folder of the built page, as `Trunk.toml` names it.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The folder of the built book.
pub fn book() -> PathBuf {
    root().join("dist-book")
}

/// The folder for programs that are installed for this project only.
pub fn tools() -> Result<PathBuf> {
    Ok(cache()?.join("tools"))
}

/// Makes the folder if it is missing, and gives back its path.
pub fn made(dir: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
    Ok(dir)
}
