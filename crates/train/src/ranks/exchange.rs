//! The messages that ranks exchange in a step: slices before the objective, gradients after it.

use super::{Collective, bytes, part};
use crate::error::{Error, Result};
use crate::step::slice::{BatchInput, Sharing, Slice};
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};
use ssim_core::tensor;
use std::ops::Range;

/// The slices of a rank's `part` of the batch, from the message that the rank made with [`message`];
/// `None` where the message is shorter than the slices.
fn slices_of(input: BatchInput, part: Range<usize>, mut message: Words) -> Option<Vec<Slice>> {
    let count = message.take(1)?[0] as usize;
    let mut slices = input.cut(part, count);
    for slice in &mut slices {
        if let Sharing::Searched(_, selection) = input.sharing {
            slice.score(message.take(slice.places.len())?, selection, input.towers);
        }
        slice.logits = message.take(slice.routing.pairs().len())?;
    }
    Some(slices)
}

/// A rank's message: the number of its slices; then of each slice its scores and its logits. Everything else of a slice follows from the batch, which all ranks know.
fn message(slices: &[Slice]) -> Vec<u8> {
    let mut values = vec![slices.len() as f32];
    for slice in slices {
        values.extend(&slice.scores);
        values.extend(&slice.logits);
    }
    bytes(&values)
}

/// The numbers of a message that have not been read yet.
struct Words<'a>(&'a [[u8; 4]]);

impl Words<'_> {
    fn take(&mut self, n: usize) -> Option<Vec<f32>> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken.iter().map(|x| f32::from_le_bytes(*x)).collect())
    }
}

/// The slices of all ranks in the order of the batch, and the places of this rank's slices in them.
///
/// # Errors
/// When a rank is gone, or trains with other data or settings.
pub fn slices(
    ranks: &dyn Collective,
    own: Vec<Slice>,
    input: BatchInput,
) -> Result<(Vec<Slice>, Range<usize>)> {
    if ranks.size() == 1 {
        let places = 0..own.len();
        return Ok((own, places));
    }
    let messages = ranks.gather(&message(&own))?;
    let mut all = Vec::new();
    let mut places = 0..0;
    let mut own = Some(own);
    for (rank, message) in messages.iter().enumerate() {
        let slices = match own.take_if(|_| rank == ranks.rank()) {
            Some(own) => own,
            None => {
                let part = part(rank, ranks.size(), input.batch.rows.len());
                let slices = slices_of(input, part, Words(message.as_chunks().0));
                slices.ok_or_else(|| {
                    Error::Ranks(format!("rank {rank} trains with other data or settings"))
                })?
            }
        };
        if rank == ranks.rank() {
            places = all.len()..all.len() + slices.len();
        }
        all.extend(slices);
    }
    Ok((all, places))
}

/// The gradients of `vars` summed over the rows of all ranks, in one store; `slices` are the stores of
/// this rank's slices.
///
/// # Errors
/// When a rank is gone; what candle reports.
pub fn gradients(
    ranks: &dyn Collective,
    slices: Vec<GradStore>,
    vars: impl Iterator<Item = Var>,
) -> Result<Vec<GradStore>> {
    if ranks.size() == 1 {
        return Ok(slices);
    }
    let vars: Vec<Var> = vars.collect();
    let mut flat = Vec::new();
    for var in &vars {
        let mut sum = vec![0f32; var.elem_count()];
        for gradient in slices.iter().filter_map(|store| store.get(var)) {
            tensor::with_f32(gradient, |g| sum.iter_mut().zip(g).for_each(|(s, g)| *s += g))?;
        }
        flat.extend(sum);
    }
    ranks.sum(&mut flat)?;
    // candle makes stores in backward passes only.
    let mut store = Tensor::zeros((), DType::F32, &Device::Cpu)?.backward()?;
    let mut rest = &flat[..];
    for var in &vars {
        let (values, others) = rest.split_at(var.elem_count());
        store.insert(var, Tensor::from_slice(values, var.shape(), var.device())?);
        rest = others;
    }
    Ok(vec![store])
}

/// The sum of the ranks' losses.
///
/// # Errors
/// When a rank is gone.
pub fn loss(ranks: &dyn Collective, own: f64) -> Result<f64> {
    let all = ranks.gather(&own.to_le_bytes())?.concat();
    Ok(all.as_chunks().0.iter().map(|loss| f64::from_le_bytes(*loss)).sum())
}
