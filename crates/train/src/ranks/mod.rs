//! Several processes, called ranks, that train one model together.
//!
//! All ranks hold the same data, the same weights and the same random numbers. Of every batch, each
//! rank computes the logits, scores and gradients of its own part of the rows. The ranks exchange
//! these numbers, and then all of them take the same step, so their weights stay equal bit by bit
//! and no rank is the master.

pub(crate) mod exchange;
pub(crate) mod loan;
pub mod table_shard;

use crate::error::Result;
use ssim_core::parallel;
use std::ops::Range;

/// The ranks that train together, seen from one of them.
///
/// All ranks must make the same calls in the same order, since each call waits for all of them.
pub trait Collective: Sync {
    /// The number of this rank, from 0.
    fn rank(&self) -> usize;

    /// The number of ranks.
    fn size(&self) -> usize;

    /// The bytes that every rank has given, by rank.
    ///
    /// # Errors
    /// When a rank is gone.
    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>>;

    /// Sends `to[r]` to rank r, and returns the bytes that every rank has sent to this one, by rank.
    ///
    /// # Errors
    /// When a rank is gone.
    fn exchange(&self, to: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>>;

    /// Replaces `values`, which are equally many on all ranks, by their sums over the ranks. All ranks
    /// get the same bits.
    ///
    /// # Errors
    /// When a rank is gone.
    fn sum(&self, values: &mut [f32]) -> Result<()>;
}

/// A single process: one rank without others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Collective for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        Ok(vec![own.to_vec()])
    }

    fn exchange(&self, to: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
        Ok(to)
    }

    fn sum(&self, _: &mut [f32]) -> Result<()> {
        Ok(())
    }
}

/// The part of `0..n` that `rank` of `size` ranks works on.
pub fn part(rank: usize, size: usize, n: usize) -> Range<usize> {
    parallel::ranges(n, size).get(rank).cloned().unwrap_or(n..n)
}

/// A value for each of `0..n`; every rank computes its part of them.
///
/// # Errors
/// When `compute` fails, or a rank is gone.
pub fn each(
    ranks: &dyn Collective,
    n: usize,
    compute: impl FnOnce(Range<usize>) -> Result<Vec<f32>>,
) -> Result<Vec<f32>> {
    concat(ranks, compute(part(ranks.rank(), ranks.size(), n))?)
}

/// The values of all ranks, one rank after the other.
///
/// # Errors
/// When a rank is gone.
pub fn concat(ranks: &dyn Collective, own: Vec<f32>) -> Result<Vec<f32>> {
    if ranks.size() == 1 {
        return Ok(own);
    }
    Ok(numbers(&ranks.gather(&bytes(&own))?.concat()))
}

/// The bytes of a message that holds these numbers.
pub fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// The numbers of a message.
pub fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|x| f32::from_le_bytes(*x)).collect()
}

/// The values of rank 0. Every rank could compute them, but another processor can round the last
/// bits in another way, and the ranks must agree bit by bit.
///
/// # Errors
/// When a rank is gone.
pub fn agreed(ranks: &dyn Collective, own: Vec<f32>) -> Result<Vec<f32>> {
    concat(ranks, if ranks.rank() == 0 { own } else { Vec::new() })
}

/// Whether `own` is true on any rank.
///
/// # Errors
/// When a rank is gone.
pub fn any(ranks: &dyn Collective, own: bool) -> Result<bool> {
    Ok(ranks.gather(&[u8::from(own)])?.concat().contains(&1))
}
