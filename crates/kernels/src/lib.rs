//! One training step as kernels: everything that a step does on a GPU beside matrix products.
//!
//! The sources are in `cuda/`. The same text is compiled by nvcc for a GPU (feature `cuda`) and by a C
//! compiler for the host (feature `simulated`), so every kernel can be tested without a GPU. The functions
//! of this crate check the sizes of what a kernel reads and writes, and start it.
//!
//! [`KernelDevice`] is what all of them need: memory, kernels, and matrix products. `Cuda` is a GPU,
//! `Simulated` the host; `Recorded` counts what it is asked for.

#![cfg_attr(
    not(any(feature = "simulated", feature = "cuda")),
    allow(dead_code, reason = "without a device nothing is multiplied or started")
)]

mod address;
mod arguments;
mod array;
#[cfg(feature = "cuda")]
mod cuda;
mod device;
mod error;
pub mod kernel;
pub mod product;
mod recorded;
#[cfg(feature = "simulated")]
mod simulated;

pub mod dense;
pub mod embed;
pub mod loss;
pub mod optimizer;
pub mod route;
pub mod touched;

pub use array::Array;
#[cfg(feature = "cuda")]
pub use cuda::Cuda;
pub use device::{DeviceMemory, KernelDevice};
pub use error::DeviceError;
pub use product::{DeviceProduct, Factor, Format};
pub use recorded::{DeviceCall, Recorded};
#[cfg(feature = "simulated")]
pub use simulated::Simulated;

/// Results of this crate.
pub type Result<T> = std::result::Result<T, DeviceError>;

/// The place of a pair that only fills up the rows of a tower.
pub const NONE: u32 = u32::MAX;
