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
use ssim_core::borrowers::Borrowers;
use ssim_core::instances::Instances;
use ssim_core::look::likeness::places;
use ssim_core::look::statistics::mean;
use ssim_core::metric::auc;
use ssim_core::model::Model;
use ssim_core::schema::Schema;

/// The stability of each row's logit between scenarios, as the row's place among all rows, `[n]` in
/// −1..=1: 1 is the row with the smallest standard deviation `√(1/K Σ_k (o_k − ō)²)` of its K logits. If there are
/// `borrowers`, k runs over the row's own scenario and its borrowers, and rows without any come last.
///
/// The result holds places instead of deviations, since a cut needs the order alone, and a network
/// that learns deviations would learn little but the few huge ones.
///
/// # Errors
/// When no field says the scenario, candle reports an error, or a rank is gone.
pub fn agreement(
    setup: &Setup,
    teacher: &Model,
    instances: &Instances,
    borrowers: Option<&Borrowers>,
) -> Result<Vec<f32>> {
    let counts = |own: u16, k: usize| {
        let own = usize::from(own);
        own == k || borrowers.is_none_or(|borrowers| borrowers.lends(own, k))
    };
    // Σ_k o_k and Σ_k o_k² by row, and the number of the k.
    let mut sums = vec![(0f64, 0f64, 0f64); instances.len()];
    swapped(setup, teacher, instances, |k, logits| {
        let rows = sums.iter_mut().zip(&instances.scenarios).zip(logits);
        for ((sum, _), z) in rows.filter(|((_, own), _)| counts(**own, k)) {
            let z = f64::from(z);
            *sum = (sum.0 + z, sum.1 + z * z, sum.2 + 1.0);
        }
    })?;
    let variance = |(sum, squares, k): &(f64, f64, f64)| match borrowers {
        Some(_) if *k < 2.0 => f64::INFINITY,
        _ => squares / k - (sum / k).powi(2),
    };
    Ok(ranked(&sums.iter().map(variance).collect::<Vec<_>>()))
}

/// The scenarios that learn from each other's rows: those whose rows agree more than they disagree. The model takes
/// the rows of each for rows of the other. If the AUC that it has then, mean of the two, is above 0.5, it still
/// puts more pairs of a click and a non-click in the right order than in the wrong one, so that the two scenarios
/// have most of their lesson in common. Scenarios without clicks, or without other rows, do not count.
/// `instances` should be rows that the model has not learnt from.
///
/// # Errors
/// When no field says the scenario, candle reports an error, or a rank is gone.
pub fn borrowers(setup: &Setup, teacher: &Model, instances: &Instances) -> Result<Borrowers> {
    let k = setup.schema.scenarios.len();
    let places = places(&instances.scenarios, k);
    // AUC of the rows of each scenario, by the scenario that stands in for it, [K, K].
    let mut aucs = Vec::with_capacity(k * k);
    swapped(setup, teacher, instances, |_, logits| {
        aucs.extend(places.iter().map(|rows| {
            let own: Vec<f32> = rows.iter().map(|i| logits[*i]).collect();
            let labels: Vec<u8> = rows.iter().map(|i| instances.labels[*i]).collect();
            auc(&own, &labels)
        }));
    })?;
    let agree = |from: usize, to: usize| {
        let known = [aucs[to * k + from], aucs[from * k + to]].into_iter().flatten();
        mean(&known.collect::<Vec<_>>()).is_none_or(|auc| auc > 0.5)
    };
    Ok(Borrowers::new(k, agree))
}

/// Predicts the rows with their scenario replaced by each of the K in turn, and gives `take` the scenario and the
/// logits `[n]`.
fn swapped(
    setup: &Setup,
    teacher: &Model,
    instances: &Instances,
    mut take: impl FnMut(usize, Vec<f32>),
) -> Result<()> {
    let Setup { schema, config, ranks, .. } = *setup;
    let field = field(schema)?;
    let (offset, known) = (schema.offsets()[field], &schema.fields[field].vocabulary);
    let mut rows = instances.clone();
    for (k, name) in schema.scenarios.iter().enumerate() {
        let id = offset + known.find(name).unwrap_or(known.len() as u32);
        rows.ids.chunks_exact_mut(rows.fields).for_each(|ids| ids[field] = id);
        take(k, predict(teacher, &rows, config.train.eval_batch, ranks)?);
    }
    Ok(())
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
fn ranked(values: &[f64]) -> Vec<f32> {
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
    use super::ranked;

    #[test]
    fn the_smallest_comes_first() {
        assert_eq!(ranked(&[0.5, 0.1, 0.9]), [0.0, 1.0, -1.0]);
        assert_eq!(ranked(&[2.0, 2.0]), [1.0, -1.0]);
        assert_eq!(ranked(&[0.0, -0.0]), [1.0, -1.0]);
        assert_eq!(ranked(&[7.0]), [1.0]);
    }
}
