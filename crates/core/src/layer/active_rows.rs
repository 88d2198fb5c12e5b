//! The rows of a batch that have a gradient.
//!
//! A row whose gradient is 0 adds nothing to the gradient of any parameter, so the backward pass
//! leaves it out. In search these are the private rows: the hard mask gives the selection network
//! no gradient for them.
//!
//! The backward pass of [`super::fused`] calls [`ActiveRows::find`] first, then gathers the positions
//! of its rows with [`ActiveRows::gather`] and their values with [`ActiveRows::retain`].

use super::dense::Dense;
use std::borrow::Cow;
use std::sync::Arc;

/// The rows with a gradient, out of `n`.
pub(super) struct ActiveRows {
    /// Positions of these rows; `None` if all rows have a gradient.
    rows: Option<Vec<u32>>,
    n: usize,
}

/// The rows at these positions of `values`, each `width` values wide; not copied where they follow
/// each other.
pub(super) fn rows_at<'a, T: Copy>(values: &'a [T], rows: &[u32], width: usize) -> Cow<'a, [T]> {
    let first = rows.first().copied().unwrap_or(0);
    if rows.iter().copied().eq(first..first + rows.len() as u32) {
        return Cow::Borrowed(&values[first as usize * width..][..rows.len() * width]);
    }
    let mut chosen = Vec::with_capacity(rows.len() * width);
    rows.iter().for_each(|row| chosen.extend_from_slice(&values[*row as usize * width..][..width]));
    Cow::Owned(chosen)
}

impl ActiveRows {
    /// Finds the rows of the gradient `g [n, O]` that are not all 0.
    pub fn find(g: &[f32], n: usize) -> Self {
        let width = (g.len() / n.max(1)).max(1);
        let rows = (0..).zip(g.chunks_exact(width));
        let rows: Vec<u32> =
            rows.filter(|(_, g)| g.iter().any(|g| *g != 0.0)).map(|(row, _)| row).collect();
        Self { rows: (rows.len() < n).then_some(rows), n }
    }

    /// The values of the active rows, from `values [n, ·]`; not copied if all rows are active.
    pub fn gather<'a, T: Copy>(&self, values: &'a [T]) -> Cow<'a, [T]> {
        let Some(rows) = &self.rows else { return Cow::Borrowed(values) };
        rows_at(values, rows, values.len() / self.n)
    }

    /// Replaces `values [n, ·]` by the values of the active rows.
    pub fn retain(&self, values: &mut Vec<f32>) {
        if self.rows.is_some() {
            *values = self.gather(values).into_owned();
        }
    }

    /// The operation of a layer, for the active rows.
    pub fn of<'a>(&self, layer: &'a Dense) -> Cow<'a, Dense> {
        let (Some(rows), Some(repeats)) = (&self.rows, &layer.repeats) else {
            return Cow::Borrowed(layer);
        };
        Cow::Owned(Dense { repeats: repeats.pick(rows).map(Arc::new), ..layer.clone() })
    }
}
