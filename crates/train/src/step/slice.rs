//! A batch, the rule that shares its rows, and the slices that the batch is cut into.

use super::selection::Selection;
use ssim_core::instances::Instances;
use ssim_core::routing::Routing;
use ssim_core::selector::Selector;
use std::ops::Range;

/// The rows of a data set that make up a batch.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// The data set.
    pub instances: &'a Instances,
    /// Positions of the batch's rows in it, `[m]`.
    pub rows: &'a [u32],
}

/// The rule that decides which rows of a batch train every tower.
#[derive(Clone, Copy)]
pub enum Sharing<'a> {
    /// A list decides: one bit per row of the data set.
    Given(&'a [bool]),
    /// The selection network decides, and learns from the same step.
    Searched(&'a Selector, &'a Selection),
}

/// One slice of a batch: its rows' routing and labels, and the logits and scores of its forward
/// pass. All ranks know the slices of all ranks.
pub struct Slice {
    /// The rows that each tower sees.
    pub routing: Routing,
    /// Logits per tower, aligned with the routing; empty before the forward pass.
    pub logits: Vec<Vec<f32>>,
    /// Labels, `[n]`.
    pub labels: Vec<u8>,
    /// Scenarios, `[n]`.
    pub scenarios: Vec<u16>,
    /// Raw scores, `[n]`; empty outside search.
    pub scores: Vec<f32>,
}

/// A batch with everything that is known of it before the forward pass.
#[derive(Clone, Copy)]
pub struct BatchInput<'a> {
    /// The rows of all ranks.
    pub batch: Batch<'a>,
    /// The rule that shares rows.
    pub sharing: Sharing<'a>,
    /// Number of towers `K`.
    pub towers: usize,
}

impl BatchInput<'_> {
    /// The slice of the batch at `range`, without logits; `scores` `[n]` are needed where the
    /// selection network decides.
    pub fn slice(&self, range: Range<usize>, scores: Vec<f32>) -> Slice {
        let instances = self.batch.instances;
        let rows = self.batch.rows[range].iter().map(|row| *row as usize);
        let shared: Vec<bool> = match self.sharing {
            Sharing::Given(list) => rows.clone().map(|row| list[row]).collect(),
            Sharing::Searched(_, selection) => {
                let temperature = selection.temperature;
                scores.iter().map(|z| selection.mask.shares(*z, temperature)).collect()
            }
        };
        let labels = rows.clone().map(|row| instances.labels[row]).collect();
        let scenarios: Vec<u16> = rows.map(|row| instances.scenarios[row]).collect();
        let routing = Routing::new(self.towers, &scenarios, &shared);
        Slice { routing, logits: Vec::new(), labels, scenarios, scores }
    }

    /// Whether the selection network decides, so that slices carry scores.
    pub fn is_searched(&self) -> bool {
        matches!(self.sharing, Sharing::Searched(..))
    }
}
