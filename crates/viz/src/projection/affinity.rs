//! Probabilities that say how near each row is to each other row. t-SNE imitates them.

use super::Vectors;

/// Joint probabilities `[n, n]`. They are symmetric, are 0 on the diagonal and sum to 1. Each row
/// weighs the others by a Gaussian whose width gives the row `perplexity` neighbours (van der
/// Maaten and Hinton, 2008, equation 1 and section 3.1).
pub fn joint(vectors: Vectors<'_>, perplexity: f64) -> Vec<f32> {
    let n = vectors.len();
    let mut p = vec![0.0; n * n];
    let mut row = vec![0.0; n];
    for (i, p) in p.chunks_exact_mut(n).enumerate() {
        vectors.squared_distances(i, &mut row);
        row.remove(i);
        condition(&mut row, perplexity.ln());
        row.insert(i, 0.0);
        p.iter_mut().zip(&row).for_each(|(p, v)| *p = *v as f32);
    }
    let scale = 0.5 / n as f32;
    for i in 0..n {
        for j in 0..i {
            let both = scale * (p[i * n + j] + p[j * n + i]);
            (p[i * n + j], p[j * n + i]) = (both, both);
        }
    }
    p
}

/// Turns squared distances `[n - 1]` into probabilities `[n - 1]` with the given entropy in nats.
/// If that entropy is out of reach, for example because several rows are equally near, the result
/// comes as near to it as possible.
fn condition(row: &mut [f64], entropy: f64) {
    // Only differences of distances matter. After this subtraction the largest weight is 1, so the
    // sum of the weights cannot underflow.
    let nearest = row.iter().copied().fold(f64::INFINITY, f64::min);
    row.iter_mut().for_each(|d| *d -= nearest);
    let spread = row.iter().sum::<f64>() / row.len() as f64;
    let precision = if spread > 0.0 { precision(row, 1.0 / spread, entropy) } else { 0.0 };
    row.iter_mut().for_each(|d| *d = (-precision * *d).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|w| *w /= sum);
}

/// The precision `b` at which the weights `exp(-b d)` have the given entropy, found by Newton's
/// method from the first guess `b`. A step changes `b` by at most a factor of 4. If it would leave
/// the interval of possible values, the middle of the interval is taken instead.
fn precision(distances: &[f64], mut b: f64, entropy: f64) -> f64 {
    let (mut low, mut high) = (0.0, f64::INFINITY);
    for _ in 0..100 {
        let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
        for d in distances {
            let w = (-b * d).exp();
            sum += w;
            first += w * d;
            second += w * d * d;
        }
        let mean = first / sum;
        let excess = b * mean + sum.ln() - entropy;
        if excess.abs() < 1e-7 {
            break;
        }
        if excess > 0.0 {
            low = b
        } else {
            high = b
        }
        let slope = b * (second / sum - mean * mean);
        let step = (b + excess / slope).clamp(0.25 * b, 4.0 * b);
        b = if low < step && step < high { step } else { 0.5 * (low + high) };
    }
    b
}

#[cfg(test)]
mod tests {
    use super::super::fixture::clusters;
    use super::*;

    fn entropy(p: &[f64]) -> f64 {
        -p.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>()
    }

    #[test]
    fn every_row_has_the_perplexity() {
        let x = clusters(90, 10);
        let vectors = Vectors::new(&x, 10).unwrap();
        for (i, perplexity) in [(0, 1.5), (1, 5.0), (2, 29.0), (3, 80.0)] {
            let mut row = vec![0.0; 90];
            vectors.squared_distances(i, &mut row);
            row.remove(i);
            condition(&mut row, f64::ln(perplexity));
            assert!((entropy(&row).exp() - perplexity).abs() < 1e-4);
        }
    }

    #[test]
    fn scale_and_outliers_do_not_matter() {
        for scale in [1e-80, 1.0, 1e78] {
            let mut row: Vec<f64> = (0..40).map(|i| scale * f64::from(i)).collect();
            row.push(1e12 * scale);
            condition(&mut row, 5f64.ln());
            assert!((entropy(&row).exp() - 5.0).abs() < 1e-4, "{scale}");
        }
    }

    #[test]
    fn equal_rows_share_equally() {
        let mut row = [3.0; 4];
        condition(&mut row, 2f64.ln());
        assert_eq!(row, [0.25; 4]);
        let mut row = [1.0, 1.0, 1.0, 9.0, 5.0];
        condition(&mut row, 2f64.ln());
        assert_eq!(row.map(|p| (1e6 * p).round()), [333333.0, 333333.0, 333333.0, 0.0, 0.0]);
    }

    #[test]
    fn joint_probabilities_sum_to_1() {
        let x = clusters(31, 4);
        let p = joint(Vectors::new(&x, 4).unwrap(), 10.0);
        assert!((p.iter().map(|p| f64::from(*p)).sum::<f64>() - 1.0).abs() < 1e-5);
        for (i, j) in (0..31).flat_map(|i| (0..31).map(move |j| (i, j))) {
            assert_eq!(p[i * 31 + j], p[j * 31 + i]);
            assert!((p[i * 31 + j] > 0.0) == (i != j) || i % 3 != j % 3);
        }
    }
}
