//! Values in the memory of a device.

use crate::address::Address;
use crate::device::{DeviceMemory, KernelDevice};
use crate::{DeviceError, Result};
use bytemuck::Pod;
use std::marker::PhantomData;
use std::ops::Range;

/// An array `[n]` of values in the memory of a device.
pub struct Array<T> {
    memory: DeviceMemory,
    len: usize,
    values: PhantomData<T>,
}

impl<T: Pod> Array<T> {
    /// An array of zeros.
    ///
    /// # Errors
    /// When the device has not so much memory.
    pub fn zeros(device: &dyn KernelDevice, len: usize) -> Result<Self> {
        let memory = device.reserve(len.saturating_mul(size_of::<T>()))?;
        Ok(Self { memory, len, values: PhantomData })
    }

    /// A copy of values of the host.
    ///
    /// # Errors
    /// When the device has not so much memory.
    pub fn copy(device: &dyn KernelDevice, values: &[T]) -> Result<Self> {
        let mut array = Self::zeros(device, values.len())?;
        array.write(device, 0, values)?;
        Ok(array)
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Replaces some values, from the one with number `first` on.
    ///
    /// # Errors
    /// When the array is too short; what the driver reports.
    pub fn write(&mut self, device: &dyn KernelDevice, first: usize, values: &[T]) -> Result<()> {
        self.check("array", first.saturating_add(values.len()))?;
        device.write(&mut self.memory, first * size_of::<T>(), bytemuck::cast_slice(values))
    }

    /// A copy of some values for the host.
    ///
    /// # Errors
    /// When the array is too short; what the driver reports.
    pub fn read(&self, device: &dyn KernelDevice, range: Range<usize>) -> Result<Vec<T>> {
        self.check("array", range.end)?;
        let mut values = vec![T::zeroed(); range.len()];
        let bytes = bytemuck::cast_slice_mut(&mut values);
        device.read(&self.memory, range.start * size_of::<T>(), bytes)?;
        Ok(values)
    }

    /// A copy of all values for the host.
    ///
    /// # Errors
    /// When the driver reports one.
    pub fn to_vec(&self, device: &dyn KernelDevice) -> Result<Vec<T>> {
        self.read(device, 0..self.len)
    }

    /// The address of the first value, if there are at least `expected` values.
    pub(crate) fn address(&self, array: &'static str, expected: usize) -> Result<Address<T>> {
        self.from(array, 0, expected)
    }

    /// The address of the value with number `first`, if at least `expected` values begin there.
    pub(crate) fn from(
        &self,
        array: &'static str,
        first: usize,
        expected: usize,
    ) -> Result<Address<T>> {
        self.check(array, first.saturating_add(expected))?;
        Ok(Address::new(self.memory.address + (first * size_of::<T>()) as u64))
    }

    fn check(&self, array: &'static str, expected: usize) -> Result<()> {
        match expected <= self.len {
            true => Ok(()),
            false => Err(DeviceError::Size { array, expected, got: self.len }),
        }
    }
}
