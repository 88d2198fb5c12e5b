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

/// The device of a name: `cpu`, `cuda` or `cuda:N`.
///
/// # Errors
/// Another name, or a device that this program or machine does not have.
pub fn device(name: &str) -> Result<Device> {
    let index = match name.split_once(':') {
        None if name == "cpu" => return Ok(Device::Cpu),
        None if name == "cuda" => Some(0),
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
