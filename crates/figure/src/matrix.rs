//! The share matrix of an artifact.

use ssim_viz::{MatrixCell, MatrixValues, ShareMatrix};

/// The share matrix of the scenarios `names` `[K]`. The `cells` `[K, K]` come from
/// [`ListStatistics::matrix`](ssim_core::look::list_statistics::ListStatistics::matrix): the number of rows and, if known, the
/// mean change of the loss.
pub fn matrix(names: &[String], cells: Vec<(u64, Option<f64>)>) -> ShareMatrix {
    let known = cells.iter().any(|c| c.1.is_some());
    let cells = cells.into_iter().map(|(instances, change)| {
        let value = if known { change.unwrap_or(f64::NAN) } else { instances as f64 };
        Some(MatrixCell { instances, value })
    });
    ShareMatrix {
        title: "Whose rows reach whose tower".into(),
        note: match known {
            true => "Colour: how the tower's loss on these rows differs from training without sharing. Blue is better."
                .into(),
            false => String::new(),
        },
        scenarios: names.to_vec(),
        towers: names.to_vec(),
        cells: cells.collect(),
        values: if known { MatrixValues::Differences } else { MatrixValues::Amounts },
        meaning: if known { "mean change of loss" } else { "rows" }.into(),
    }
}
