//! Trustworthiness: whether neighbours in a picture are also neighbours in the vectors.

use super::{Error, Vectors, squared_distance};

/// A common size of the neighbourhood for [`trustworthiness`].
pub const NEIGHBOURS: usize = 12;

/// Measures whether rows that are near each other in a picture are near each other as vectors
/// (Venna and Kaski, 2001, in scikit-learn's definition). The result is 1 if the `k` nearest
/// `positions` `[n, 2]` of every row belong to its `k` nearest vectors. It falls towards 0 the
/// farther away these neighbours are as vectors. The result is exact and takes `n²` steps. Of two
/// equally near rows, the first counts as nearer.
///
/// # Errors
/// [`Error::Rows`] if there is not one position per vector, [`Error::Neighbours`] unless
/// `1 <= k < n / 2`, and [`Error::NotFinite`] if a position is not finite.
pub fn trustworthiness(
    vectors: Vectors<'_>,
    positions: &[[f32; 2]],
    k: usize,
) -> Result<f64, Error> {
    let n = vectors.len();
    if positions.len() != n {
        return Err(Error::Rows { vectors: n, positions: positions.len() });
    }
    if k == 0 || 2 * k >= n {
        return Err(Error::Neighbours { neighbours: k, rows: n });
    }
    let low = Vectors::new(positions.as_flattened(), 2)?;
    let mut high = vec![0.0; n];
    let mut near = Vec::with_capacity(n);
    let mut too_far = 0;
    for i in 0..n {
        vectors.squared_distances(i, &mut high);
        near.clear();
        let others = low.rows().enumerate().filter(|(j, _)| *j != i);
        near.extend(others.map(|(j, row)| (squared_distance(low.row(i), row), j)));
        near.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        too_far +=
            near[..k].iter().map(|(_, j)| rank(&high, i, *j).saturating_sub(k)).sum::<usize>();
    }
    let (n, k) = (n as f64, k as f64);
    Ok(1.0 - 2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0)) * too_far as f64)
}

/// The rank of row `j` among the other rows, sorted by their distance `[n]` from row `i`. The
/// nearest row has rank 1.
fn rank(distances: &[f64], i: usize, j: usize) -> usize {
    let (before, after) = distances.split_at(j);
    let nearer = before.iter().filter(|d| **d <= distances[j]).count()
        + after.iter().filter(|d| **d < distances[j]).count();
    // Row `i` itself is at distance 0, was counted as nearer and is subtracted. It was not counted
    // if `j` is at distance 0, too, and comes before `i`.
    nearer + 1 - usize::from(i < j || distances[j] > 0.0)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::clusters;
    use super::super::pca;
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f32], width: usize, positions: &[[f32; 2]], k: usize) -> Result<f64, Error> {
        trustworthiness(Vectors::new(values, width).unwrap(), positions, k)
    }

    /// `x = clusters(60, 10)`, `sklearn.manifold.trustworthiness(x, x[:, :2], n_neighbors=k)`.
    #[test]
    fn as_scikit_learn() {
        let x = clusters(60, 10);
        let low: Vec<[f32; 2]> = x.chunks(10).map(|row| [row[0], row[1]]).collect();
        for (k, expected) in TRUST {
            let got = of(&x, 10, &low, k).unwrap();
            assert!((got - expected).abs() < 1e-9, "{k}: {got} {expected}");
        }
    }

    const TRUST: [(usize, f64); 4] = [
        (1, 0.9152298850574713),
        (5, 0.9335897435897436),
        (12, 0.9772757697456492),
        (29, 0.8652658045977011),
    ];

    #[test]
    fn components_are_more_to_be_trusted_than_columns() {
        let x = clusters(60, 10);
        let found = pca(Vectors::new(&x, 10).unwrap());
        assert!(of(&x, 10, &found.positions, NEIGHBOURS).unwrap() > 0.85);
    }

    #[test]
    fn bad_input_is_named() {
        let x = [0.0, 1.0, 2.0, 3.0, 4.0];
        let low = x.map(|v| [v, 0.0]);
        assert_eq!(of(&x, 1, &low, 2), Ok(1.0));
        let neighbours = |k| Err(Error::Neighbours { neighbours: k, rows: 5 });
        assert_eq!(of(&x, 1, &low, 0), neighbours(0));
        assert_eq!(of(&x, 1, &low, 3), neighbours(3));
        assert_eq!(of(&x, 1, &low[1..], 2), Err(Error::Rows { vectors: 5, positions: 4 }));
        let bad = Err(Error::NotFinite { row: 2, column: 1 });
        assert_eq!(of(&x, 1, &[low[0], low[1], [2.0, f32::NAN], low[3], low[4]], 2), bad);
    }

    /// Few different numbers, so that some distances and some rows are equal.
    fn pairs() -> impl Strategy<Value = Vec<([i8; 3], [i8; 2])>> {
        prop::collection::vec(
            (prop::array::uniform3(-3i8..3), prop::array::uniform2(-3i8..3)),
            3..40,
        )
    }

    /// Computes the trustworthiness by sorting, as it is defined.
    fn slow(high: &[[f32; 3]], low: &[[f32; 2]], k: usize) -> f64 {
        let order = |i: usize, d: &dyn Fn(usize, usize) -> f64| {
            let mut others: Vec<usize> = (0..low.len()).filter(|j| *j != i).collect();
            others.sort_by(|a, b| d(i, *a).total_cmp(&d(i, *b)));
            others
        };
        let mut sum = 0.0;
        for i in 0..low.len() {
            let high = order(i, &|a, b| squared_distance(&high[a], &high[b]));
            let low = order(i, &|a, b| squared_distance(&low[a], &low[b]));
            for j in &low[..k] {
                let rank = 1 + high.iter().position(|h| h == j).unwrap();
                sum += rank.saturating_sub(k) as f64;
            }
        }
        let (n, k) = (low.len() as f64, k as f64);
        1.0 - 2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0)) * sum
    }

    proptest! {
        #[test]
        fn is_what_sorting_gives_and_from_0_to_1(pairs in pairs(), k in 1usize..20) {
            let (high, low): (Vec<_>, Vec<_>) =
                pairs.iter().map(|(h, l)| (h.map(f32::from), l.map(f32::from))).unzip();
            let k = k.min((high.len() - 1) / 2);
            let got = of(high.as_flattened(), 3, &low, k).unwrap();
            prop_assert!((0.0..=1.0).contains(&got), "{}", got);
            prop_assert!((got - slow(&high, &low, k)).abs() < 1e-12);
            prop_assert_eq!(of(low.as_flattened(), 2, &low, k), Ok(1.0));
        }
    }
}
