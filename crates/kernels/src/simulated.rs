//! The host in place of a GPU: kernels run as functions, one thread after the other.

#![allow(unsafe_code, reason = "kernels read and write memory by address")]

use crate::device::{DeviceMemory, KernelDevice};
use crate::kernel::Kernel;
use crate::product::{DeviceProduct, Format};
use crate::{DeviceError, Result};
use std::ffi::c_void;
use std::slice;

/// A device whose memory is that of the host.
#[derive(Clone, Copy, Debug, Default)]
pub struct Simulated {
    /// Whether the blocks and threads of a kernel take turns from the last to the first. A kernel whose
    /// results depend on it would give other results on a GPU each time.
    pub backwards: bool,
    /// Bytes that one array may have; 0 for any number. For tests of a device that is full.
    pub room: usize,
}

/// Memory for values of up to 8 bytes.
struct Words(Vec<u64>);

impl KernelDevice for Simulated {
    fn reserve(&self, bytes: usize) -> Result<DeviceMemory> {
        if self.room > 0 && bytes > self.room {
            let told = format!("simulated, with {} bytes", self.room);
            return Err(DeviceError::Memory { bytes, told });
        }
        let words = Words(vec![0; bytes.div_ceil(8).max(1)]);
        Ok(DeviceMemory { address: words.0.as_ptr() as u64, bytes, own: Box::new(words) })
    }

    fn write(&self, to: &mut DeviceMemory, offset: usize, bytes: &[u8]) -> Result<()> {
        let end = offset + bytes.len();
        bytes_of(to)?[offset..end].copy_from_slice(bytes);
        Ok(())
    }

    fn read(&self, from: &DeviceMemory, offset: usize, bytes: &mut [u8]) -> Result<()> {
        // SAFETY: the words live as long as the memory. Kernels write to them by address, and none is at
        // work now.
        let words = unsafe { slice::from_raw_parts(from.address as *const u8, from.bytes) };
        bytes.copy_from_slice(&words[offset..offset + bytes.len()]);
        Ok(())
    }

    unsafe fn launch(&self, kernel: Kernel, blocks: u32, arguments: *const c_void) -> Result<()> {
        // SAFETY: the caller promises that the arguments are the kernel's.
        unsafe { kernel.on_host()(arguments, blocks, u32::from(self.backwards)) };
        Ok(())
    }

    unsafe fn multiply(&self, product: &DeviceProduct) -> Result<()> {
        let DeviceProduct { left, right, out, rows, inner, columns, batch, format } = *product;
        for at in 0..batch {
            // SAFETY: the caller promises that there are so many values at these addresses, and that
            // the product is none of the factors.
            let (x, y, sums) = unsafe {
                let of = |address: u64, stride: usize, n: usize| {
                    slice::from_raw_parts((address as *const f32).add(at * stride), n)
                };
                let sums = (out.address as *mut f32).add(at * out.stride);
                (
                    of(left.address, left.stride, rows * inner),
                    of(right.address, right.stride, inner * columns),
                    slice::from_raw_parts_mut(sums, rows * columns),
                )
            };
            for (n, sums) in sums.chunks_exact_mut(columns).enumerate() {
                sums.fill(0.0);
                for i in 0..inner {
                    let factor = rounded(
                        x[if left.transposed { i * rows + n } else { n * inner + i }],
                        format,
                    );
                    for (c, sum) in sums.iter_mut().enumerate() {
                        let at = if right.transposed { c * inner + i } else { i * columns + c };
                        *sum += factor * rounded(y[at], format);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The bytes of memory that this device has reserved.
fn bytes_of(memory: &mut DeviceMemory) -> Result<&mut [u8]> {
    let (address, bytes) = (memory.address, memory.bytes);
    let words = memory.own.downcast_mut::<Words>();
    let words = words.filter(|words| words.0.as_ptr() as u64 == address);
    let told = || DeviceError::Driver("the memory belongs to another device".into());
    Ok(&mut bytemuck::cast_slice_mut(&mut words.ok_or_else(told)?.0)[..bytes])
}

/// The value with as many bits as a format has, rounded to the nearest; of two nearest the even one.
fn rounded(value: f32, format: Format) -> f32 {
    let dropped = match format {
        _ if value.is_nan() => return value,
        Format::F32 => return value,
        Format::Tf32 => 13,
        Format::Bf16 => 16,
    };
    let bits = value.to_bits();
    let half = (1 << (dropped - 1)) - 1 + (bits >> dropped & 1);
    f32::from_bits((bits + half) >> dropped << dropped)
}
