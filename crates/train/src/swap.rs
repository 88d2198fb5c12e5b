//! Scenario swap measures whether a row says the same thing in every scenario.
//!
//! A one-tower model that has the scenario among its fields predicts each row K times, with the row's
//! scenario replaced by each of the K scenarios. If the logit of a row hardly moves, the row teaches
//! every scenario the same lesson and can train every tower. If it moves, the row is about its own
//! scenario alone.

use crate::error::Result;
use crate::setup::Setup;
use crate::step::predict::predict;
use ssim_core::Error;
use ssim_core::instances::Instances;
use ssim_core::model::Model;
use ssim_core::schema::Schema;

/// The stability of each row's logit between scenarios, as the row's place among all rows, `[n]` in
/// −1..=1: 1 is the row with the smallest standard deviation `√(1/K Σ_k (o_k − ō)²)` of its K logits.
///
/// The result holds places instead of deviations, since a cut needs the order alone, and a network
/// that learns deviations would learn little but the few huge ones.
///
/// # Errors
/// When no field says the scenario, candle reports an error, or a rank is gone.
pub fn agreement(setup: &Setup, teacher: &Model, instances: &Instances) -> Result<Vec<f32>> {
    let Setup { schema, config, ranks, .. } = *setup;
    let field = field(schema)?;
    let (offset, known) = (schema.offsets()[field], &schema.fields[field].vocabulary);
    let mut swapped = instances.clone();
    // Σ_k o_k and Σ_k o_k² by row.
    let mut sums = vec![(0f64, 0f64); instances.len()];
    for name in &schema.scenarios {
        let id = offset + known.find(name).unwrap_or(known.len() as u32);
        swapped.ids.chunks_exact_mut(swapped.fields).for_each(|ids| ids[field] = id);
        for (sum, z) in
            sums.iter_mut().zip(predict(teacher, &swapped, config.train.eval_batch, ranks)?)
        {
            let z = f64::from(z);
            *sum = (sum.0 + z, sum.1 + z * z);
        }
    }
    let k = schema.scenarios.len() as f64;
    let variance = |(sum, squares): &(f64, f64)| squares / k - (sum / k).powi(2);
    Ok(places(&sums.iter().map(variance).collect::<Vec<_>>()))
}

/// Position of the field that says the scenario.
///
/// # Errors
/// When there is none.
pub fn field(schema: &Schema) -> Result<usize> {
    let text = "scenario swap: expected a field whose values are the scenarios, got none: \
                the scenario column must be a field, too";
    Ok(schema.scenario_field(None).ok_or_else(|| Error::Config(text.into()))?)
}

/// 1 for the smallest value down to −1 for the largest; equal values in the order of the rows.
fn places(values: &[f64]) -> Vec<f32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    // The sum of −0 and 0 is 0, so that the two are equal.
    let value = |row: &u32| values[*row as usize] + 0.0;
    order.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let last = values.len().saturating_sub(1).max(1) as f64;
    let mut places = vec![0.0; values.len()];
    for (place, row) in order.into_iter().enumerate() {
        places[row as usize] = (1.0 - 2.0 * place as f64 / last) as f32;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn the_smallest_comes_first() {
        assert_eq!(places(&[0.5, 0.1, 0.9]), [0.0, 1.0, -1.0]);
        assert_eq!(places(&[2.0, 2.0]), [1.0, -1.0]);
        assert_eq!(places(&[0.0, -0.0]), [1.0, -1.0]);
        assert_eq!(places(&[7.0]), [1.0]);
    }
}
