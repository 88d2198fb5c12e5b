//! Sums over the ranks' GPUs by NCCL. All other messages go through the ranks that it wraps, since they
//! begin and end in host memory.

#![allow(unsafe_code, reason = "the communicator is a raw handle")]

use anyhow::{Result, anyhow};
use candle_core::CudaDevice;
use candle_core::cuda_backend::cudarc::nccl::{Comm, Id, ReduceOp};
use ssim_train::ranks::Collective;
use std::sync::{Mutex, PoisonError};

/// Ranks with a GPU each.
pub struct Nccl {
    ranks: Box<dyn Collective>,
    gpus: Mutex<Gpus>,
}

/// The communicator of all GPUs. The mutex around it lets one thread call NCCL at a time.
struct Gpus(Comm);

// SAFETY: the communicator is bound to one thread only by its raw handle. NCCL allows calls from any
// thread, one at a time, and the mutex allows no more.
unsafe impl Send for Gpus {}

impl Nccl {
    /// Joins the GPUs of these ranks, of which this one has `device`.
    ///
    /// # Errors
    /// When NCCL cannot be started; when a rank is gone.
    pub fn join(ranks: Box<dyn Collective>, device: &CudaDevice) -> Result<Self> {
        let fail = |e| anyhow!("NCCL cannot be started: {e:?}");
        let own = match ranks.rank() {
            0 => Id::new().map_err(fail)?.internal().map(|c| c as u8).to_vec(),
            _ => Vec::new(),
        };
        // All ranks meet under the id that the first rank has drawn.
        let drawn = ranks.gather(&own)?.swap_remove(0);
        let id = <[u8; 128]>::try_from(drawn)
            .map_err(|_| anyhow!("NCCL: expected an id of 128 bytes"))?;
        let id = Id::uninit(id.map(|byte| byte as _));
        let stream = device.cuda_stream();
        let comm = Comm::from_rank(stream, ranks.rank(), ranks.size(), id).map_err(fail)?;
        Ok(Self { ranks, gpus: Mutex::new(Gpus(comm)) })
    }
}

impl Collective for Nccl {
    fn rank(&self) -> usize {
        self.ranks.rank()
    }

    fn size(&self) -> usize {
        self.ranks.size()
    }

    fn gather(&self, own: &[u8]) -> ssim_train::Result<Vec<Vec<u8>>> {
        self.ranks.gather(own)
    }

    fn exchange(&self, to: Vec<Vec<u8>>) -> ssim_train::Result<Vec<Vec<u8>>> {
        self.ranks.exchange(to)
    }

    fn sum(&self, values: &mut [f32]) -> ssim_train::Result<()> {
        let fail = |e: &dyn std::fmt::Debug| ssim_train::Error::Ranks(format!("NCCL: {e:?}"));
        let gpus = self.gpus.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = gpus.0.stream();
        let mut there = stream.clone_htod(&*values).map_err(|e| fail(&e))?;
        // Every rank gets the same bits: a part is summed in one place, and handed on from there.
        gpus.0.all_reduce_in_place(&mut there, &ReduceOp::Sum).map_err(|e| fail(&e))?;
        stream.memcpy_dtoh(&there, values).map_err(|e| fail(&e))?;
        stream.synchronize().map_err(|e| fail(&e))
    }
}
