//! The standard library for wasm32. It comes from rustup, or is built from Debian's Rust sources if
//! rustup cannot fetch it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{apt, place, run};

/// The name of the wasm32 target.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// The name that rustup knows Debian's compiler by.
const DEBIAN: &str = "web";

/// The source that the standard library is taken from.
#[derive(Clone, Copy, PartialEq)]
pub enum StdSource {
    /// rustup, or Debian if rustup fails.
    Any,
    Rustup,
    Debian,
}

/// A command of cargo that can build for wasm32. The standard library is installed if it is
/// missing.
pub fn cargo() -> Result<Command> {
    let mut command = run::program("cargo")?;
    on_toolchain(&mut command)?;
    Ok(command)
}

/// Prepares `command`, which is cargo or a program that calls it, for wasm32.
pub fn on_toolchain(command: &mut Command) -> Result<()> {
    if let Some(toolchain) = ensure(StdSource::Any)? {
        // Cargo has put its own compiler's libraries on this path, and they do not fit the other
        // compiler.
        command.env("RUSTUP_TOOLCHAIN", toolchain).env_remove("LD_LIBRARY_PATH");
    }
    command.env("CARGO_TARGET_DIR", place::web_target()?);
    Ok(())
}

/// Makes sure that a compiler on this machine has the wasm32 standard library. Gives back the
/// rustup toolchain to choose, or `None` for the one in use.
///
/// # Errors
/// When the source cannot be installed.
pub fn ensure(source: StdSource) -> Result<Option<&'static str>> {
    if source != StdSource::Debian {
        if library_of(None).is_some() {
            return Ok(None);
        }
        if source == StdSource::Any && library_of(Some(DEBIAN)).is_some() {
            return Ok(Some(DEBIAN));
        }
        eprintln!("wasm32 standard library: not here, asking rustup for it (a few seconds)");
        let mut add = run::program("rustup")?;
        add.args(["target", "add", TARGET]);
        if run::succeeds_within(&mut add, Duration::from_secs(120))? && library_of(None).is_some() {
            eprintln!("wasm32 standard library: taken from rustup");
            return Ok(None);
        }
        if source == StdSource::Rustup {
            bail!("rustup could not fetch the {TARGET} standard library");
        }
        eprintln!(
            "wasm32 standard library: rustup could not fetch it, taking Debian's Rust sources"
        );
    }
    if library_of(Some(DEBIAN)).is_none() {
        from_debian()?;
        eprintln!(
            "wasm32 standard library: built from Debian's sources, as rustup toolchain `{DEBIAN}`"
        );
    }
    Ok(Some(DEBIAN))
}

/// The folder of a toolchain's wasm32 standard library; `None` if the toolchain has none.
fn library_of(toolchain: Option<&str>) -> Option<PathBuf> {
    let mut rustc = run::program("rustc").ok()?;
    if let Some(toolchain) = toolchain {
        rustc.env("RUSTUP_TOOLCHAIN", toolchain).env_remove("LD_LIBRARY_PATH");
    }
    let dir = run::text(rustc.args(["--print", "target-libdir", "--target", TARGET])).ok()?;
    let dir = PathBuf::from(dir.trim());
    rlibs(&dir).ok()?.iter().any(|file| name(file).starts_with("libstd-")).then_some(dir)
}

/// Installs Debian's Rust beside rustup's (compiler, sources and linker), and builds the standard
/// library from its sources.
fn from_debian() -> Result<()> {
    eprintln!(
        "installing Debian's Rust with sources and LLVM's linker, then building std for wasm32 (about 3 minutes, once)"
    );
    apt::install(
        &["rustc-web", "cargo-web", "rust-web-clippy", "rust-web-src", "lld-22"],
        "the wasm32 standard library",
    )?;
    let rustc = "/usr/bin/rustc";
    let sysroot =
        run::text(run::program(rustc)?.env_remove("LD_LIBRARY_PATH").args(["--print", "sysroot"]))?;
    let rustlib = Path::new(sysroot.trim()).join("lib/rustlib");
    let host = run::text(
        run::program(rustc)?.env_remove("LD_LIBRARY_PATH").args(["--print", "host-tuple"]),
    )?;

    let linkers = rustlib.join(host.trim()).join("bin");
    root(&["mkdir", "-p"], [&linkers])?;
    root(&["ln", "-sfn", "/usr/lib/llvm-22/bin/lld"], [linkers.join("rust-lld")])?;

    let built = build_std(rustc)?;
    let library = rustlib.join(TARGET).join("lib");
    // The compiler refuses two builds of one crate in this folder, so it is emptied first.
    root(&["rm", "-rf"], [&library])?;
    root(&["mkdir", "-p"], [&library])?;
    root(&["cp", "--target-directory"], std::iter::once(&library).chain(&built))?;
    run::check(run::program("rustup")?.args(["toolchain", "link", DEBIAN, sysroot.trim()]))?;
    if library_of(Some(DEBIAN)).is_none() {
        bail!(
            "`rustc +{DEBIAN}` does not find the standard library put into {}",
            library.display()
        );
    }
    Ok(())
}

/// Compiles std and the crates below it for wasm32, as dependencies of an empty crate, and gives
/// back the libraries.
fn build_std(rustc: &str) -> Result<Vec<PathBuf>> {
    let dir = place::cache()?.join("wasm-std");
    if dir.exists() {
        // An older compiler may have built what is there.
        fs::remove_dir_all(&dir).with_context(|| format!("removing {}", dir.display()))?;
    }
    fs::write(place::made(dir.join("src"))?.join("lib.rs"), "")?;
    fs::write(
        dir.join("Cargo.toml"),
        "[package]\nname = \"std-for-wasm\"\nedition = \"2021\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n",
    )?;
    let mut build = run::program("/usr/bin/cargo")?;
    build
        .current_dir(&dir)
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env("RUSTC", rustc)
        .env("CARGO_TARGET_DIR", dir.join("target"))
        .env("RUSTC_BOOTSTRAP", "1")
        // Link-time optimisation of the page needs the bitcode.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .args(["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,test"]);
    run::check(&mut build)?;
    rlibs(&dir.join("target").join(TARGET).join("release/deps"))
}

/// The Rust libraries in a folder.
fn rlibs(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))?;
    let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    Ok(files.into_iter().filter(|file| file.extension() == Some(OsStr::new("rlib"))).collect())
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Runs the command line of `words` followed by `paths` as root.
fn root(words: &[&str], paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Result<()> {
    let mut command = apt::as_root(words[0])?;
    command.args(&words[1..]);
    for path in paths {
        command.arg(path.as_ref());
    }
    run::check(&mut command)
}
