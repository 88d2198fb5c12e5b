//! Rows of a batch that have a gradient.
//!
//! A row whose gradient is 0 gives nothing to any parameter, so the backward pass leaves it out. In search these are
//! the rows that are not shared: the hard mask tells the selection network nothing about them.

use std::borrow::Cow;

/// Which of `n` rows have a gradient.
pub(super) struct Live {
    /// Their places; `None` where all of them have one.
    rows: Option<Vec<usize>>,
    n: usize,
}

impl Live {
    /// Looks at the gradient `g [n, O]`.
    pub fn rows(g: &[f32], n: usize) -> Self {
        let width = (g.len() / n.max(1)).max(1);
        let rows = g.chunks_exact(width).enumerate();
        let rows: Vec<usize> =
            rows.filter(|(_, g)| g.iter().any(|g| *g != 0.0)).map(|(row, _)| row).collect();
        Self { rows: (rows.len() < n).then_some(rows), n }
    }

    /// The values `[n, ·]` of these rows.
    pub fn kept<'a>(&self, values: &'a [f32]) -> Cow<'a, [f32]> {
        let Some(rows) = &self.rows else { return Cow::Borrowed(values) };
        let width = values.len() / self.n;
        let mut kept = Vec::with_capacity(rows.len() * width);
        rows.iter().for_each(|row| kept.extend_from_slice(&values[row * width..][..width]));
        Cow::Owned(kept)
    }

    /// Drops the values of all other rows.
    pub fn keep(&self, values: &mut Vec<f32>) {
        if let Cow::Owned(kept) = self.kept(values) {
            *values = kept;
        }
    }

    /// Puts the rows that were kept back to their places, `[n, width]`; the others are 0.
    pub fn spread(&self, kept: Vec<f32>, width: usize) -> Vec<f32> {
        let Some(rows) = &self.rows else { return kept };
        let mut values = vec![0f32; self.n * width];
        for (row, kept) in rows.iter().zip(kept.chunks_exact(width)) {
            values[row * width..][..width].copy_from_slice(kept);
        }
        values
    }
}
