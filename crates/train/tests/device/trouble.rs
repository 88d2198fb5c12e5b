//! A device that is full, and a loss that is not finite.

use crate::log;
use ssim_kernels::{KernelDevice, Simulated};
use ssim_train::Error;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::phase::retrain::Retrain;
use ssim_train::setup::Setup;
use std::sync::Arc;

#[test]
fn a_full_device_is_an_error_before_the_first_step() {
    let (schema, rows) = log::log();
    let config = log::settings();
    let device: Arc<dyn KernelDevice> = Arc::new(Simulated { room: 4000, ..Simulated::default() });
    let setup = Setup { accelerator: Some(&device), ..Setup::new(&schema, &config) };
    let mut phase = Retrain::new(setup, 3, &rows.train, &rows.val, log::list()).unwrap();
    let error = phase.step().unwrap_err().to_string();
    assert!(error.starts_with("device: no room for "), "{error}");
    assert_eq!(phase.steps(), 0);
}

#[test]
fn a_loss_that_is_not_finite_is_found_at_the_next_look() {
    let (schema, rows) = log::log();
    let mut config = log::settings();
    (config.retrain.lr, config.train.batch) = (1e30, 10);
    let device = log::device(false);
    let setup = Setup { accelerator: Some(&device), ..Setup::new(&schema, &config) };
    let mut phase = Retrain::new(setup, 3, &rows.train, &rows.val, log::list()).unwrap();
    let error = loop {
        match phase.step() {
            Ok(Event::Done) => panic!("it ends without an error"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
    assert!(phase.steps() <= 34, "after {} steps", phase.steps());
}
