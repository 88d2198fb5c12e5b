//! Partitioned normalisation: tower k normalises rows by the mean and variance of scenario k,
//! `γ·γ_k·(x − μ_k)/√(var_k + 1e-3) + β + β_k`.
//!
//! In training, μ_k and var_k are computed from the batch's rows of scenario k. Tower k also
//! normalises shared rows of other scenarios by them. If the batch has no row of scenario k, and in
//! predicting, moving moments take their place.
//!
//! With every batch the moving moments move towards the batch's by 1/100 of the difference. For the
//! n-th of the first hundred batches it is 1/n, so that they are the plain mean of the batches so
//! far, and not mostly the initial values.
//!
//! The published code does two things differently, and the flag `published` does as it does. It
//! trains every tower with the moments of the whole batch. Its moving moments start at 0 and 1, and
//! follow those of `1[s=k]·x` by 1/100. So the towers predict with other moments than those they
//! were trained with.
//!
//! # Order
//! The backbone makes one [`PartitionedNorm`] when it is built. In a training step
//! [`PartitionedNorm::moments`] comes first, for the whole batch; then [`PartitionedNorm::before`],
//! in the forward pass of every slice and tower; last [`PartitionedNorm::follow`].
//! [`crate::model::Model`] has a method for the first and the last.

use super::linear::Linear;
use super::moments::Moments;
use super::pass::RowPass;
use crate::embedding::Lookup;
use crate::error::{Error, Result};
use crate::parameters::BUFFERS;
use crate::tensor;
use candle_core::Tensor;
use candle_nn::VarBuilder;
use candle_nn::init::{ONE, ZERO};

/// The constant under the root.
const EPSILON: f64 = 1e-3;
/// Number of batches after which the moving moments begin to forget older ones.
const HORIZON: f32 = 100.0;

/// The partitioned normalisation of rows `[n, W]`.
#[derive(Debug)]
pub struct PartitionedNorm {
    published: bool,
    /// γ and β.
    shared: Affine,
    /// γ_k and β_k.
    towers: Vec<Affine>,
    moving: Vec<Moving>,
}

/// A scale and a shift, `[W]` each.
#[derive(Debug)]
struct Affine {
    scale: Tensor,
    shift: Tensor,
}

/// Moving mean and variance `[W]`, and the number of batches in them `[1]`, at most [`HORIZON`].
#[derive(Debug)]
struct Moving {
    mean: Tensor,
    variance: Tensor,
    batches: Tensor,
}

impl Affine {
    fn new(width: usize, vb: &VarBuilder) -> Result<Self> {
        let vb = vb.pp("norm");
        let get = |name, init| vb.get_with_hints(width, name, init);
        Ok(Self { scale: get("scale", ONE)?, shift: get("shift", ZERO)? })
    }
}

impl PartitionedNorm {
    /// A normalisation with the parameters `norm.scale` and `norm.shift` under `towers.shared` and
    /// every `towers.{k}`, and moving moments under `buffers.norm.{k}`.
    ///
    /// # Errors
    /// When the builder has values of these names in other shapes.
    pub fn new(width: usize, towers: usize, published: bool, vb: &VarBuilder) -> Result<Self> {
        let shared = Affine::new(width, &vb.pp("towers").pp("shared"))?;
        let affine = (0..towers).map(|k| Affine::new(width, &vb.pp("towers").pp(k)));
        let affine = affine.collect::<Result<_>>()?;
        let moving = (0..towers).map(|k| {
            let vb = vb.pp(BUFFERS).pp("norm").pp(k);
            Ok(Moving {
                mean: vb.get_with_hints(width, "mean", ZERO)?,
                variance: vb.get_with_hints(width, "variance", ONE)?,
                batches: vb.get_with_hints(1, "batches", ZERO)?,
            })
        });
        Ok(Self { published, shared, towers: affine, moving: moving.collect::<Result<_>>()? })
    }

    /// For every tower the positions in the batch of its scenario's rows.
    fn groups(&self, scenarios: &[u16]) -> Vec<Vec<u32>> {
        let mut groups = vec![Vec::new(); self.towers.len()];
        // A single tower serves all scenarios, so it gets all rows.
        for (i, s) in (0u32..).zip(scenarios) {
            groups[usize::from(*s).min(self.towers.len() - 1)].push(i);
        }
        groups
    }

