//! A device that notes what it is asked for.

#![allow(unsafe_code, reason = "it passes on what another device is asked for")]

use crate::Result;
use crate::device::{DeviceMemory, KernelDevice};
use crate::kernel::Kernel;
use crate::product::DeviceProduct;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

/// Something that a device was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceCall {
    /// So many bytes of memory.
    Reserve(usize),
    /// A copy of so many bytes from the host.
    Write(usize),
    /// A copy of so many bytes to the host, for which the host waits.
    Read(usize),
    /// A kernel.
    Launch(Kernel),
    /// Products: rows, inner size, columns, and number of products.
    Multiply([usize; 4]),
}

/// Another device, and what it was asked for.
pub struct Recorded {
    device: Arc<dyn KernelDevice>,
    calls: Mutex<Vec<DeviceCall>>,
}

impl Recorded {
    /// Notes what `device` is asked for from now on.
    pub fn new(device: Arc<dyn KernelDevice>) -> Self {
        Self { device, calls: Mutex::default() }
    }

    /// The calls since the last call of this function.
    pub fn take(&self) -> Vec<DeviceCall> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, call: DeviceCall) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }
}

impl KernelDevice for Recorded {
    fn reserve(&self, bytes: usize) -> Result<DeviceMemory> {
        self.note(DeviceCall::Reserve(bytes));
        self.device.reserve(bytes)
    }

    fn write(&self, to: &mut DeviceMemory, offset: usize, bytes: &[u8]) -> Result<()> {
        self.note(DeviceCall::Write(bytes.len()));
        self.device.write(to, offset, bytes)
    }

    fn read(&self, from: &DeviceMemory, offset: usize, bytes: &mut [u8]) -> Result<()> {
        self.note(DeviceCall::Read(bytes.len()));
        self.device.read(from, offset, bytes)
    }

    unsafe fn launch(&self, kernel: Kernel, blocks: u32, arguments: *const c_void) -> Result<()> {
        self.note(DeviceCall::Launch(kernel));
        // SAFETY: the caller promises the same.
        unsafe { self.device.launch(kernel, blocks, arguments) }
    }

    unsafe fn multiply(&self, product: &DeviceProduct) -> Result<()> {
        let DeviceProduct { rows, inner, columns, batch, .. } = *product;
        self.note(DeviceCall::Multiply([rows, inner, columns, batch]));
        // SAFETY: the caller promises the same.
        unsafe { self.device.multiply(product) }
    }
}
