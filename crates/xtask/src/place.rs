//! Where things are: the checkout, the cache, the build outputs.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The top of the checkout.
pub fn root() -> PathBuf {
    // Cargo says at run time where this package lies; the compiled-in path serves a binary started by hand.
    let package =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let package = PathBuf::from(package);
    package.ancestors().nth(2).map(Path::to_path_buf).unwrap_or(package)
}

/// Tools, build outputs and made data, shared by every checkout of this user.
pub fn cache() -> Result<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("SSIM_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("ssim")))
        .or_else(|| set("HOME").map(|dir| dir.join(".cache/ssim")))
        .context("nowhere to keep tools: set SSIM_CACHE to a folder (neither XDG_CACHE_HOME nor HOME is set)")
}

/// Native build outputs.
pub fn native_target() -> Result<PathBuf> {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => Ok(root().join(dir)),
        None => Ok(cache()?.join("target")),
    }
}

/// wasm32 build outputs: a folder of their own, because their compiler may be another one.
pub fn web_target() -> Result<PathBuf> {
    Ok(cache()?.join("target-web"))
}

/// The built page, as `Trunk.toml` says.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The built book.
pub fn book() -> PathBuf {
    root().join("dist-book")
}

/// Programs installed for this project alone.
pub fn tools() -> Result<PathBuf> {
    Ok(cache()?.join("tools"))
}

/// Makes a folder and returns it.
pub fn made(dir: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
    Ok(dir)
}
