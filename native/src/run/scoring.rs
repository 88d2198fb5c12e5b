//! Gives a row the same bits, whichever rows are scored with it.
//!
//! gemm sums in another order if a product is small: up to 256 values, or 64 rows. If a scenario
//! has few rows, copies of one of them are therefore added. Then a shard, a short batch of a stream
//! and a whole file give a row the same score, and all of them lead to the same list.

use anyhow::Result;
use ssim_core::instances::Instances;

/// The rows of a scenario are filled up to a multiple of this, so that no product is small. It
/// divides the block sizes of models and selectors.
const LEAST: usize = 512;

/// Orders the places of rows by scenario. The last place of each scenario is repeated until their
/// number is a multiple of [`LEAST`].
fn order(rows: &Instances) -> Vec<u32> {
    let scenarios = rows.scenarios.iter().max().map_or(0, |s| usize::from(*s) + 1);
    let mut by_scenario = vec![Vec::new(); scenarios];
    (0u32..).zip(&rows.scenarios).for_each(|(i, s)| by_scenario[usize::from(*s)].push(i));
    for places in &mut by_scenario {
        let last = places.last().copied().unwrap_or_default();
        places.resize(places.len().next_multiple_of(LEAST), last);
    }
    by_scenario.concat()
}

/// Computes a value for every row, `[n]`. It calls `give` once, with the places of rows and of
/// their copies `[m]`, and gets a value for each.
///
/// # Errors
/// Returns the error of `give`.
pub fn each<E>(
    rows: &Instances,
    give: impl FnOnce(&[u32]) -> Result<Vec<f32>, E>,
) -> Result<Vec<f32>, E> {
    let order = order(rows);
    let mut values = vec![0.0; rows.len()];
    order.iter().zip(give(&order)?).for_each(|(i, value)| values[*i as usize] = value);
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::{LEAST, each};
    use ssim_core::instances::Instances;
    use std::convert::Infallible;

    #[test]
    fn rows_keep_their_places() {
        for n in [0, 1, 700, 5000] {
            let scenarios: Vec<u16> = (0..n).map(|i| [0, 3, 3, 1][i % 4]).collect();
            let rows = Instances { scenarios, labels: vec![0; n], ..Instances::default() };
            let values =
                each(&rows, |places| {
                    let scenario = |i: &u32| rows.scenarios[*i as usize];
                    let blocks = places.chunks(LEAST);
                    assert!(
                        blocks.into_iter().all(|b| b.len() == LEAST
                            && b.iter().all(|i| scenario(i) == scenario(&b[0])))
                    );
                    Ok::<_, Infallible>(places.iter().map(|i| *i as f32).collect())
                });
            assert_eq!(values, Ok((0..n).map(|i| i as f32).collect()));
        }
    }
}
