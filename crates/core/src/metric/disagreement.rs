//! The disagreement of the towers. It is a value per row, so it is no line of the table.

/// How much the towers disagree about each row: the standard deviation over the towers of the
/// logits `[n, K]`, row-major.
///
/// ```
/// use ssim_core::metric::disagreement;
/// assert_eq!(disagreement(&[1.0, 3.0, 2.0, 2.0], 2), [1.0, 0.0]);
/// ```
pub fn disagreement(logits: &[f32], towers: usize) -> Vec<f32> {
    let spread = |row: &[f32]| {
        let mean = row.iter().sum::<f32>() / row.len() as f32;
        (row.iter().map(|z| (z - mean).powi(2)).sum::<f32>() / row.len() as f32).sqrt()
    };
    logits.chunks_exact(towers.max(1)).map(spread).collect()
}
