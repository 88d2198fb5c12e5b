//! `cargo xtask demo`: builds the program and the page, trains a model, and opens the page with it.

use anyhow::Result;

use crate::{place, run, web};

pub fn chore(mut args: Vec<String>) -> Result<()> {
    let serve = !args.iter().any(|arg| arg == "--no-serve");
    args.retain(|arg| arg != "--no-serve" && arg != "--serve");

    eprintln!("building ssim (release; minutes the first time)");
    run::check(run::cargo()?.args(["build", "--release", "--package", "ssim-cli"]))?;
    if serve {
        eprintln!("building the page (release; minutes the first time)");
        web::build(true)?;
    }

    let mut demo = run::program(place::native_target()?.join("release/ssim"))?;
    demo.arg("demo");
    if !args.iter().any(|arg| arg == "--out" || arg.starts_with("--out=")) {
        demo.arg("--out").arg(place::cache()?.join("demo"));
    }
    demo.args(args);
    if serve {
        demo.arg("--serve").env("SSIM_WEB_DIST", place::dist());
    }
    run::check(&mut demo)
}
