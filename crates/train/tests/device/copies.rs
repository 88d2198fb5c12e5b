//! A step copies the order of its batch to the device, and nothing else.

use crate::log;
use ssim_kernels::{DeviceCall, KernelDevice, Recorded};
use ssim_train::config::Config;
use ssim_train::phase::Phase;
use ssim_train::phase::retrain::Retrain;
use ssim_train::phase::search::Search;
use ssim_train::setup::Setup;
use std::sync::Arc;

/// One long epoch, so that many steps follow each other.
fn settings() -> Config {
    let mut config = log::settings();
    config.train.batch = 10;
    config
}

/// Takes 67 steps, and counts the copies of each after the first two.
fn copies(phase: &mut impl Phase, recorded: &Recorded, batch: usize) {
    let mut looks = 0;
    for step in 0..67 {
        phase.step().unwrap();
        let calls = recorded.take();
        if step < 2 {
            continue;
        }
        let mut order = 0;
        for call in calls {
            match call {
                DeviceCall::Reserve(bytes) => assert_eq!(bytes, 0, "step {step} reserves memory"),
                // The rows of the batch, and where the pairs of each tower begin.
                DeviceCall::Write(bytes) => order += bytes,
                DeviceCall::Read(bytes) => {
                    assert!(bytes <= 8, "step {step} reads {bytes} bytes");
                    looks += 1;
                }
                DeviceCall::Launch(_) | DeviceCall::Multiply(_) => {}
            }
        }
        assert!((4 * batch..=4 * batch + 16).contains(&order), "step {step} writes {order} bytes");
    }
    // The host looks at the loss and at the number of shared rows every 16 steps.
    assert_eq!(looks, 2 * 4);
}

#[test]
fn a_step_copies_the_order_of_its_batch_alone() {
    let (schema, rows) = log::log();
    let config = settings();
    let recorded = Arc::new(Recorded::new(log::device(false)));
    let device: Arc<dyn KernelDevice> = recorded.clone();
    let setup = Setup { accelerator: Some(&device), ..Setup::new(&schema, &config) };
    // Every tower has as many pairs in each batch as it may have: nothing grows after the first steps.
    let list = vec![true; log::ROWS];
    let mut retrain = Retrain::new(setup, 3, &rows.train, &rows.val, list).unwrap();
    copies(&mut retrain, &recorded, config.train.batch);
    let mut search = Search::new(setup, &rows.train).unwrap();
    recorded.take();
    copies(&mut search, &recorded, config.train.batch);
}
