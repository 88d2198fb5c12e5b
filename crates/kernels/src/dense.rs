//! The parts of a layer beside its product: bias, ReLU and dropout.

#![allow(unsafe_code, reason = "kernels read and write memory by address")]

use crate::Result;
use crate::address::Address;
use crate::arguments::{BeginLayer, FinishLayer, SumColumns, launch, launch_for};
use crate::array::Array;
use crate::device::KernelDevice;
use crate::route::Routed;

/// Columns that a block of `sum_columns` adds up.
const COLUMNS: usize = 32;

/// The operations that follow the product of a layer.
#[derive(Clone, Copy, Debug, Default)]
pub struct LayerEnd {
    /// Number of the layer.
    pub layer: usize,
    /// Whether it has a ReLU.
    pub relu: bool,
    /// Probability of dropout.
    pub dropout: f32,
    /// The step's key of dropout.
    pub key: u64,
}

impl LayerEnd {
    /// Factor of the units that are not dropped, 1/(1−p).
    fn scale(&self) -> f32 {
        1.0 / (1.0 - self.dropout)
    }
}

/// The rows that go through a layer.
#[derive(Clone, Copy)]
pub enum LayerRows<'a> {
    /// All rows of a batch, through one network.
    All(usize),
    /// The pairs of row and tower, each through its tower.
    Pairs(&'a Routed),
}

impl LayerRows<'_> {
    /// Number of rows, with those that fill up.
    pub fn count(&self) -> usize {
        match self {
            Self::All(count) => *count,
            Self::Pairs(routed) => routed.pairs_reserved,
        }
    }

    fn networks(&self) -> usize {
        match self {
            Self::All(_) => 1,
            Self::Pairs(routed) => routed.towers,
        }
    }
}

/// Adds the bias, `[K, O]` from value `first` of `biases` on, to the products `y` `[P, O]`, and applies ReLU and dropout.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn finish(
    device: &dyn KernelDevice,
    y: &mut Array<f32>,
    (biases, first, outputs): (&Array<f32>, usize, usize),
    rows: LayerRows,
    end: LayerEnd,
) -> Result<()> {
    let count = rows.count();
    let (pairs, tower) = match rows {
        LayerRows::All(_) => (Address::NULL, Address::NULL),
        LayerRows::Pairs(routed) => {
            (routed.pairs.address("pairs", count)?, routed.tower.address("towers of pairs", count)?)
        }
    };
    let arguments = FinishLayer {
        y: y.address("outputs", count * outputs)?,
        bias: biases.from("biases", first, rows.networks() * outputs)?,
        pairs,
        tower,
        key: end.key,
        count: count as u32,
        outputs: outputs as u32,
        layer: end.layer as u32,
        relu: end.relu.into(),
        limit: (end.dropout * 65536.0) as u32,
        scale: end.scale(),
    };
    // SAFETY: the sizes are checked.
    unsafe { launch_for(device, count * outputs, arguments) }
}

/// Brings the gradient of the outputs `y` `[P, O]` back through dropout and ReLU, in place.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn begin(
    device: &dyn KernelDevice,
    slopes: &mut Array<f32>,
    (y, outputs): (&Array<f32>, usize),
    rows: LayerRows,
    end: LayerEnd,
) -> Result<()> {
    let values = rows.count() * outputs;
    let arguments = BeginLayer {
        slopes: slopes.address("gradients", values)?,
        y: y.address("outputs", values)?,
        count: rows.count() as u32,
        outputs: outputs as u32,
        scale: end.scale(),
    };
    // SAFETY: the sizes are checked.
    unsafe { launch_for(device, values, arguments) }
}

/// Writes the gradients of the biases, sums over the rows of each network, to `[K, O]` values from `first` on.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn sum_columns(
    device: &dyn KernelDevice,
    (slopes, outputs): (&Array<f32>, usize),
    routed: &Routed,
    (out, first): (&mut Array<f32>, usize),
) -> Result<()> {
    let arguments = SumColumns {
        slopes: slopes.address("gradients", routed.pairs_reserved * outputs)?,
        starts: routed.starts()?,
        seen: routed.seen.address("rows of towers", routed.towers)?,
        out: out.from("gradients of biases", first, routed.towers * outputs)?,
        outputs: outputs as u32,
    };
    // SAFETY: the sizes are checked.
    unsafe { launch(device, routed.towers * outputs.div_ceil(COLUMNS), arguments) }
}
