//! A GPU, by CUDA's driver and cuBLAS.

#![allow(unsafe_code, reason = "the driver is called by address")]

use crate::arguments::THREADS;
use crate::device::{DeviceMemory, KernelDevice};
use crate::kernel::Kernel;
use crate::product::{DeviceProduct, Format};
use crate::{DeviceError, Result};
use cudarc::cublas::{CudaBlas, result::gemm_strided_batched_ex, sys as blas};
use cudarc::driver::{CudaSlice, CudaStream, DevicePtr, result, sys};
use std::collections::HashMap;
use std::ffi::{CString, c_int, c_void};
use std::ptr;
use std::sync::Arc;

/// A GPU. Everything happens on one stream, in the order of the calls.
pub struct Cuda {
    stream: Arc<CudaStream>,
    blas: CudaBlas,
    kernels: HashMap<Kernel, Function>,
}

/// A kernel in the memory of the device.
#[derive(Clone, Copy)]
struct Function(sys::CUfunction);

// SAFETY: the driver allows calls with a function from any thread that has its context, and every call binds it.
unsafe impl Send for Function {}
// SAFETY: as above; the handle is never changed.
unsafe impl Sync for Function {}

/// The compiled kernels of each file: for compute capability 8.0, and for 9.0 and later ones.
macro_rules! compiled {
    ($($file:literal),*) => {
        [$((
            $file,
            include_str!(concat!(env!("OUT_DIR"), "/", $file, ".80.ptx")),
            include_str!(concat!(env!("OUT_DIR"), "/", $file, ".90.ptx")),
        )),*]
    };
}

impl Cuda {
    /// Loads the kernels on the GPU of a stream.
    ///
    /// # Errors
    /// When the GPU is older than Ampere, or the driver reports an error.
    pub fn new(stream: Arc<CudaStream>) -> Result<Self> {
        let context = stream.context();
        context.bind_to_thread().map_err(told)?;
        let capability = context.compute_capability().map_err(told)?;
        if capability < (8, 0) {
            let (major, minor) = capability;
            return Err(DeviceError::Driver(format!(
                "expected a GPU of compute capability 8.0 or later, got {major}.{minor}"
            )));
        }
        let mut kernels = HashMap::new();
        for (file, ampere, hopper) in
            compiled!("adam", "dense", "embed", "loss", "route", "touched")
        {
            let text = if capability >= (9, 0) { hopper } else { ampere };
            let text = CString::new(text).map_err(told)?;
            let address = text.as_ptr().cast();
            // SAFETY: the text ends with a zero, and is a module as nvcc wrote it.
            let module = unsafe { result::module::load_data(address) }.map_err(told)?;
            for kernel in Kernel::ALL.iter().filter(|kernel| kernel.file() == file) {
                let name = CString::new(kernel.name()).map_err(told)?;
                // SAFETY: the module is loaded, and stays so until the process ends.
                let function = unsafe { result::module::get_function(module, name) };
                kernels.insert(*kernel, Function(function.map_err(told)?));
            }
        }
        let blas = CudaBlas::new(stream.clone()).map_err(told)?;
        Ok(Self { stream, blas, kernels })
    }

    /// Bytes of memory that are free, and bytes in all.
    ///
    /// # Errors
    /// When the driver reports one.
    pub fn memory(&self) -> Result<(usize, usize)> {
        self.stream.context().mem_get_info().map_err(told)
    }

    /// The name of the GPU.
    ///
    /// # Errors
    /// When the driver reports one.
    pub fn name(&self) -> Result<String> {
        self.stream.context().name().map_err(told)
    }

    fn bind(&self) -> Result<()> {
        self.stream.context().bind_to_thread().map_err(told)
    }
}

fn told(error: impl std::fmt::Debug) -> DeviceError {
    DeviceError::Driver(format!("{error:?}"))
}

