//! Builds for the host. Every chore builds the same packages with the same features, so that no
//! library is compiled a second time.

use std::path::PathBuf;

use anyhow::Result;

use crate::{place, run};

/// All packages. The kernels are functions of the host, which a C compiler compiles.
pub const WORKSPACE: [&str; 3] = ["--workspace", "--features", "ssim-train/simulated"];
/// The targets of the tests: the programs of the page are not among them.
pub const TARGETS: [&str; 4] = ["--lib", "--tests", "--bin", "ssim"];

/// Builds the native program and all tests, and gives back the program's path.
pub fn build() -> Result<PathBuf> {
    // With the tests, because what they depend on has features that the program alone has not.
    run::check(run::cargo()?.arg("build").args(WORKSPACE).args(TARGETS))?;
    Ok(place::native_target()?.join("debug/ssim"))
}
