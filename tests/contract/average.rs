//! The average of the epochs' weights: computed here in 64 bits from the weights of the same training without an
//! average, which goes the same way.

use crate::fixture::{self, ROWS, SCENARIOS, close};
use ssim_core::artifact::get_values;
use ssim_core::container::Container;
use ssim_tests::written;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::retrain::Retrain;
use ssim_train::setup::Setup;

const PART: f32 = 0.6;

/// The weights `weights.NAME…` and the table of a checkpoint, one after the other.
fn flat(checkpoint: &Vec<u8>, name: &str) -> Vec<f32> {
    let (_, arrays): (serde_json::Value, _) = Container::open(checkpoint).unwrap();
    let prefix = format!("{name}.weights.");
    let values = get_values(&arrays, &prefix, prefix.len()).unwrap();
    let table = arrays.get_floats(&format!("{name}.embedding")).unwrap();
    values.into_values().flat_map(|(_, values)| values).chain(table).collect()
}

/// The dense weights of the model in training.
fn dense(checkpoint: &Vec<u8>) -> Vec<f32> {
    let (_, arrays): (serde_json::Value, _) = Container::open(checkpoint).unwrap();
    let values = get_values(&arrays, "model.weights.", "model.weights.".len()).unwrap();
    values.into_values().flat_map(|(_, values)| values).collect()
}

/// Trains so many epochs; gives the last checkpoint, and the weights of the model that is kept.
fn trained(setup: &Setup, average: f32, epochs: u64) -> (Vec<u8>, Vec<f32>) {
    let mut config = setup.config.clone();
    config.train.batch = 4;
    (config.retrain.lr, config.retrain.dropout, config.retrain.average) = (0.02, 0.2, average);
    (config.retrain.max_epochs, config.retrain.patience) = (epochs, epochs);
    let rows = fixture::instances();
    let setup = Setup { config: &config, ..*setup };
    let mut phase = Retrain::new(setup, SCENARIOS, &rows, &rows, vec![true; ROWS]).unwrap();
    while phase.step().unwrap() != Event::Done {}
    let bytes = written(|to| phase.save(to));
    let model = phase.finish().unwrap();
    let values = model.parameters.values().unwrap().into_values().flat_map(|(_, values)| values);
    (bytes, values.chain(model.embedding.values().iter().copied()).collect())
}

#[test]
fn older_epochs_count_less_and_training_goes_on_from_its_own_weights() {
    for backbone in ["dnn", "star"] {
        fixture::with_setup(backbone, 7, |setup| {
            let mut expected: Vec<f64> = Vec::new();
            for epochs in 1..=3 {
                let (plain, _) = trained(setup, 0.0, epochs);
                let (averaged, kept) = trained(setup, PART, epochs);
                assert!(dense(&averaged) == dense(&plain), "{backbone}: training went another way");
                // An average in which older epochs count nothing is the epoch's weights. The table of a
                // plain checkpoint has rows that have missed steps.
                let learnt = flat(&trained(setup, 1e-30, epochs).0, "average");
                let wide = learnt.iter().map(|w| f64::from(*w));
                expected = match expected.is_empty() {
                    true => wide.collect(),
                    false => {
                        let part = f64::from(PART);
                        let pairs = expected.iter().zip(wide);
                        pairs.map(|(a, w)| part * a + (1.0 - part) * w).collect()
                    }
                };
                let got = flat(&averaged, "average");
                let narrow: Vec<f32> = expected.iter().map(|w| *w as f32).collect();
                close(backbone, &got, &narrow, 1e-6);
                // The model that is kept is the average of its best epoch, not that epoch's weights.
                assert_eq!(kept, flat(&averaged, "best"), "{backbone}");
                assert!(epochs == 1 || got != learnt);
            }
        });
    }
}
