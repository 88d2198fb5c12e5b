//! Debian packages, and whatever else may need more rights than the user has.

use std::{
    io::IsTerminal,
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context, Result, bail};

use crate::run;

/// Installs `packages`, refreshing the package lists once per run. `why` names what needs them.
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
        // Another installer on the machine may hold dpkg's lock for a while.
        command.args([
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-qq",
            "-o",
            "DPkg::Lock::Timeout=300",
        ]);
        // dpkg tells a screenful per package; what goes wrong comes on stderr.
        run::check(command.args(args).stdout(Stdio::null()))
    };
    static FRESH: OnceLock<()> = OnceLock::new();
    if FRESH.get().is_none() {
        apt(&["update"])?;
        FRESH.get_or_init(|| ());
    }
    apt(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

/// What programs that train with several processes are built with.
pub fn mpi() -> Result<()> {
    if run::which("mpirun").is_some() && run::which("mpicc").is_some() {
        return Ok(());
    }
    let packages = ["openmpi-bin", "libopenmpi-dev", "libclang-dev", "iproute2"];
    install(&packages, "training with MPI")
}

/// `program` run as root: plainly for root, through sudo for others.
pub fn as_root(program: &str) -> Result<Command> {
    if run::text(run::program("id")?.arg("-u"))?.trim() == "0" {
        return run::program(program);
    }
    if run::which("sudo").is_none() {
        bail!("this needs root, and there is no sudo here: run it once as root");
    }
    let mut command = run::program("sudo")?;
    if !std::io::stdin().is_terminal() {
        command.arg("-n"); // nobody is there to type a password
    }
    command.arg(program);
    Ok(command)
}
