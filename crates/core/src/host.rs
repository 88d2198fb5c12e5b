//! Reading tensors as slices, without a copy where they already lie in host memory.

use crate::error::Result;
use candle_core::{CpuStorage, Storage, Tensor};

/// Calls `read` with the values of a contiguous f32 tensor.
///
/// # Errors
/// When the tensor is not f32, or what candle reports on the way from a device.
pub fn with_f32<R>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    if let Storage::Cpu(CpuStorage::F32(values)) = &*storage {
        let start = layout.start_offset();
        return Ok(read(&values[start..start + layout.shape().elem_count()]));
    }
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