    /// Computes the moments of a whole batch, one leaf per tower, for
    /// [`super::Pass::with_moments`].
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn moments(&self, batch: &Lookup) -> Result<Moments> {
        let mut moments = Moments::new(batch);
        let groups = self.groups(&batch.scenarios());
        let groups = if self.published { vec![batch.places(); groups.len()] } else { groups };
        groups.into_iter().try_for_each(|members| moments.add(members, batch.device()))?;
        Ok(moments)
    }

    /// Normalises the rows `x [n, W]` for tower `k` in front of `layer`. It gives two values: the
    /// rows minus the mean, and a layer with the rest of the normalisation in its weight and bias.
    /// This new layer on these rows has the output of `layer` on normalised rows.
    ///
    /// Scale and shift go into the layer because a layer has fewer weights than a batch has values.
    /// The mean does not. A column that has the same value in all rows of a scenario must become
    /// exactly 0, and so must its gradient. With the mean in the bias rounding errors would remain,
    /// and Adam, which divides a gradient by its size, would make full steps of them.
    ///
    /// # Errors
    /// In training without the moments of the batch, or when the layer has another number of
    /// inputs.
    pub fn before(
        &self,
        k: usize,
        x: &Tensor,
        layer: &Linear,
        rows: &RowPass,
    ) -> Result<(Tensor, Linear)> {
        // A sink means training, in which the moments must be given.
        let (mean, variance) = match (&rows.moments, &rows.sink) {
            (Some(moments), _) if !moments.is_empty(k) => moments.leaf(k),
            (None, Some(_)) => {
                let text = "norm: training needs the moments of the whole batch";
                return Err(Error::Data(text.into()));
            }
            _ => (&self.moving[k].mean, &self.moving[k].variance),
        };
        let shared = &self.shared;
        let tower = &self.towers[k];
        let scale = ((&shared.scale * &tower.scale)? / (variance + EPSILON)?.sqrt()?)?;
        let weight = layer.weight.broadcast_mul(&scale)?;
        // The gradient of the mean takes a shorter way. `centre − mean` is 0, so it does not change
        // the shift, but through it the mean gets its gradient. If it were to come from `x − mean`,
        // candle would have to sum the gradients of all rows.
        let centre = mean.detach();
        let shift = ((&shared.shift + &tower.shift)? + (scale * (&centre - mean)?)?)?;
        let bias = (&layer.bias + layer.weight.matmul(&shift.unsqueeze(1)?)?.squeeze(1)?)?;
        Ok((x.broadcast_sub(&centre)?, Linear { weight, bias }))
    }

    /// Moves the moving moments towards those of a batch with these scenarios, `[m]`. Call it once
    /// per step, with the moments that [`PartitionedNorm::moments`] gave for the same batch.
    /// Unless `published`, a tower without rows in the batch keeps its moving moments.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn follow(&self, moments: &Moments, scenarios: &[u16]) -> Result<()> {
        for (members, moving) in self.groups(scenarios).iter().zip(&self.moving) {
            // The published form counts rows of other scenarios as 0.
            let count = if self.published { scenarios.len() } else { members.len() };
            if count == 0 {
                continue;
            }
            let batches = tensor::to_vec(&moving.batches)?[0];
            let seen = if self.published { HORIZON } else { (batches + 1.0).min(HORIZON) };
            let (mean, variance) = moments.of(members, count);
            for (moving, now) in [(&moving.mean, &mean), (&moving.variance, &variance)] {
                let pairs = tensor::to_vec(moving)?.into_iter().zip(now);
                let next: Vec<f32> = pairs.map(|(old, now)| old + (now - old) / seen).collect();
                set(moving, next)?;
            }
            set(&moving.batches, vec![(batches + 1.0).min(HORIZON)])?;
        }
        Ok(())
    }
}

/// Overwrites the values of a buffer in place, so that the network built to predict sees them, too.
fn set(buffer: &Tensor, values: Vec<f32>) -> Result<()> {
    Ok(buffer.slice_set(&Tensor::from_vec(values, buffer.shape(), buffer.device())?, 0, 0)?)
}
