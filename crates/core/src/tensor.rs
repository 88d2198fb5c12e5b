//! Reads the values of tensors as slices, without a copy if they are already in host memory.

use crate::error::Result;
use candle_core::{CpuStorage, Storage, Tensor};

/// Calls `read` with the values of an f32 tensor, row-major.
///
/// # Errors
/// When the tensor is not f32, or what candle reports while it copies from a device.
pub fn with_f32<R>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let copy;
    let tensor = match tensor.is_contiguous() {
        true => tensor,
        false => {
            copy = tensor.contiguous()?;
            &copy
        }
    };
    let (storage, layout) = tensor.storage_and_layout();
    if let Storage::Cpu(CpuStorage::F32(values)) = &*storage {
        let start = layout.start_offset();
        return Ok(read(&values[start..start + layout.shape().elem_count()]));
    }
    // candle locks the storage again in the calls below.
    drop(storage);
    Ok(read(&tensor.flatten_all()?.to_vec1::<f32>()?))
}

/// The values of a tensor, flattened.
///
/// # Errors
/// As [`with_f32`].
pub fn to_vec(tensor: &Tensor) -> Result<Vec<f32>> {
    with_f32(tensor, <[f32]>::to_vec)
}
