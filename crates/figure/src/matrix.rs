//! The share matrix of an artifact.

use ssim_viz::{COLOURED, MatrixCell, MatrixValues, ShareMatrix, by_size};

/// The most scenarios that a matrix shows: the numbers of more could not be read.
const MOST: usize = 12;

/// The share matrix of the scenarios `names` `[K]`, or of the largest twelve. The `cells` `[K, K]` come from
/// [`ListStatistics::matrix`](ssim_core::look::list_statistics::ListStatistics::matrix): the number of rows and, if known, the
/// mean change of the loss.
pub fn matrix(names: &[String], cells: &[(u64, Option<f64>)]) -> ShareMatrix {
    let k = names.len();
    let known = cells.iter().any(|c| c.1.is_some());
    // A tower sees all rows of its own scenario.
    let sizes: Vec<u64> = (0..k).map(|i| cells.get(i * k + i).map_or(0, |c| c.0)).collect();
    let mut shown = by_size(&sizes);
    shown.truncate(MOST);
    if k <= COLOURED {
        shown.sort_unstable();
    }
    let cell = |i: usize, j: usize| {
        let (instances, change) = *cells.get(i * k + j)?;
        let part = instances as f64 / (sizes[i] as f64).max(1.0);
        let value = if known { change.unwrap_or(f64::NAN) } else { part };
        Some(MatrixCell { instances, value })
    };
    let cells = shown.iter().flat_map(|i| shown.iter().map(move |j| (*i, *j)));
    let cells = cells.map(|(i, j)| cell(i, j)).collect();
    let most =
        if k > MOST { format!("The {MOST} largest of {k} scenarios. ") } else { String::new() };
    let change = match known {
        true => {
            "The numbers compare the tower's loss on these rows with training without sharing; − is better."
        }
        false => "",
    };
    let shown: Vec<String> = shown.iter().map(|i| names[*i].clone()).collect();
    ShareMatrix {
        title: "Whose rows reach whose tower".to_owned(),
        note: format!("{most}{change}"),
        scenarios: shown.clone(),
        towers: shown,
        cells,
        values: if known { MatrixValues::Differences } else { MatrixValues::Amounts },
        meaning: if known {
            "mean change of loss, in thousandths"
        } else {
            "part of the scenario's rows"
        }
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::matrix;

    #[test]
    fn of_many_scenarios_the_largest_are_shown() {
        let k = 60;
        let names: Vec<String> = (0..k).map(|i| i.to_string()).collect();
        let cell = |c: usize| ((c / k + 1) as u64 * if c / k == c % k { 10 } else { 4 }, None);
        let shown = matrix(&names, &(0..k * k).map(cell).collect::<Vec<_>>());
        assert_eq!((shown.scenarios.len(), shown.scenarios[0].as_str()), (12, "59"));
        let values: Vec<f64> = shown.cells.iter().flatten().map(|c| c.value).collect();
        assert!(values.len() == 144 && values[0] == 1.0 && (values[1] - 0.4).abs() < 1e-12);
        assert_eq!(matrix(&names[..2], &[(4, None); 4]).scenarios, ["0", "1"]);
    }
}
