//! `cargo xtask program`: builds the page, and the program that carries it.

use anyhow::Result;

use crate::{place, run, web};

pub fn chore() -> Result<()> {
    web::build(true)?;
    run::check(run::cargo()?.args(["build", "--release", "--package", "ssim-cli"]).args(PAGE))?;
    eprintln!("program: {}", place::native_target()?.join("release/ssim").display());
    Ok(())
}

const PAGE: [&str; 2] = ["--features", "page"];
