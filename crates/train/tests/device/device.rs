//! The device of the tests: the host in place of a GPU, or a GPU that `SSIM_TEST_DEVICE` names (`cuda:0`) in a
//! build with the feature `cuda`.

use ssim_kernels::{KernelDevice, Simulated};
use std::sync::Arc;

/// A device whose threads take turns in this order; those of a GPU take what turns they like.
pub fn device(backwards: bool) -> Arc<dyn KernelDevice> {
    match gpu() {
        Some(gpu) => gpu,
        None => Arc::new(Simulated { backwards, ..Simulated::default() }),
    }
}

#[cfg(feature = "cuda")]
fn gpu() -> Option<Arc<dyn KernelDevice>> {
    use candle_core::Device;
    use std::sync::OnceLock;

    static GPU: OnceLock<Option<Arc<dyn KernelDevice>>> = OnceLock::new();
    let open = || -> Option<Arc<dyn KernelDevice>> {
        let name = std::env::var("SSIM_TEST_DEVICE").ok()?;
        let number = name.strip_prefix("cuda:")?.parse().unwrap();
        let Device::Cuda(gpu) = Device::new_cuda(number).unwrap() else { panic!("{name}") };
        Some(Arc::new(ssim_kernels::Cuda::new(gpu.cuda_stream()).unwrap()))
    };
    GPU.get_or_init(open).clone()
}

#[cfg(not(feature = "cuda"))]
fn gpu() -> Option<Arc<dyn KernelDevice>> {
    None
}
