//! Sets up worker threads, and the device that holds the dense parameters.

#![allow(unsafe_code, reason = "candle takes its number of threads from the environment alone")]

use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::{Context, Result};
use candle_core::Device;
use std::sync::OnceLock;

/// The number of worker threads that was asked for first.
static THREADS: OnceLock<Option<usize>> = OnceLock::new();

/// Sets the number of worker threads. Runs with an equal number give equal results. A command that
/// consists of others asks several times for the same number.
///
/// # Errors
/// Fails when the threads have been started already, and another number is asked for now.
pub fn threads(n: Option<usize>) -> Result<()> {
    if THREADS.get() == Some(&n) {
        return Ok(());
    }
    THREADS.get_or_init(|| n);
    let builder = rayon::ThreadPoolBuilder::new().num_threads(n.unwrap_or(0));
    builder.build_global().context("cannot start worker threads")?;
    warn(rayon::current_num_threads());
    Ok(())
}

/// Warns of many more threads than there are cores. Twice as many do no harm.
pub fn warn(threads: usize) {
    let cores = std::thread::available_parallelism().map_or(threads, usize::from);
    if threads > 2 * cores {
        out::note(&format!(
            "warning: {threads} threads wait for each other on {cores} cores; --threads {cores} is as many as can work"
        ));
    }
}

/// Keeps candle from starting threads of its own. Each slice of a batch has a worker already, and
/// the two pools would wait for each other, a tenth of a search step. It must be called before
/// anything else runs.
pub fn quiet_candle() {
    const THREADS: &str = "CANDLE_NUM_THREADS";
    if std::env::var_os(THREADS).is_none() {
        // SAFETY: the program still has one thread, so no other one reads the environment.
        unsafe { std::env::set_var(THREADS, "1") };
    }
}

/// Variables in which MPI launchers tell a process its number on its machine.
const LOCAL_RANKS: [&str; 2] = ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID"];

/// Opens the device of a name: `cpu`, `cuda` or `cuda:N`. With `cuda`, each of several processes on
/// a machine gets a GPU of its own.
///
/// # Errors
/// Fails for another name, and for a device that this program or this machine does not have.
pub fn device(name: &str) -> Result<Device> {
    let index = match name.split_once(':') {
        None if name == "cpu" => return Ok(Device::Cpu),
        None if name == "cuda" => {
            let mut variables = LOCAL_RANKS.iter();
            variables.find_map(|name| std::env::var(name).ok()?.parse().ok()).or(Some(0))
        }
        Some(("cuda", n)) => n.parse().ok(),
        _ => None,
    };
    match index {
        Some(n) => cuda(n),
        None => Fail::usage(format!("--device: expected cpu, cuda or cuda:N, got \"{name}\"")),
    }
}

#[cfg(feature = "cuda")]
fn cuda(n: usize) -> Result<Device> {
    Device::new_cuda(n).with_context(|| format!("--device: cannot use cuda:{n}"))
}

#[cfg(not(feature = "cuda"))]
fn cuda(_: usize) -> Result<Device> {
    Fail::usage(
        "--device: this program was built without CUDA; \
         with the CUDA toolkit: cargo build --release -p ssim-cli --features cuda",
    )
}
