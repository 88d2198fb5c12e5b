//! Partitioned normalisation: every tower sees rows by the mean and variance of its own scenario's,
//! `γ·γ_k·(x − μ_k)/√(var_k + 1e-3) + β + β_k`.
//!
//! In training μ_k and var_k are those of the batch's rows of scenario k (which a shared row of another
//! scenario is seen by, too); where there is none, and for predicting, moving ones. They follow the
//! batches' by a hundredth of the distance, and more before there were a hundred batches, so that they
//! are a mean from the first one on.
//!
//! The published code takes the moments of the whole batch for every k, and lets the moving ones
//! follow those of `1[s=k]·x` from 0 and 1 by a hundredth: they predict with numbers of another kind than
//! they were trained with. That is kept as `published`.

use super::mlp::Linear;
use super::moments::Moments;
use super::pass::RowPass;
use crate::embedding::Lookup;
use crate::error::{Error, Result};
use crate::host;
use crate::parameters::BUFFERS;
use candle_core::Tensor;
use candle_nn::VarBuilder;
use candle_nn::init::{ONE, ZERO};

const EPSILON: f64 = 1e-3;
/// Batches over which the moving moments forget.
const HORIZON: f32 = 100.0;

/// A partitioned normalisation of rows `[n, W]`.
#[derive(Debug)]
pub struct PartitionedNorm {
    published: bool,
    /// γ, β
    shared: Affine,
    /// γ_k, β_k
    own: Vec<Affine>,
    moving: Vec<Moving>,
}

#[derive(Debug)]
struct Affine {
    scale: Tensor,
    shift: Tensor,
}

/// Moving mean and variance `[W]`, and how many batches they have seen `[1]`, up to the horizon.
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
    /// Parameters `norm.scale` and `norm.shift` under `towers.shared` and every `towers.{k}`; moving
    /// moments under `buffers.norm.{k}`.
    ///
    /// # Errors
    /// When the builder has values of these names in other shapes.
    pub fn new(width: usize, towers: usize, published: bool, vb: &VarBuilder) -> Result<Self> {
        let shared = Affine::new(width, &vb.pp("towers").pp("shared"))?;
        let own = (0..towers).map(|k| Affine::new(width, &vb.pp("towers").pp(k)));
        let own = own.collect::<Result<_>>()?;
        let moving = (0..towers).map(|k| {
            let vb = vb.pp(BUFFERS).pp("norm").pp(k);
            Ok(Moving {
                mean: vb.get_with_hints(width, "mean", ZERO)?,
                variance: vb.get_with_hints(width, "variance", ONE)?,
                batches: vb.get_with_hints(1, "batches", ZERO)?,
            })
        });
        Ok(Self { published, shared, own, moving: moving.collect::<Result<_>>()? })
    }

    /// Positions in a batch of the rows of every tower's scenario.
    fn groups(&self, scenarios: &[u16]) -> Vec<Vec<u32>> {
        let mut groups = vec![Vec::new(); self.own.len()];
        for (i, s) in (0u32..).zip(scenarios) {
            groups[usize::from(*s).min(self.own.len() - 1)].push(i);
        }
        groups
    }

    /// Moments of a whole batch, for [`super::Pass::with_moments`].
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

    /// Rows `x [n, W]` less tower `k`'s mean, and the layer that makes of them what `layer` would make of
    /// rows as tower `k` sees them: all but the mean is part of its weights, which are fewer than rows.
    ///
    /// Not the mean: a column that is the same in all rows of a scenario must be exactly 0, as its
    /// gradient must. Adam makes whole steps of rounding errors.
    ///
    /// # Errors
    /// In training without the batch's moments; when the layer has other inputs.
    pub fn before(
        &self,
        k: usize,
        x: &Tensor,
        layer: &Linear,
        rows: &RowPass,
    ) -> Result<(Tensor, Linear)> {
        let (mean, variance) = match (&rows.moments, &rows.sink) {
            (Some(moments), _) if !moments.is_empty(k) => moments.leaf(k),
            (None, Some(_)) => {
                let text = "norm: training needs the moments of the whole batch";
                return Err(Error::Data(text.into()));
            }
            _ => (&self.moving[k].mean, &self.moving[k].variance),
        };
        let (shared, own) = (&self.shared, &self.own[k]);
        let scale = ((&shared.scale * &own.scale)? / (variance + EPSILON)?.sqrt()?)?;
        let weight = layer.weight.broadcast_mul(&scale)?;
        // What is added to the shift is 0 and has the mean's gradient: that of the rows need not be summed.
        let centre = mean.detach();
        let shift = ((&shared.shift + &own.shift)? + (scale * (&centre - mean)?)?)?;
        let bias = (&layer.bias + layer.weight.matmul(&shift.unsqueeze(1)?)?.squeeze(1)?)?;
        Ok((x.broadcast_sub(&centre)?, Linear { weight, bias }))
    }

    /// Lets the moving moments follow a batch's.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn follow(&self, moments: &Moments, scenarios: &[u16]) -> Result<()> {
        for (members, moving) in self.groups(scenarios).iter().zip(&self.moving) {
            let of = if self.published { scenarios.len() } else { members.len() };
            if of == 0 {
                continue;
            }
            let batches = host::to_vec(&moving.batches)?[0];
            let seen = if self.published { HORIZON } else { (batches + 1.0).min(HORIZON) };
            let (mean, variance) = moments.of(members, of);
            for (moving, now) in [(&moving.mean, &mean), (&moving.variance, &variance)] {
                let pairs = host::to_vec(moving)?.into_iter().zip(now);
                let next: Vec<f32> = pairs.map(|(old, now)| old + (now - old) / seen).collect();
                set(moving, next)?;
            }
            set(&moving.batches, vec![(batches + 1.0).min(HORIZON)])?;
        }
        Ok(())
    }
}

/// Overwrites a buffer.
fn set(buffer: &Tensor, values: Vec<f32>) -> Result<()> {
    Ok(buffer.slice_set(&Tensor::from_vec(values, buffer.shape(), buffer.device())?, 0, 0)?)
}
