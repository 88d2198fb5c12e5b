//! Checkpoints of the host and of a device are the same files.

use crate::log;
use ssim_core::container::Source;
use ssim_kernels::KernelDevice;
use ssim_train::phase::Phase;
use ssim_train::phase::retrain::Retrain;
use ssim_train::setup::Setup;
use std::sync::Arc;

#[test]
fn a_run_goes_on_from_the_device_to_the_host_and_back() {
    let (schema, rows) = log::log();
    let config = log::settings();
    let device = log::device(false);
    let begin = |accelerator: Option<&Arc<dyn KernelDevice>>| -> Vec<u8> {
        let setup = Setup { accelerator, seed: 5, ..Setup::new(&schema, &config) };
        let mut phase = Retrain::new(setup, 3, &rows.train, &rows.val, log::list()).unwrap();
        log::run(&mut phase, 3);
        log::saved(&mut phase)
    };
    let go_on = |accelerator: Option<&Arc<dyn KernelDevice>>, from: &[u8], steps: u64| -> Vec<u8> {
        let setup = Setup { accelerator, seed: 5, ..Setup::new(&schema, &config) };
        let mut phase = Retrain::new(setup, 3, &rows.train, &rows.val, log::list()).unwrap();
        phase.resume(&from.to_vec() as &dyn Source).unwrap();
        log::run(&mut phase, steps);
        log::saved(&mut phase)
    };
    let whole = |accelerator: Option<&Arc<dyn KernelDevice>>| {
        let setup = Setup { accelerator, seed: 5, ..Setup::new(&schema, &config) };
        let mut phase = Retrain::new(setup, 3, &rows.train, &rows.val, log::list()).unwrap();
        log::run(&mut phase, 7);
        log::saved(&mut phase)
    };
    // On one device a resumed run has the bytes of one that was not interrupted.
    assert_eq!(go_on(Some(&device), &begin(Some(&device)), 7), whole(Some(&device)));
    // From one to the other the file is the same kind, of the same size.
    let there = go_on(None, &begin(Some(&device)), 5);
    let back = go_on(Some(&device), &there, 7);
    assert_eq!(back.len(), whole(None).len());
}
