//! The objective on the device.

#![allow(unsafe_code, reason = "kernels read and write memory by address")]

use crate::Result;
use crate::address::Address;
use crate::arguments::{PairLosses, ScoreSlopes, Total, TowerLosses, launch, launch_for};
use crate::array::Array;
use crate::device::KernelDevice;
use crate::embed::{BatchRows, Rows};
use crate::route::{MaskAt, Routed};

/// Losses of a batch.
pub struct Losses {
    /// Weighted losses of the pairs `[P]`.
    pub pairs: Array<f64>,
    /// Their gradients with respect to the logits `[P]`.
    pub slopes: Array<f32>,
    /// Losses of the towers `[K]`.
    pub towers: Array<f64>,
    /// λ-terms of the rows `[m]`, in a search.
    pub terms: Array<f64>,
    /// The loss of the batch `[1]`.
    pub loss: Array<f64>,
    /// The number of its shared rows `[1]`.
    pub shared: Array<u32>,
}

impl Losses {
    /// Room for batches of up to `rows` rows, and up to `pairs` pairs.
    ///
    /// # Errors
    /// When the device has not so much memory.
    pub fn new(
        device: &dyn KernelDevice,
        rows: usize,
        towers: usize,
        pairs: usize,
    ) -> Result<Self> {
        Ok(Self {
            pairs: Array::zeros(device, pairs)?,
            slopes: Array::zeros(device, pairs)?,
            towers: Array::zeros(device, towers)?,
            terms: Array::zeros(device, rows)?,
            loss: Array::zeros(device, 1)?,
            shared: Array::zeros(device, 1)?,
        })
    }
}

/// Computes the losses of all pairs from their logits `[P]`. `by_tower` says whether the objective is a sum of the
/// towers' means, and not the mean of the batch.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn pair_losses(
    device: &dyn KernelDevice,
    logits: &Array<f32>,
    (rows, batch): (&Rows, BatchRows),
    routed: &Routed,
    by_tower: bool,
    losses: &mut Losses,
) -> Result<()> {
    let (count, towers) = (routed.pairs_reserved, routed.towers);
    let starts = routed.starts()?;
    let own = routed.own.address("own rows", towers)?;
    let seen = routed.seen.address("rows of towers", towers)?;
    let of_pairs = losses.pairs.address("losses", count)?;
    let arguments = PairLosses {
        logits: logits.address("logits", count)?,
        pairs: routed.pairs.address("pairs", count)?,
        tower: routed.tower.address("towers of pairs", count)?,
        starts,
        own,
        seen,
        rows: batch.address()?,
        labels: rows.labels.address("labels", 0)?,
        losses: of_pairs,
        slopes: losses.slopes.address("gradients", count)?,
        count: count as u32,
        batch: batch.count as u32,
        towers: towers as u32,
        by_tower: by_tower.into(),
    };
    // SAFETY: the sizes are checked.
    unsafe { launch_for(device, count, arguments) }?;
    let out = losses.towers.address("losses of towers", towers)?;
    let arguments = TowerLosses { losses: of_pairs, starts, seen, out };
    // SAFETY: the sizes are checked.
    unsafe { launch(device, towers, arguments) }
}

/// The terms that teach the selector at one step.
#[derive(Clone, Copy, Debug)]
pub struct Teaching {
    /// The mask.
    pub mask: MaskAt,
    /// The gradient of the λ-term with respect to the mask of a shared row.
    pub pull: f64,
    /// The λ-term of a row that is not shared.
    pub private_term: f64,
    /// λ/m where the λ-term is a logarithm, else 0.
    pub log_term: f64,
    /// Part of the gradient that passes below the threshold.
    pub leak: f64,
    /// Whether a row's own loss counts for its mask.
    pub relaxed: bool,
}

/// The scores of a batch and which rows they share.
#[derive(Clone, Copy)]
pub struct BatchScores<'a> {
    /// Scores `[m]`.
    pub scores: &'a Array<f32>,
    /// Whether each row is shared, `[m]`.
    pub shared: &'a Array<u8>,
    /// Number of heads.
    pub heads: usize,
}

/// Writes the gradients of the scores to `slopes` `[m, H]`, and the λ-terms. [`pair_losses`] comes before.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn score_slopes(
    device: &dyn KernelDevice,
    (scored, teaching): (BatchScores, Teaching),
    (rows, batch): (&Rows, BatchRows),
    (routed, logits, by_tower): (&Routed, &Array<f32>, bool),
    losses: &mut Losses,
    slopes: &mut Array<f32>,
) -> Result<()> {
    let (count, towers, pairs) = (batch.count, routed.towers, routed.pairs_reserved);
    let arguments = ScoreSlopes {
        scores: scored.scores.address("scores", count)?,
        shared: scored.shared.address("shared rows", count)?,
        slots: routed.slots.address("slots", towers * count)?,
        starts: routed.starts()?,
        seen: routed.seen.address("rows of towers", towers)?,
        losses: losses.pairs.address("losses", pairs)?,
        tower_losses: losses.towers.address("losses of towers", towers)?,
        logits: logits.address("logits", pairs)?,
        scenarios: rows.scenarios.address("scenarios", 0)?,
        rows: batch.address()?,
        labels: rows.labels.address("labels", 0)?,
        slopes: slopes.address("gradients of heads", count * scored.heads)?,
        terms: losses.terms.address("terms", count)?,
        threshold: teaching.mask.threshold,
        temperature: teaching.mask.temperature,
        pull: teaching.pull,
        private_term: teaching.private_term,
        log_term: teaching.log_term,
        leak: teaching.leak,
        count: count as u32,
        towers: towers as u32,
        width: scored.heads as u32,
        by_tower: by_tower.into(),
        relaxed: teaching.relaxed.into(),
    };
    // SAFETY: the sizes are checked, and a shared row has a slot in every tower.
    unsafe { launch_for(device, count, arguments) }
}

/// Adds up the loss of the batch, with the λ-terms in a `search`, and counts the shared rows.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn total(
    device: &dyn KernelDevice,
    shared: &Array<u8>,
    routed: &Routed,
    search: bool,
    losses: &mut Losses,
) -> Result<()> {
    let terms = match search {
        true => losses.terms.address("terms", routed.rows)?,
        false => Address::NULL,
    };
    let arguments = Total {
        tower_losses: losses.towers.address("losses of towers", routed.towers)?,
        terms,
        shared: shared.address("shared rows", routed.rows)?,
        loss: losses.loss.address("loss", 1)?,
        count: losses.shared.address("number of shared rows", 1)?,
        towers: routed.towers as u32,
        rows: routed.rows as u32,
    };
    // SAFETY: the sizes are checked.
    unsafe { launch(device, 1, arguments) }
}