impl KernelDevice for Cuda {
    fn reserve(&self, bytes: usize) -> Result<DeviceMemory> {
        let full = |error| DeviceError::Memory { bytes, told: format!("{error:?}") };
        let own: CudaSlice<u8> = self.stream.alloc_zeros(bytes.max(1)).map_err(full)?;
        let (address, _) = own.device_ptr(&self.stream);
        Ok(DeviceMemory { address, bytes, own: Box::new(own) })
    }

    fn write(&self, to: &mut DeviceMemory, offset: usize, bytes: &[u8]) -> Result<()> {
        self.bind()?;
        let place = to.address + offset as u64;
        // SAFETY: `Array` has checked the range.
        unsafe { result::memcpy_htod_async(place, bytes, self.stream.cu_stream()) }.map_err(told)
    }

    fn read(&self, from: &DeviceMemory, offset: usize, bytes: &mut [u8]) -> Result<()> {
        self.bind()?;
        let place = from.address + offset as u64;
        // SAFETY: `Array` has checked the range, and the copy has ended before `bytes` is used.
        unsafe { result::memcpy_dtoh_async(bytes, place, self.stream.cu_stream()) }
            .map_err(told)?;
        self.stream.synchronize().map_err(told)
    }

    unsafe fn launch(&self, kernel: Kernel, blocks: u32, arguments: *const c_void) -> Result<()> {
        self.bind()?;
        let function = self.kernels[&kernel].0;
        let threads = THREADS as u32;
        // SAFETY: the caller promises the arguments. The driver copies them before it returns.
        unsafe {
            result::launch_kernel(
                function,
                (blocks, 1, 1),
                (threads, 1, 1),
                0,
                self.stream.cu_stream(),
                &mut [arguments.cast_mut()],
            )
        }
        .map_err(told)
    }

    unsafe fn multiply(&self, product: &DeviceProduct) -> Result<()> {
        self.bind()?;
        let DeviceProduct { left, right, out, rows, inner, columns, batch, format } = *product;
        let compute = match format {
            Format::F32 => blas::cublasComputeType_t::CUBLAS_COMPUTE_32F,
            Format::Tf32 => blas::cublasComputeType_t::CUBLAS_COMPUTE_32F_FAST_TF32,
            Format::Bf16 => blas::cublasComputeType_t::CUBLAS_COMPUTE_32F_FAST_16BF,
        };
        let turn = |transposed: bool| match transposed {
            true => blas::cublasOperation_t::CUBLAS_OP_T,
            false => blas::cublasOperation_t::CUBLAS_OP_N,
        };
        let size = |n: usize| {
            c_int::try_from(n)
                .map_err(|_| DeviceError::Driver(format!("a matrix is too large: {n}")))
        };
        // cuBLAS has matrices column by column, so it computes the product turned over: rightᵀ·leftᵀ.
        let wide = |turned: bool, rows: usize, columns: usize| {
            size(if turned { rows } else { columns }.max(1))
        };
        let (one, zero) = (1f32, 0f32);
        let f32s = blas::cudaDataType_t::CUDA_R_32F;
        // SAFETY: the caller promises the memory.
        unsafe {
            gemm_strided_batched_ex(
                *self.blas.handle(),
                turn(right.transposed),
                turn(left.transposed),
                size(columns)?,
                size(rows)?,
                size(inner)?,
                ptr::from_ref(&one).cast(),
                right.address as *const c_void,
                f32s,
                wide(right.transposed, inner, columns)?,
                right.stride as i64,
                left.address as *const c_void,
                f32s,
                wide(left.transposed, rows, inner)?,
                left.stride as i64,
                ptr::from_ref(&zero).cast(),
                out.address as *mut c_void,
                f32s,
                size(columns)?,
                out.stride as i64,
                size(batch)?,
                compute,
                blas::cublasGemmAlgo_t::CUBLAS_GEMM_DEFAULT,
            )
        }
        .map_err(told)
    }
}
