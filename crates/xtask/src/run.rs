//! Runs other programs. Their command lines are shown before they start, and their exit codes are
//! checked.

use std::{
    env,
    ffi::OsStr,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::place;

/// A command that runs in the checkout's top folder, with this project's tools first on the path.
pub fn program(program: impl AsRef<OsStr>) -> Result<Command> {
    let mut path = vec![place::tools()?.join("bin"), place::cache()?.join("npm/node_modules/.bin")];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let mut command = Command::new(program);
    command.current_dir(place::root()).env("PATH", env::join_paths(path)?);
    Ok(command)
}

/// A command of cargo for native builds.
pub fn cargo() -> Result<Command> {
    let mut command = program("cargo")?;
    command.env("CARGO_TARGET_DIR", place::native_target()?);
    Ok(command)
}

/// Runs a command to its end.
///
/// # Errors
/// When it does not start, or does not succeed.
pub fn check(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    eprintln!("$ {shown}");
    let status = command.status().with_context(|| format!("starting `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs a command to its end, and gives back its standard output.
///
/// # Errors
/// When it does not start, does not succeed, or does not print UTF-8.
pub fn text(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("starting `{shown}`"))?;
    if !output.status.success() {
        bail!(
            "`{shown}` failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{shown}` printed something else than UTF-8"))
}

/// Whether a command succeeds within `limit`. It is stopped when it takes longer.
pub fn succeeds_within(command: &mut Command, limit: Duration) -> Result<bool> {
    let shown = shown(command);
    eprintln!("$ {shown}   (at most {} s)", limit.as_secs());
    let mut child = match command.stdin(Stdio::null()).spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("starting `{shown}`")),
    };
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// The path of a program that is found through the variable `PATH`.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(program)).find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

/// The command line as one would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
