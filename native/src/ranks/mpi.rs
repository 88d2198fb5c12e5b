//! Ranks that talk through MPI.

use anyhow::{Context, Result};
use mpi::collective::SystemOperation;
use mpi::datatype::PartitionMut;
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Root};
use mpi::{Count, Threading};
use ssim_train::collective::Collective;

/// Numbers that are summed at once: MPI counts in 32 bits, and its buffers grow with the count.
const CHUNK: usize = 1 << 22;

/// This process among those of `mpirun`.
pub struct Mpi {
    /// Leaves the others in an orderly way when it is dropped.
    _universe: Universe,
    world: SimpleCommunicator,
}

// SAFETY: what keeps the communicator on one thread is its raw handle. MPI was asked for calls from several threads,
// one at a time, and the trait's contract (all ranks call in the same order) leaves no room for two at once.
unsafe impl Sync for Mpi {}

impl Mpi {
    /// Joins the others.
    ///
    /// # Errors
    /// When MPI cannot be started.
    pub fn join() -> Result<Self> {
        let (universe, given) = mpi::initialize_with_threading(Threading::Serialized)
            .context("MPI cannot be started")?;
        if given < Threading::Serialized {
            anyhow::bail!("MPI: expected calls from several threads to be allowed, got {given:?}");
        }
        let world = universe.world();
        Ok(Self { _universe: universe, world })
    }
}

impl Collective for Mpi {
    fn rank(&self) -> usize {
        self.world.rank() as usize
    }

    fn size(&self) -> usize {
        self.world.size() as usize
    }

    fn gather(&self, own: &[u8]) -> ssim_train::Result<Vec<Vec<u8>>> {
        let mut sizes = vec![0 as Count; self.size()];
        let size = Count::try_from(own.len()).map_err(|_| too_much(own.len()))?;
        self.world.all_gather_into(&size, &mut sizes[..]);
        let starts = sizes.iter().scan(0usize, |at, size| {
            *at += *size as usize;
            Some(*at - *size as usize)
        });
        let starts: Vec<usize> = starts.collect();
        let total: usize = sizes.iter().map(|size| *size as usize).sum();
        let places: Result<Vec<Count>, _> = starts.iter().map(|at| Count::try_from(*at)).collect();
        let places = places.map_err(|_| too_much(total))?;
        let mut all = vec![0u8; total];
        {
            let mut partition = PartitionMut::new(&mut all[..], &sizes[..], &places[..]);
            self.world.all_gather_varcount_into(own, &mut partition);
        }
        let parts =
            starts.iter().zip(&sizes).map(|(at, size)| all[*at..][..*size as usize].to_vec());
        Ok(parts.collect())
    }

    fn sum(&self, values: &mut [f32]) -> ssim_train::Result<()> {
        let root = self.world.process_at_rank(0);
        let mut total = vec![0f32; values.len().min(CHUNK)];
        // Summed in one place and handed out: an all-reduce may give every rank other last bits.
        for part in values.chunks_mut(CHUNK) {
            let total = &mut total[..part.len()];
            if self.rank() == 0 {
                root.reduce_into_root(&*part, &mut total[..], SystemOperation::sum());
                part.copy_from_slice(total);
            } else {
                root.reduce_into(&*part, SystemOperation::sum());
            }
            root.broadcast_into(part);
        }
        Ok(())
    }
}

fn too_much(bytes: usize) -> ssim_train::Error {
    ssim_train::Error::Ranks(format!("MPI cannot exchange {bytes} bytes at once"))
}

/// Ends all processes.
pub fn abort(code: i32) -> ! {
    mpi::topology::SimpleCommunicator::world().abort(code)
}
