//! Several processes that train one model, each on its part of every batch.
//!
//! All of them hold the same data, the same weights and the same random numbers, so what one knows of a batch the
//! others know too. What only its own rows tell (logits, scores, gradients) is exchanged, and then everybody does
//! the same with it: no rank is the master, and their weights stay equal bit by bit.

use crate::error::Result;
use ssim_core::parallel;
use std::ops::Range;

/// The ranks that train together, seen from one of them.
///
/// Every call must be made by all ranks, in the same order.
pub trait Collective: Sync {
    /// Which one this is, from 0.
    fn rank(&self) -> usize;

    /// How many there are.
    fn size(&self) -> usize;

    /// Everybody's bytes, by rank.
    ///
    /// # Errors
    /// When a rank is gone.
    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>>;

    /// Hands `to[r]` to rank r, and gives back what every rank has handed to this one, by rank.
    ///
    /// # Errors
    /// When a rank is gone.
    fn exchange(&self, to: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>>;

    /// Puts the sum over all ranks in the place of `values`, equally long everywhere. All ranks get the same bits.
    ///
    /// # Errors
    /// When a rank is gone.
    fn sum(&self, values: &mut [f32]) -> Result<()>;
}

/// No others.
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

/// The part of `0..n` that is one of `size` ranks'.
pub fn part(rank: usize, size: usize, n: usize) -> Range<usize> {
    parallel::ranges(n, size).get(rank).cloned().unwrap_or(n..n)
}

/// A value for each of `0..n`, of which every rank computes its part.
///
/// # Errors
/// What `compute` reports; when a rank is gone.
pub fn each(
    ranks: &dyn Collective,
    n: usize,
    compute: impl FnOnce(Range<usize>) -> Result<Vec<f32>>,
) -> Result<Vec<f32>> {
    concat(ranks, compute(part(ranks.rank(), ranks.size(), n))?)
}

/// Everybody's values, one behind the other by rank.
///
/// # Errors
/// When a rank is gone.
pub fn concat(ranks: &dyn Collective, own: Vec<f32>) -> Result<Vec<f32>> {
    if ranks.size() == 1 {
        return Ok(own);
    }
    Ok(numbers(&ranks.gather(&bytes(&own))?.concat()))
}

/// Numbers as a message.
pub fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// The numbers of a message.
pub fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|x| f32::from_le_bytes(*x)).collect()
}

/// The values of rank 0, for what every rank could compute, yet with other last bits on another machine.
///
/// # Errors
/// When a rank is gone.
pub fn agreed(ranks: &dyn Collective, own: Vec<f32>) -> Result<Vec<f32>> {
    concat(ranks, if ranks.rank() == 0 { own } else { Vec::new() })
}

/// Whether any rank says so.
///
/// # Errors
/// When a rank is gone.
pub fn any(ranks: &dyn Collective, own: bool) -> Result<bool> {
    Ok(ranks.gather(&[u8::from(own)])?.concat().contains(&1))
}
