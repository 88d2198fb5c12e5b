//! Principal component analysis: the two directions in which vectors differ most.

use super::Vectors;
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Positions along the two leading principal components.
#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    /// Positions `[n, 2]`, centred and in the unit of the vectors.
    pub positions: Vec<[f32; 2]>,
    /// Fraction of the variance that each component explains; 0 for a missing component.
    pub explained: [f64; 2],
}

/// A component that explains a smaller fraction of the variance is rounding error and counts as
/// missing.
const NONE: f64 = 1e-12;

/// Principal component analysis with centred but unscaled columns. The weight with the largest
/// magnitude is positive in each component. A missing component is 0; one is missing if all vectors
/// lie on a line, and both if all vectors are equal.
pub fn pca(vectors: Vectors<'_>) -> Pca {
    let n = vectors.len();
    let mut pca = Pca { positions: vec![[0.0; 2]; n], explained: [0.0; 2] };
    let centred = centred(vectors);
    // The two possible products have the same eigenvalues other than 0; the smaller one is cheaper.
    let few = n < centred.nrows();
    let product = if few { centred.tr_mul(&centred) } else { &centred * centred.transpose() };
    let total = product.trace();
    if total <= 0.0 {
        return pca;
    }
    let eigen = SymmetricEigen::new(product / total);
    let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
    for (axis, i) in order.into_iter().take(2).enumerate() {
        let share = eigen.eigenvalues[i];
        if share < NONE {
            break;
        }
        let vector = eigen.eigenvectors.column(i);
        let weights = if few { (&centred * vector).normalize() } else { vector.into_owned() };
        let along = centred.tr_mul(&weights) * sign(&weights);
        pca.explained[axis] = share;
        pca.positions.iter_mut().zip(&along).for_each(|(p, v)| p[axis] = *v as f32);
    }
    pca
}

/// The vectors minus their mean, one per column `[width, n]`.
fn centred(vectors: Vectors<'_>) -> DMatrix<f64> {
    // The first vector is subtracted before the mean, so that a constant number becomes exactly 0.
    let first = vectors.row(0);
    let rows = vectors.rows().flat_map(|row| row.iter().zip(first));
    let differences = rows.map(|(v, first)| f64::from(*v) - f64::from(*first));
    let mut matrix = DMatrix::from_iterator(vectors.width, vectors.len(), differences);
    let mean = matrix.column_mean();
    matrix.column_iter_mut().for_each(|mut column| column -= &mean);
    matrix
}

/// The sign of the largest weight, the first one of several. Weights that differ only by rounding
/// count as equally large; otherwise the order of the rows could decide the sign.
fn sign(weights: &DVector<f64>) -> f64 {
    let large = weights.amax() * (1.0 - 1e-6);
    weights.iter().find(|w| w.abs() >= large).map_or(1.0, |w| w.signum())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::clusters;
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f32], width: usize) -> Pca {
        pca(Vectors::new(values, width).unwrap())
    }

    fn agrees(pca: &Pca, rows: &[[f32; 2]], explained: [f64; 2]) {
        for (got, expected) in pca.positions.iter().zip(rows) {
            for axis in 0..2 {
                assert!((got[axis] - expected[axis]).abs() < 1e-4, "{got:?} {expected:?}");
            }
        }
        for (got, expected) in pca.explained.iter().zip(explained) {
            assert!((got - expected).abs() < 1e-6, "{got} {expected}");
        }
    }

    /// `p = PCA(2, svd_solver="full")`, `p.fit_transform(clusters(60, 10))[:4]`,
    /// `p.explained_variance_ratio_`; then `clusters(8, 20)`, fewer rows than columns.
    #[test]
    fn as_scikit_learn() {
        agrees(&of(&clusters(60, 10), 10), &TALL, TALL_EXPLAINED);
        agrees(&of(&clusters(8, 20), 20), &WIDE, WIDE_EXPLAINED);
    }

    const TALL: [[f32; 2]; 4] =
        [[8.67956, 0.25356], [-4.83014, -7.20308], [-4.46194, 7.73527], [9.04392, -0.65817]];
    const TALL_EXPLAINED: [f64; 2] = [0.5306449446499714, 0.43936233317128676];
    const WIDE: [[f32; 2]; 4] =
        [[-10.46849, -5.47334], [11.40523, -2.99333], [-0.85840, 13.25615], [-11.01463, -5.31778]];
    const WIDE_EXPLAINED: [f64; 2] = [0.5828765541577895, 0.39558070146860946];

    #[test]
    fn what_is_not_there_is_zero() {
        let same = of(&[0.1; 30], 3);
        assert_eq!(same, Pca { positions: vec![[0.0; 2]; 10], explained: [0.0; 2] });
        let line = of(&[1.0, 5.0, 2.0, 5.0, 3.0, 5.0, 4.0, 5.0], 2);
        let expected = vec![[-1.5, 0.0], [-0.5, 0.0], [0.5, 0.0], [1.5, 0.0]];
        assert_eq!(line, Pca { positions: expected, explained: [1.0, 0.0] });
        assert_eq!(of(&[3.0, 1.0], 1).positions, [[1.0, 0.0], [-1.0, 0.0]]);
        let two = of(&[0.0, 0.0, 0.0, 3.0, -4.0, 0.0], 3);
        agrees(&two, &[[2.5, 0.0], [-2.5, 0.0]], [1.0, 0.0]);
    }

    #[test]
    fn no_number_is_too_large_or_too_small() {
        for unit in [f32::MAX, f32::MIN_POSITIVE, 1e-45] {
            let p = of(&[-unit, 0.0, unit, 0.0], 2);
            assert_eq!(p.explained, [1.0, 0.0]);
            assert_eq!(p.positions, [[-unit, 0.0], [unit, 0.0]]);
        }
    }

    proptest! {
        #[test]
        fn rows_in_another_order_are_positions_in_that_order(
            rows in prop::collection::vec(prop::array::uniform3(-4.0f32..4.0), 3..40),
            repeated in 0usize..3,
            by in 1usize..40,
        ) {
            let mut rows = rows;
            rows.extend_from_within(..repeated);
            let there = of(rows.as_flattened(), 3);
            // Components of nearly equal variance can point anywhere, so such cases are skipped.
            let [a, b] = there.explained;
            prop_assume!(a - b > 0.02 && b - (1.0 - a - b) > 0.02);
            let by = by % rows.len();
            rows.rotate_left(by);
            let back = of(rows.as_flattened(), 3);
            let mut expected = there.positions;
            expected.rotate_left(by);
            for (got, expected) in back.positions.iter().zip(&expected) {
                for axis in 0..2 {
                    prop_assert!((got[axis] - expected[axis]).abs() < 1e-4);
                }
            }
        }
    }
}
