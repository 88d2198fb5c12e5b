//! What the ranks of a [`Collective`] tell each other in a step.

use crate::collective::{Collective, bytes, part};
use crate::engine::{Batch, Sharing};
use crate::error::{Error, Result};
use crate::loss::SliceView;
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};
use ssim_core::routing::Routing;
use ssim_core::{host, parallel};
use std::ops::Range;

/// One slice of a batch as all ranks know it.
pub struct Told {
    /// Which tower saw which row.
    pub routing: Routing,
    /// Logits per tower, aligned with the routing.
    pub logits: Vec<Vec<f32>>,
    /// Clicks, `[n]`.
    pub labels: Vec<u8>,
    /// Scenarios, `[n]`.
    pub scenarios: Vec<u16>,
    /// Raw scores, `[n]`; empty outside search.
    pub scores: Vec<f32>,
}

impl Told {
    /// What the objective looks at.
    pub fn view(&self) -> SliceView<'_> {
        SliceView {
            routing: &self.routing,
            logits: &self.logits,
            labels: &self.labels,
            scenarios: &self.scenarios,
            scores: &self.scores,
        }
    }
}

/// What every rank knows of a batch before its first forward pass.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The rows of all ranks.
    pub batch: Batch<'a>,
    /// Who decides which of them are shared.
    pub sharing: Sharing<'a>,
    /// Number of towers.
    pub towers: usize,
}

impl Frame<'_> {
    /// The slice `range` of the batch, whose logits are not known yet.
    pub fn told(&self, range: Range<usize>, scores: Vec<f32>) -> Told {
        let Batch { instances, rows } = self.batch;
        let rows = rows[range].iter().map(|row| *row as usize);
        let shared: Vec<bool> = match self.sharing {
            Sharing::Given(list) => rows.clone().map(|row| list[row]).collect(),
            Sharing::Searched(_, selection) => {
                let shares = |z: &f32| selection.mask.shares(*z, selection.temperature);
                scores.iter().map(shares).collect()
            }
        };
        let labels = rows.clone().map(|row| instances.labels[row]).collect();
        let scenarios: Vec<u16> = rows.map(|row| instances.scenarios[row]).collect();
        let routing = Routing::new(self.towers, &scenarios, &shared);
        Told { routing, logits: Vec::new(), labels, scenarios, scores }
    }

    /// What a rank wrote with [`written`] of its part of the batch.
    fn read(&self, part: Range<usize>, mut message: Words) -> Option<Vec<Told>> {
        let slices = message.take(1)?[0] as usize;
        let slices = parallel::ranges(part.len(), slices).into_iter().filter(|r| !r.is_empty());
        let searched = matches!(self.sharing, Sharing::Searched(..));
        let told = slices.map(|slice| {
            let scores = message.take(if searched { slice.len() } else { 0 })?;
            let mut told = self.told(part.start + slice.start..part.start + slice.end, scores);
            let towers = 0..self.towers;
            let logits = towers.map(|k| message.take(told.routing.tower(k).len()));
            told.logits = logits.collect::<Option<_>>()?;
            Some(told)
        });
        told.collect()
    }
}

/// Number of slices; then for each its scores and the logits of every tower.
fn written(slices: &[Told]) -> Vec<u8> {
    let mut values = vec![slices.len() as f32];
    for told in slices {
        values.extend(&told.scores);
        told.logits.iter().for_each(|logits| values.extend(logits));
    }
    bytes(&values)
}

/// Numbers of a message, from the first one on.
struct Words<'a>(&'a [[u8; 4]]);

impl Words<'_> {
    fn take(&mut self, n: usize) -> Option<Vec<f32>> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken.iter().map(|x| f32::from_le_bytes(*x)).collect())
    }
}

/// The slices of all ranks, and which of them are this one's.
///
/// # Errors
/// When a rank is gone, or trains with other data or settings.
pub fn tell(
    ranks: &dyn Collective,
    own: Vec<Told>,
    frame: Frame,
) -> Result<(Vec<Told>, Range<usize>)> {
    if ranks.size() == 1 {
        let all = 0..own.len();
        return Ok((own, all));
    }
    let messages = ranks.gather(&written(&own))?;
    let (mut all, mut place, mut own) = (Vec::new(), 0..0, Some(own));
    for (rank, message) in messages.iter().enumerate() {
        let slices = match own.take_if(|_| rank == ranks.rank()) {
            Some(own) => own,
            None => {
                let part = part(rank, ranks.size(), frame.batch.rows.len());
                let slices = frame.read(part, Words(message.as_chunks().0));
                slices.ok_or_else(|| {
                    Error::Ranks(format!("rank {rank} trains with other data or settings"))
                })?
            }
        };
        if rank == ranks.rank() {
            place = all.len()..all.len() + slices.len();
        }
        all.extend(slices);
    }
    Ok((all, place))
}

/// Gradients of all ranks' rows for `vars`, in one store; `slices` are this rank's.
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
            host::with_f32(gradient, |g| sum.iter_mut().zip(g).for_each(|(s, g)| *s += g))?;
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

/// The sum of what the ranks' rows cost.
///
/// # Errors
/// When a rank is gone.
pub fn loss(ranks: &dyn Collective, own: f64) -> Result<f64> {
    let all = ranks.gather(&own.to_le_bytes())?.concat();
    Ok(all.as_chunks().0.iter().map(|loss| f64::from_le_bytes(*loss)).sum())
}
