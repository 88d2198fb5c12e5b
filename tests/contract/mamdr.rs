//! MAMDR: an inner loop of training steps, and then an outer step a part of the way. The inner steps
//! are taken here with a trainer of their own, and the outer steps are computed in 64 bits.

use crate::fixture::{self, ROWS, SCENARIOS, close};
use ssim_core::instances::Instances;
use ssim_core::model::Model;
use ssim_core::parameters::Values;
use ssim_core::rng::Stream;
use ssim_tests::written;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::recipe::ScenarioOrder;
use ssim_train::retrain::{Retrain, StartWeights};
use ssim_train::setup::Setup;
use ssim_train::step::gradients::Objective;
use ssim_train::step::slice::{Batch, Sharing};
use ssim_train::step::trainer::{Rates, Trainer};

const BATCH: usize = 4;
const EPOCHS: u64 = 2;

/// Calls `work` with the setup of two epochs. Steps and rates are so large that every part shows.
fn with_setup<R>(backbone: &str, work: impl FnOnce(Setup) -> R) -> R {
    fixture::with_setup(backbone, 7, |setup| {
        let mut config = setup.config.clone();
        config.train.batch = BATCH;
        (config.retrain.lr, config.retrain.dropout) = (0.02, 0.2);
        (config.retrain.max_epochs, config.retrain.patience) = (EPOCHS, EPOCHS);
        (config.mamdr.negotiation_rate, config.mamdr.regularisation_rate) = (0.3, 0.6);
        config.mamdr.helpers = 1;
        work(Setup { config: &config, ..*setup })
    })
}

/// All weights of a model, one after the other.
fn flat(values: Values, table: &[f32]) -> Vec<f32> {
    values.into_values().flat_map(|(_, values)| values).chain(table.iter().copied()).collect()
}

fn weights(model: &Model) -> Vec<f32> {
    flat(model.parameters.values().unwrap(), model.embedding.values())
}

/// Sets all weights of a model.
fn set(model: &mut Model, weights: &[f64]) {
    let mut rest = weights.iter().map(|w| *w as f32);
    let mut values = model.parameters.values().unwrap();
    for (_, values) in values.values_mut() {
        values.iter_mut().for_each(|w| *w = rest.next().unwrap());
    }
    model.parameters.restore(&values).unwrap();
    model.embedding.values_mut().iter_mut().for_each(|w| *w = rest.next().unwrap());
    assert_eq!(rest.next(), None);
}

/// The rows of a scenario in a random order.
fn shuffled(rows: &[u32], purpose: &str, at: &[u64]) -> Vec<u32> {
    let order = Stream::new(7, purpose, at).permutation(rows.len());
    order.into_iter().map(|i| rows[i as usize]).collect()
}

fn of_scenario(rows: &Instances) -> Vec<Vec<u32>> {
    let own = |k: usize| {
        fixture::all().into_iter().filter(move |i| usize::from(rows.scenarios[*i as usize]) == k)
    };
    (0..SCENARIOS).map(|k| own(k).collect()).collect()
}

/// Trains through inner loops, each of which is a list of blocks of rows, with an outer step after
/// each. Gives back all weights.
fn by_hand(setup: Setup, epochs: &[Vec<Vec<Vec<u32>>>], rate: f64) -> Vec<f32> {
    let rows = fixture::instances();
    let retrain = &setup.config.retrain;
    let rates = Rates { lr: retrain.lr, l2: retrain.l2 };
    let mut trainer: Trainer = setup.trainer(1, rates).unwrap();
    let list = vec![false; ROWS];
    for (epoch, loops) in (0..).zip(epochs) {
        let mut step = 0;
        for blocks in loops {
            let before = weights(&trainer.model);
            for batch in blocks.iter().flat_map(|block| block.chunks(BATCH)) {
                let objective = Objective {
                    reduction: retrain.reduction.of(&trainer.model),
                    dropout: retrain.dropout,
                    key: Stream::new(7, "dropout", &[epoch, step]).bits(),
                    draw: None,
                };
                let batch = Batch { instances: &rows, rows: batch };
                trainer.step(batch, Sharing::Given(&list), objective).unwrap();
                step += 1;
            }
            trainer.flush();
            let learnt = weights(&trainer.model);
            let pairs = before.iter().zip(&learnt).map(|(a, b)| (f64::from(*a), f64::from(*b)));
            let moved: Vec<f64> = pairs.map(|(a, b)| (1.0 - rate) * a + rate * b).collect();
            set(&mut trainer.model, &moved);
        }
    }
    weights(&trainer.model)
}

/// The weights after the last epoch, whichever was the best.
fn trained(mut phase: Retrain) -> Vec<f32> {
    while phase.step().unwrap() != Event::Done {}
    let bytes = written(|to| phase.save(to));
    let (_, arrays): (serde_json::Value, _) =
        ssim_core::container::Container::open(&bytes).unwrap();
    let prefix = "model.weights.";
    let values = ssim_core::artifact::get_values(&arrays, prefix, prefix.len()).unwrap();
    flat(values, &arrays.get_floats("model.embedding").unwrap())
}

