//! Sums over the ranks' GPUs by NCCL. Everything else goes through those it joins, since it begins and ends in host
//! memory.

use anyhow::{Result, anyhow};
use candle_core::CudaDevice;
use candle_core::cuda_backend::cudarc::nccl::{Comm, Id, ReduceOp};
use ssim_train::ranks::Collective;

/// Ranks with a GPU each.
pub struct Nccl {
    ranks: Box<dyn Collective>,
    comm: Comm,
}

// SAFETY: what keeps the communicator on one thread is its raw handle. NCCL allows calls from any thread, one at a time,
// and the trait's contract (all ranks call in the same order) leaves no room for two at once.
unsafe impl Sync for Nccl {}

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
        // All of them meet under what the first one has drawn.
        let told = ranks.gather(&own)?.swap_remove(0);
        let id = <[u8; 128]>::try_from(told)
            .map_err(|_| anyhow!("NCCL: expected an id of 128 bytes"))?;
        let id = Id::uninit(id.map(|byte| byte as _));
        let stream = device.cuda_stream();
        let comm = Comm::from_rank(stream, ranks.rank(), ranks.size(), id).map_err(fail)?;
        Ok(Self { ranks, comm })
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
        let stream = self.comm.stream();
        let mut there = stream.clone_htod(&*values).map_err(|e| fail(&e))?;
        // Every rank gets the same bits: a part is summed in one place, and handed on from there.
        self.comm.all_reduce_in_place(&mut there, &ReduceOp::Sum).map_err(|e| fail(&e))?;
        stream.memcpy_dtoh(&there, values).map_err(|e| fail(&e))?;
        stream.synchronize().map_err(|e| fail(&e))
    }
}
