//! Installs Debian packages, and runs commands as root.

use std::{
    io::IsTerminal,
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context, Result, bail};

use crate::run;

/// Installs `packages`. The package lists are refreshed once per run. `why` names what needs the
/// packages.
///
/// # Errors
/// Names the packages when there is no apt-get, no way to become root, or when apt-get fails.
pub fn install(packages: &[&str], why: &str) -> Result<()> {
    let names = packages.join(" ");
    if run::which("apt-get").is_none() {
        bail!(
            "{why} needs {names}, and there is no apt-get here: install the like with your system's package manager"
        );
    }
    let apt = |args: &[&str]| -> Result<()> {
        let mut command = as_root("env").with_context(|| {
            format!("{why} needs {names}: apt-get install --no-install-recommends {names}")
        })?;
        // Another installer may hold dpkg's lock for some time.
        command.args([
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-qq",
            "-o",
            "DPkg::Lock::Timeout=300",
        ]);
        // dpkg prints many lines per package. Errors are printed to stderr.
        run::check(command.args(args).stdout(Stdio::null()))
    };
    static FRESH: OnceLock<()> = OnceLock::new();
    if FRESH.get().is_none() {
        apt(&["update"])?;
        FRESH.get_or_init(|| ());
    }
    apt(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

/// Installs MPI, which a program needs to train with several processes.
pub fn mpi() -> Result<()> {
    if run::which("mpirun").is_some() && run::which("mpicc").is_some() {
        return Ok(());
    }
    let packages = ["openmpi-bin", "libopenmpi-dev", "libclang-dev", "iproute2"];
    install(&packages, "training with MPI")
}

/// A command that runs `program` as root: directly if the user is root, and through sudo otherwise.
pub fn as_root(program: &str) -> Result<Command> {
    if run::text(run::program("id")?.arg("-u"))?.trim() == "0" {
        return run::program(program);
    }
    if run::which("sudo").is_none() {
        bail!("this needs root, and there is no sudo here: run it once as root");
    }
    let mut command = run::program("sudo")?;
    if !std::io::stdin().is_terminal() {
        // Nobody is there to type a password, so sudo must not ask for one.
        command.arg("-n");
    }
    command.arg(program);
    Ok(command)
}
