//! The rows of a batch that have a gradient.
//!
//! A row whose gradient is 0 adds nothing to the gradient of any parameter, so the backward pass
//! leaves it out. In search these are the private rows: the hard mask gives the selection network
//! no gradient for them.
//!
//! The backward pass of [`super::fused`] calls [`ActiveRows::find`] first, then gathers its inputs
//! with [`ActiveRows::gather`] or [`ActiveRows::retain`], and finally puts the result back with
//! [`ActiveRows::scatter`].

use super::dense::Dense;
use std::borrow::Cow;
use std::sync::Arc;

/// The rows with a gradient, out of `n`.
pub(super) struct ActiveRows {
    /// Positions of these rows; `None` if all rows have a gradient.
    rows: Option<Vec<usize>>,
    n: usize,
}

impl ActiveRows {
    /// Finds the rows of the gradient `g [n, O]` that are not all 0.
    pub fn find(g: &[f32], n: usize) -> Self {
        let width = (g.len() / n.max(1)).max(1);
        let rows = g.chunks_exact(width).enumerate();
        let rows: Vec<usize> =
            rows.filter(|(_, g)| g.iter().any(|g| *g != 0.0)).map(|(row, _)| row).collect();
        Self { rows: (rows.len() < n).then_some(rows), n }
    }

    /// The values of the active rows, from `values [n, ·]`; not copied if all rows are active.
    pub fn gather<'a>(&self, values: &'a [f32]) -> Cow<'a, [f32]> {
        let Some(rows) = &self.rows else { return Cow::Borrowed(values) };
        let width = values.len() / self.n;
        let mut gathered = Vec::with_capacity(rows.len() * width);
        rows.iter().for_each(|row| gathered.extend_from_slice(&values[row * width..][..width]));
        Cow::Owned(gathered)
    }

    /// Replaces `values [n, ·]` by the values of the active rows.
    pub fn retain(&self, values: &mut Vec<f32>) {
        if let Cow::Owned(gathered) = self.gather(values) {
            *values = gathered;
        }
    }

    /// The operation of a layer, for the active rows.
    pub fn of<'a>(&self, layer: &'a Dense) -> Cow<'a, Dense> {
        let (Some(rows), Some(repeats)) = (&self.rows, &layer.repeats) else {
            return Cow::Borrowed(layer);
        };
        Cow::Owned(Dense { repeats: repeats.pick(rows).map(Arc::new), ..layer.clone() })
    }

    /// Puts gathered rows back to their positions, `[n, width]`; the other rows become 0.
    pub fn scatter(&self, gathered: Vec<f32>, width: usize) -> Vec<f32> {
        let Some(rows) = &self.rows else { return gathered };
        let mut values = vec![0f32; self.n * width];
        for (row, gathered) in rows.iter().zip(gathered.chunks_exact(width)) {
            values[row * width..][..width].copy_from_slice(gathered);
        }
        values
    }
}
