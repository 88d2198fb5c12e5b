//! Where training runs: worker threads, and the device that dense parameters live on.

use crate::exit::Fail;
use anyhow::{Context, Result};
use candle_core::Device;

/// Sets the number of worker threads; results are equal for equal numbers.
///
/// # Errors
/// When the pool stands already.
pub fn threads(n: Option<usize>) -> Result<()> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(n.unwrap_or(0));
    builder.build_global().context("cannot start worker threads")
}

/// Keeps candle from starting threads of its own: each slice of a batch has its worker already, and
/// the two pools would wait for each other (a tenth of a search step). Must be called before
/// anything else runs.
pub fn quiet_candle() {
    const THREADS: &str = "CANDLE_NUM_THREADS";
    if std::env::var_os(THREADS).is_none() {
        // SAFETY: the program has one thread yet, so nobody reads the environment meanwhile.
        unsafe { std::env::set_var(THREADS, "1") };
    }
}

/// What launchers tell their processes of which one they are on their machine.
const LOCAL_RANKS: [&str; 2] = ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID"];

/// The device of a name: `cpu`, `cuda` or `cuda:N`; of several processes on a machine, every one has its own `cuda`.
///
/// # Errors
/// Another name, or a device that this program or machine does not have.
pub fn device(name: &str) -> Result<Device> {
    let local = |name: &&str| std::env::var(name).ok()?.parse().ok();
    let index = match name.split_once(':') {
        None if name == "cpu" => return Ok(Device::Cpu),
        None if name == "cuda" => LOCAL_RANKS.iter().find_map(local).or(Some(0)),
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
