//! Ranks that exchange messages through MPI.

#![allow(unsafe_code, reason = "the communicator is a raw handle")]

use anyhow::{Context, Result};
use mpi::collective::SystemOperation;
use mpi::datatype::{Partition, PartitionMut};
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Root};
use mpi::{Count, Threading};
use ssim_train::ranks::Collective;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Numbers that are summed at once: MPI counts in 32 bits, and its buffers grow with the count.
const CHUNK: usize = 1 << 22;

/// This process among those that `mpirun` has started.
pub struct Mpi {
    /// Leaves the other processes in an orderly way when it is dropped.
    _universe: Universe,
    world: Mutex<World>,
    rank: usize,
    size: usize,
}

/// The communicator of all processes. The mutex around it lets one thread call MPI at a time.
struct World(SimpleCommunicator);

// SAFETY: the communicator is bound to one thread only by its raw handle. MPI was asked to allow calls
// from several threads, one at a time, and the mutex allows no more.
unsafe impl Send for World {}

impl Mpi {
    /// Joins the other processes.
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
        let (rank, size) = (world.rank() as usize, world.size() as usize);
        Ok(Self { _universe: universe, world: Mutex::new(World(world)), rank, size })
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collective for Mpi {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn gather(&self, own: &[u8]) -> ssim_train::Result<Vec<Vec<u8>>> {
        let mut sizes = vec![0 as Count; self.size()];
        let world = self.world();
        world.0.all_gather_into(&count(own.len())?, &mut sizes[..]);
        let (places, total) = places(&sizes)?;
        let (own, mut all) = (buffer([own]), buffer([]));
        all.resize(total, 0);
        {
            let mut partition = PartitionMut::new(&mut all[..], &sizes[..], &places[..]);
            world.0.all_gather_varcount_into(&own[..], &mut partition);
        }
        Ok(parts(&all, &sizes))
    }

    fn exchange(&self, to: Vec<Vec<u8>>) -> ssim_train::Result<Vec<Vec<u8>>> {
        let given = to.iter().map(|to| count(to.len())).collect::<Result<Vec<Count>, _>>()?;
        let mut taken = vec![0 as Count; self.size()];
        let world = self.world();
        world.0.all_to_all_into(&given[..], &mut taken[..]);
        let (given_places, _) = places(&given)?;
        let (taken_places, total) = places(&taken)?;
        let (own, mut all) = (buffer(to.iter().map(Vec::as_slice)), buffer([]));
        all.resize(total, 0);
        {
            let from = Partition::new(&own[..], &given[..], &given_places[..]);
            let mut to = PartitionMut::new(&mut all[..], &taken[..], &taken_places[..]);
            world.0.all_to_all_varcount_into(&from, &mut to);
        }
        Ok(parts(&all, &taken))
    }

    fn sum(&self, values: &mut [f32]) -> ssim_train::Result<()> {
        let world = self.world();
        let root = world.0.process_at_rank(0);
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

/// The messages in one buffer, one after the other. The buffer has memory even if it is empty, because
/// the address of an empty vector may be the one by which MPI means `MPI_IN_PLACE`.
fn buffer<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(8);
    messages.into_iter().for_each(|message| buffer.extend_from_slice(message));
    buffer
}

fn count(bytes: usize) -> ssim_train::Result<Count> {
    Count::try_from(bytes).map_err(|_| too_much(bytes))
}

/// The positions at which messages of these sizes begin in one buffer, and the end of the last one.
fn places(sizes: &[Count]) -> ssim_train::Result<(Vec<Count>, usize)> {
    let (mut places, mut end) = (Vec::with_capacity(sizes.len()), 0);
    for size in sizes {
        places.push(count(end)?);
        end += *size as usize;
    }
    Ok((places, end))
}

/// The messages of these sizes.
fn parts(mut all: &[u8], sizes: &[Count]) -> Vec<Vec<u8>> {
    let part = |size: &Count| all.split_off(..*size as usize).unwrap_or_default().to_vec();
    sizes.iter().map(part).collect()
}

fn too_much(bytes: usize) -> ssim_train::Error {
    ssim_train::Error::Ranks(format!("MPI cannot exchange {bytes} bytes at once"))
}

/// Ends all processes.
pub fn abort(code: i32) -> ! {
    mpi::topology::SimpleCommunicator::world().abort(code)
}
