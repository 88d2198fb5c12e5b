//! A phase that is resumed from a checkpoint ends with the values of one that was not interrupted.

use crate::fixture;
use ssim_core::backbone;
use ssim_core::container::Container;
use ssim_core::model::Model;
use ssim_tests::written;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::retrain::Retrain;

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