#[test]
fn negotiation_moves_a_part_of_the_way_through_all_scenarios() {
    // Behind a normalisation some gradients are 0 but for rounding, and Adam makes steps of a usual size of
    // them. So the outer step of STAR, with its moving moments, is compared where no step follows it.
    for (backbone, epochs) in [("dnn", 2), ("star", 1)] {
        with_setup(backbone, |setup| {
            let rows = fixture::instances();
            let scenarios = of_scenario(&rows);
            let epoch = |epoch: u64| {
                let order =
                    Stream::new(7, "retrain order: scenarios", &[epoch]).permutation(SCENARIOS);
                let block = |k: u32| {
                    shuffled(&scenarios[k as usize], "retrain order", &[epoch, u64::from(k)])
                };
                vec![order.into_iter().map(block).collect()]
            };
            let mut config = setup.config.clone();
            config.retrain.max_epochs = epochs;
            let setup = Setup { config: &config, ..setup };
            let expected = by_hand(setup, &(0..epochs).map(epoch).collect::<Vec<_>>(), 0.3);
            let phase = Retrain::new(setup, 1, &rows, &rows, vec![false; ROWS]).unwrap();
            let found = trained(phase.ordered(ScenarioOrder::Negotiation, 0));
            close(backbone, &found, &expected, 1e-6);
        });
    }
}

#[test]
fn regularisation_moves_a_part_of_the_way_through_a_helper_and_its_own_rows() {
    with_setup("dnn", |setup| {
        let rows = fixture::instances();
        let scenarios = of_scenario(&rows);
        for own in 0..SCENARIOS {
            let others: Vec<usize> = (0..SCENARIOS).filter(|k| *k != own).collect();
            let epoch = |epoch: u64| {
                let at = |block: u64| [epoch, own as u64, block];
                let purpose = "retrain order: scenarios";
                let order = Stream::new(7, purpose, &[epoch, own as u64]).permutation(others.len());
                let helper = &scenarios[others[order[0] as usize]];
                // As many rows as the own scenario has: all of them so often, and some once more.
                let n = scenarios[own].len();
                let draw = |rows: &[u32], block: u64| {
                    let mut drawn = rows.repeat(n / rows.len());
                    let more = shuffled(rows, "retrain order: rows", &at(block));
                    drawn.extend(&more[..n % rows.len()]);
                    shuffled(&drawn, "retrain order", &at(block))
                };
                let own_block = |block| shuffled(&scenarios[own], "retrain order", &at(block));
                vec![
                    vec![draw(helper, 0), own_block(1)],
                    vec![draw(&scenarios[own], 2), own_block(3)],
                ]
            };
            let expected = by_hand(setup, &[epoch(0), epoch(1)], 0.6);
            let of = (own, ScenarioOrder::Regularisation);
            let phase = Retrain::of_scenario(setup, 1, &rows, &rows, of).unwrap();
            close(&format!("scenario {own}"), &trained(phase), &expected, 1e-6);
        }
    });
}

/// Stops after every number of steps, and compares the weights that come out after a resume.
fn goes_on<'a>(begin: impl Fn() -> Retrain<'a>) {
    let whole = trained(begin());
    for stopped in 0..20 {
        let mut interrupted = begin();
        (0..stopped).for_each(|_| drop(interrupted.step().unwrap()));
        let mut resumed = begin();
        resumed.resume(&written(|to| interrupted.save(to))).unwrap();
        assert_eq!(trained(resumed), whole, "after {stopped} steps");
    }
}

#[test]
fn nothing_is_lost_between_two_outer_steps() {
    let rows = fixture::instances();
    with_setup("dnn", |setup| {
        let start = setup.trainer(1, Rates { lr: 0.1, l2: 0.0 }).unwrap().model;
        let start = StartWeights {
            towers: 1,
            values: start.parameters.values().unwrap(),
            table: start.embedding,
            competes: true,
        };
        let negotiation = || {
            let phase = Retrain::new(setup, 1, &rows, &rows, vec![false; ROWS]).unwrap();
            phase.ordered(ScenarioOrder::Negotiation, 0)
        };
        let regularisation = || {
            let of = (1, ScenarioOrder::Regularisation);
            let mut phase = Retrain::of_scenario(setup, 1, &rows, &rows, of).unwrap();
            phase.start_from(&start).unwrap();
            phase
        };
        goes_on(negotiation);
        goes_on(regularisation);
        // A phase with another order does not go on from there.
        let bytes = written(|to| negotiation().save(to));
        let mut mixed = Retrain::new(setup, 1, &rows, &rows, vec![false; ROWS]).unwrap();
        let told = mixed.resume(&bytes).unwrap_err().to_string();
        assert!(told.contains("order: expected"), "{told}");
    });
}
