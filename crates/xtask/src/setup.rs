//! `cargo xtask setup`: installs everything that the page and its tests need.

use anyhow::{Result, bail};

use crate::{
    place, tools,
    wasm_std::{self, StdSource},
};

pub fn chore(args: &[String]) -> Result<()> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let (source, parts) = match words[..] {
        ["--wasm-std", "rustup", ref rest @ ..] => (StdSource::Rustup, rest),
        ["--wasm-std", "debian", ref rest @ ..] => (StdSource::Debian, rest),
        ref rest => (StdSource::Any, rest),
    };
    if let Some(unknown) = parts.iter().find(|part| !["--web", "--browser"].contains(part)) {
        bail!("setup knows --web and --browser, after [--wasm-std rustup|debian]; not `{unknown}`");
    }
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    match wasm_std::ensure(source)? {
        None => eprintln!("wasm32 standard library: of the compiler in use"),
        Some(toolchain) => eprintln!("wasm32 standard library: of rustup toolchain `{toolchain}`"),
    }
    if wanted("--web") {
        page()?;
    }
    if wanted("--browser") {
        tools::playwright()?;
        eprintln!("browser: {}", tools::chromium()?.display());
    }
    eprintln!("tools: {}", place::tools()?.join("bin").display());
    Ok(())
}

/// Installs the programs that build the page.
pub fn page() -> Result<()> {
    tools::wasm_bindgen()?;
    tools::trunk()?;
    tools::wasm_opt()
}
