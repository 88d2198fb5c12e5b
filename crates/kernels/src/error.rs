//! Errors of a device.

/// An error of a device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The device has no room left.
    #[error("device: no room for {bytes} bytes more: {told}")]
    Memory {
        /// The bytes that were asked for.
        bytes: usize,
        /// The message of the driver.
        told: String,
    },
    /// The driver or a library of it reports an error.
    #[error("device: {0}")]
    Driver(String),
    /// An array is shorter than a kernel needs.
    #[error("device: {array}: expected at least {expected} values, got {got}")]
    Size {
        /// The name of the array.
        array: &'static str,
        /// Values that the kernel reads or writes.
        expected: usize,
        /// Values that the array has.
        got: usize,
    },
}
