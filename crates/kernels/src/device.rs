//! A device as kernels see it: memory, starts of kernels, and matrix products.

#![allow(unsafe_code, reason = "kernels read and write memory by address")]

use crate::Result;
use crate::kernel::Kernel;
use crate::product::DeviceProduct;
use std::any::Any;
use std::ffi::c_void;

/// A device with memory of its own. Everything that it is asked for happens in the order of the calls; only
/// [`KernelDevice::read`] waits until it has happened.
pub trait KernelDevice: Send + Sync {
    /// Reserves memory, filled with 0.
    ///
    /// # Errors
    /// When there is not so much left.
    fn reserve(&self, bytes: usize) -> Result<DeviceMemory>;

    /// Copies bytes from the host to a place in the memory.
    ///
    /// # Errors
    /// When the driver reports one.
    fn write(&self, to: &mut DeviceMemory, offset: usize, bytes: &[u8]) -> Result<()>;

    /// Copies bytes from a place in the memory to the host, after all that was asked for before.
    ///
    /// # Errors
    /// When the driver reports one, also of an earlier call.
    fn read(&self, from: &DeviceMemory, offset: usize, bytes: &mut [u8]) -> Result<()>;

    /// Starts a kernel with so many blocks.
    ///
    /// # Safety
    /// `arguments` must point to the kernel's arguments, and the memory that they name must be this
    /// device's, and as long as the kernel needs.
    ///
    /// # Errors
    /// When the driver reports one.
    unsafe fn launch(&self, kernel: Kernel, blocks: u32, arguments: *const c_void) -> Result<()>;

    /// Multiplies matrices.
    ///
    /// # Safety
    /// The memory that the product names must be this device's, and as long as the product needs.
    ///
    /// # Errors
    /// When the library reports one.
    unsafe fn multiply(&self, product: &DeviceProduct) -> Result<()>;
}

/// Memory of a device. It is given back when it is dropped.
#[cfg_attr(not(feature = "simulated"), allow(dead_code, reason = "a GPU needs the address alone"))]
pub struct DeviceMemory {
    pub(crate) address: u64,
    pub(crate) bytes: usize,
    /// The device's own value, whose drop gives the memory back.
    pub(crate) own: Box<dyn Any + Send + Sync>,
}

impl DeviceMemory {
    /// The address of the first byte.
    pub fn address(&self) -> u64 {
        self.address
    }
}
