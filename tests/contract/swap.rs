//! The teacher of `ssim+` gives every row a verdict, and the selector learns it.

use crate::fixture::{self, ROWS};
use ssim_core::borrowers::Borrowers;
use ssim_core::schema::Schema;
use ssim_train::config::Config;
use ssim_train::distil::Distil;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::select::score;
use ssim_train::setup::Setup;
use ssim_train::swap::agreement;

#[test]
fn rows_are_ordered_by_how_little_their_logit_moves() {
    let (rows, schema) = (fixture::instances(), fixture::schema());
    let teacher = fixture::one_tower("dnn");
    let (offset, field) = (*schema.offsets().last().unwrap(), rows.fields - 1);
    let deviation = |row: usize| {
        let mut alone = rows.pick(&[row as u32]);
        let logits: Vec<f64> = (0..schema.scenarios.len() as u32)
            .map(|k| {
                alone.ids[field] = offset + k;
                f64::from(teacher.predict(&alone, &[0]).unwrap()[0])
            })
            .collect();
        let mean = logits.iter().sum::<f64>() / logits.len() as f64;
        logits.iter().map(|z| (z - mean).powi(2)).sum::<f64>()
    };
    let mut expected: Vec<usize> = (0..ROWS).collect();
    expected.sort_by(|a, b| deviation(*a).total_cmp(&deviation(*b)));
    let mut config = Config::default();
    config.train.eval_batch = 7;
    let found = agreement(&Setup::new(&schema, &config), &teacher, &rows, None).unwrap();
    let mut order: Vec<usize> = (0..ROWS).collect();
    order.sort_by(|a, b| found[*b].total_cmp(&found[*a]));
    assert_eq!(order, expected);
    let best = order[0];
    assert!((found[best] - 1.0).abs() < 1e-6 && found.iter().all(|t| (-1.0..=1.0).contains(t)));
}

#[test]
fn rows_without_borrowers_come_last() {
    let (rows, schema) = (fixture::instances(), fixture::schema());
    let config = Config::default();
    let setup = Setup::new(&schema, &config);
    let verdict = |lends: fn(usize, usize) -> bool| {
        let borrowers = Borrowers::new(schema.scenarios.len(), lends);
        agreement(&setup, &fixture::one_tower("dnn"), &rows, Some(&borrowers)).unwrap()
    };
    let all = agreement(&setup, &fixture::one_tower("dnn"), &rows, None).unwrap();
    assert_eq!(verdict(|_, _| true), all);
    let found = verdict(|from, _| from > 0);
    let own = |i: &usize| rows.scenarios[*i] == 0;
    let (last, first): (Vec<usize>, Vec<usize>) = (0..ROWS).partition(own);
    assert!(last.iter().all(|a| first.iter().all(|b| found[*a] < found[*b])));
}

#[test]
fn a_log_without_the_scenario_among_its_fields_has_no_verdict() {
    let (rows, schema) = (fixture::instances(), fixture::schema());
    let mut fields = schema.fields.clone();
    fields.pop();
    let without = Schema { fields, ..schema };
    let config = Config::default();
    let setup = Setup::new(&without, &config);
    let told = agreement(&setup, &fixture::one_tower("dnn"), &rows, None).unwrap_err().to_string();
    assert!(told.contains("the scenario column must be a field, too"), "{told}");
}

#[test]
fn a_selector_learns_a_verdict() {
    let (rows, schema) = (fixture::instances(), fixture::schema());
    let mut config = Config::default();
    (config.model.dim, config.model.mlp, config.selector.mlp) = (4, vec![6, 5], vec![16, 16]);
    (config.train.batch, config.distil.epochs, config.distil.lr) = (8, 150, 0.01);
    config.train.eval_batch = 7;
    let setup = Setup { seed: 7, ..Setup::new(&schema, &config) };
    let teacher = fixture::one_tower("dnn");
    let verdict = agreement(&setup, &teacher, &rows, None).unwrap();
    let table = teacher.embedding.clone();
    let mut distil = Distil::new(setup, &rows, teacher, verdict.clone()).unwrap();
    while distil.step().unwrap() != Event::Done {}
    let found = distil.finish().unwrap();
    assert_eq!(found.scorer.table, table, "the teacher's table stays as it is");
    let scores = score(&setup, &found.scorer, &rows).unwrap();
    let error =
        scores.iter().zip(&verdict).map(|(z, t)| (z - t).powi(2)).sum::<f32>() / ROWS as f32;
    // A selector that gave every row the same score would have a mean squared error of a third.
    assert!(error < 0.02, "{error}");
}
