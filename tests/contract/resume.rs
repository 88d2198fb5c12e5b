//! A phase that is resumed from a checkpoint ends with the values of one that was not interrupted.

use crate::fixture::{self, ROWS};
use ssim_core::backbone;
use ssim_core::container::Container;
use ssim_core::model::Model;
use ssim_tests::written;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::retrain::Retrain;
use ssim_train::setup::Setup;

fn ended(mut phase: Retrain) -> Model {
    while phase.step().unwrap() != Event::Done {}
    phase.finish().unwrap()
}

#[test]
fn nothing_is_lost_in_a_checkpoint() {
    let rows = fixture::instances();
    let list: Vec<bool> = (0..rows.len()).map(|i| i % 3 == 0).collect();
    for name in backbone::names() {
        fixture::with_setup(name, 7, |setup| {
            let begin = || {
                let towers = fixture::SCENARIOS;
                Retrain::new(*setup, towers, &rows, &rows, list.clone()).unwrap()
            };
            let mut interrupted = begin();
            (0..5).for_each(|_| drop(interrupted.step().unwrap()));
            let mut resumed = begin();
            resumed.resume(&written(|to| interrupted.save(to))).unwrap();
            let [a, b] = [resumed, begin()].map(ended);
            assert_eq!(a.parameters.values().unwrap(), b.parameters.values().unwrap(), "{name}");
            assert_eq!(a.embedding, b.embedding, "{name}");
        });
    }
}

#[test]
fn an_epoch_that_draws_its_rows_is_drawn_again() {
    let rows = fixture::instances();
    fixture::with_setup("dnn", 7, |setup| {
        let mut config = setup.config.clone();
        config.train.scenario_power = 0.3;
        let begin = || {
            let setup = Setup { config: &config, ..*setup };
            Retrain::new(setup, fixture::SCENARIOS, &rows, &rows, vec![false; ROWS]).unwrap()
        };
        let mut interrupted = begin();
        (0..5).for_each(|_| drop(interrupted.step().unwrap()));
        let bytes = written(|to| interrupted.save(to));
        let mut resumed = begin();
        resumed.resume(&bytes).unwrap();
        let [a, b] = [resumed, begin()].map(ended);
        assert_eq!(a.parameters.values().unwrap(), b.parameters.values().unwrap());
        // A run with another power draws other rows, and does not go on from there.
        config.train.scenario_power = 0.4;
        let setup = Setup { config: &config, ..*setup };
        let list = vec![false; ROWS];
        let mut other = Retrain::new(setup, fixture::SCENARIOS, &rows, &rows, list).unwrap();
        let told = other.resume(&bytes).unwrap_err().to_string();
        assert!(told.contains("scenario_power"), "{told}");
    });
}

#[test]
fn a_step_that_no_epoch_has_is_refused() {
    let rows = fixture::instances();
    fixture::with_setup("dnn", 7, |setup| {
        let begin = || {
            let list = vec![true; rows.len()];
            Retrain::new(*setup, fixture::SCENARIOS, &rows, &rows, list).unwrap()
        };
        let bytes = written(|to| begin().save(to));
        let (mut header, arrays): (serde_json::Value, _) = Container::open(&bytes).unwrap();
        header["step"] = 9.into();
        let bytes = arrays.to_bytes(&header).unwrap();
        let error = begin().resume(&bytes).unwrap_err().to_string();
        assert!(error.starts_with("checkpoint: expected one of "), "{error}");
        assert!(error.ends_with("got epoch 0, step 9 after 0 steps"), "{error}");
    });
}
