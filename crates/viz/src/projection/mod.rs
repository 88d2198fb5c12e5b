//! Projection turns vectors into positions, from which a map of learned representations is drawn.
//!
//! It uses no threads, no approximations and no random numbers except the seed's, so the same
//! vectors give the same bytes on the same host. Other hosts round differently, and t-SNE magnifies
//! such differences. Positions should therefore be computed once and kept.
//!
//! ```
//! use ssim_viz::projection::{Vectors, pca};
//! let vectors = Vectors::new(&[0.0, 0.0, 2.0, 2.0, 4.0, 4.0], 2)?;
//! let found = pca(vectors);
//! assert!((found.explained[0] - 1.0).abs() < 1e-12);
//! assert_eq!(found.positions[1], [0.0, 0.0]);
//! # Ok::<(), ssim_viz::projection::Error>(())
//! ```

mod affinity;
mod descent;
mod pca;
mod trustworthiness;
mod tsne;

pub use pca::{Pca, pca};
pub use trustworthiness::{NEIGHBOURS, trustworthiness};
pub use tsne::{Tsne, TsneConfig, tsne};

/// The reason why vectors or positions are rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The numbers do not fill whole rows.
    #[error("{values} numbers are no whole rows of {width}")]
    Shape {
        /// Number of values.
        values: usize,
        /// Number of values in a row.
        width: usize,
    },
    /// There are fewer than two rows. A picture shows differences between rows, so it needs two.
    #[error("expected at least 2 rows, got {0}")]
    Few(usize),
    /// A number is NaN or infinite.
    #[error("row {row}, column {column} (counted from 0): expected a finite number")]
    NotFinite {
        /// Index of the first row with such a number.
        row: usize,
        /// Index of the number in its row.
        column: usize,
    },
    /// The number of positions is not the number of vectors.
    #[error("{positions} positions for {vectors} vectors")]
    Rows {
        /// Number of vectors.
        vectors: usize,
        /// Number of positions.
        positions: usize,
    },
    /// The neighbourhood is empty, or has half of the rows or more.
    #[error("expected 1 or more neighbours and fewer than half of {rows} rows, got {neighbours}")]
    Neighbours {
        /// Number of neighbours that the caller asked for.
        neighbours: usize,
        /// Number of vectors.
        rows: usize,
    },
}

/// Finite vectors `[n, width]`, row-major, `n >= 2`.
#[derive(Clone, Copy, Debug)]
pub struct Vectors<'a> {
    values: &'a [f32],
    width: usize,
}

impl<'a> Vectors<'a> {
    /// Takes vectors from `values` `[n · width]`.
    ///
    /// # Errors
    /// [`Error::Shape`], [`Error::Few`] or [`Error::NotFinite`] if the values are not such vectors.
    pub fn new(values: &'a [f32], width: usize) -> Result<Self, Error> {
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(Error::Shape { values: values.len(), width });
        }
        if values.len() < 2 * width {
            return Err(Error::Few(values.len() / width));
        }
        if let Some(i) = values.iter().position(|v| !v.is_finite()) {
            return Err(Error::NotFinite { row: i / width, column: i % width });
        }
        Ok(Self { values, width })
    }

    /// Number of vectors.
    #[expect(clippy::len_without_is_empty, reason = "there are at least two")]
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    fn row(&self, i: usize) -> &'a [f32] {
        &self.values[i * self.width..][..self.width]
    }

    fn rows(&self) -> impl Iterator<Item = &'a [f32]> {
        self.values.chunks_exact(self.width)
    }

    /// Writes the squared Euclidean distances of row `i` from all rows to `into` `[n]`. The
    /// distance from itself is 0.
    fn squared_distances(&self, i: usize, into: &mut [f64]) {
        let from = self.row(i);
        for (to, into) in self.rows().zip(into) {
            *into = squared_distance(from, to);
        }
    }
}

/// Squared Euclidean distance of two rows. It is the same to the bit for `(a, b)` and `(b, a)`.
fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let squared = |a: f32, b: f32| (f64::from(a) - f64::from(b)).powi(2);
    // Eight sums side by side, so that the compiler can use vector instructions.
    let mut sums = [0.0; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for l in 0..8 {
            sums[l] += squared(a[l], b[l]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| squared(*a, *b)).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod fixture;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_is_named() {
        let error = |values: &[f32], width| Vectors::new(values, width).unwrap_err();
        assert_eq!(error(&[1.0; 5], 2), Error::Shape { values: 5, width: 2 });
        assert_eq!(error(&[], 0), Error::Shape { values: 0, width: 0 });
        assert_eq!(error(&[], 3), Error::Few(0));
        assert_eq!(error(&[1.0; 3], 3), Error::Few(1));
        let bad = error(&[1.0, 2.0, 3.0, f32::NAN], 2);
        assert_eq!(bad, Error::NotFinite { row: 1, column: 1 });
        assert!(bad.to_string().starts_with("row 1, column 1"));
    }

    #[test]
    fn distances_of_every_width() {
        for width in 1..20 {
            let values: Vec<f32> = (0..2 * width).map(|i| (i * i % 7) as f32).collect();
            let (a, b) = values.split_at(width);
            let expected: f32 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
            assert_eq!(squared_distance(a, b), f64::from(expected));
        }
    }
}
