//! Addresses in the memory of a device.

use std::marker::PhantomData;

/// The address of values of type `T` in the memory of a device; 0 where a kernel gets none.
#[repr(transparent)]
pub(crate) struct Address<T>(pub(crate) u64, PhantomData<*const T>);

impl<T> Address<T> {
    /// No values.
    pub(crate) const NULL: Self = Self(0, PhantomData);

    pub(crate) fn new(address: u64) -> Self {
        Self(address, PhantomData)
    }
}

impl<T> Clone for Address<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Address<T> {}
