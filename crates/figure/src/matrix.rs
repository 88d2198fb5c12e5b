//! Whose rows reach whose tower.

use ssim_viz::{Cell, Matrix, Values};

/// The share matrix of scenarios with these names; `cells` are those of
/// [`ListStatistics::matrix`](ssim_core::list_statistics::ListStatistics::matrix).
pub fn matrix(names: &[String], cells: Vec<(u64, Option<f64>)>) -> Matrix {
    let known = cells.iter().any(|c| c.1.is_some());
    let cells = cells.into_iter().map(|(instances, change)| {
        let value = if known { change.unwrap_or(f64::NAN) } else { instances as f64 };
        Some(Cell { instances, value })
    });
    Matrix {
        title: "Whose rows reach whose tower".into(),
        note: match known {
            true => "Colour: how the tower's loss on these rows differs from training without sharing. Blue is better."
                .into(),
            false => String::new(),
        },
        scenarios: names.to_vec(),
        towers: names.to_vec(),
        cells: cells.collect(),
        values: if known { Values::Differences } else { Values::Amounts },
        meaning: if known { "mean change of loss" } else { "rows" }.into(),
    }
}
