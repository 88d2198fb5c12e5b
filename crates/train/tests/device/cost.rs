//! The cost model counts what a device is asked for: the arithmetic of products, starts, and memory.

use crate::log;
use ssim_kernels::{DeviceCall, KernelDevice, Recorded};
use ssim_train::config::{Config, EmbeddingOptimizer};
use ssim_train::cost::{DeviceNeeds, PhaseWork, StepSizes, device};
use ssim_train::phase::Phase;
use ssim_train::phase::retrain::Retrain;
use ssim_train::phase::search::Search;
use ssim_train::setup::Setup;
use std::sync::Arc;

const OPTIMIZERS: [EmbeddingOptimizer; 3] =
    [EmbeddingOptimizer::Adam, EmbeddingOptimizer::LazyAdam, EmbeddingOptimizer::RowwiseAdagrad];

/// Settings with all rows in one batch.
fn settings(optimizer: EmbeddingOptimizer) -> Config {
    let mut config = log::settings();
    config.train.batch = log::ROWS;
    config.train.embedding_optimizer = optimizer;
    config
}

/// The sizes of a batch of all rows, of which a list shares some.
fn sizes(setup: &Setup, list: &[bool], towers: usize) -> StepSizes {
    let (_, rows) = log::log();
    let shared = list.iter().filter(|shared| **shared).count();
    let own = |k: usize| {
        let of_tower = |row: &usize| usize::from(rows.train.scenarios[*row]).min(towers - 1) == k;
        (0..log::ROWS).filter(|row| !list[*row]).filter(of_tower).count()
    };
    let pairs = (0..towers).map(|k| shared + own(k)).collect();
    StepSizes { pairs, ..StepSizes::new(setup, &vec![1.0; towers], 0.0) }
}

/// Multiplications and additions, and starts, that a device was asked for.
fn counted(calls: &[DeviceCall]) -> (f64, f64) {
    let mut products = 0.0;
    let mut starts = 0.0;
    for call in calls {
        match call {
            DeviceCall::Multiply(sizes) => {
                products += 2.0 * sizes.iter().map(|n| *n as f64).product::<f64>();
                starts += 1.0;
            }
            DeviceCall::Launch(_) => starts += 1.0,
            DeviceCall::Reserve(_) | DeviceCall::Write(_) | DeviceCall::Read(_) => {}
        }
    }
    (products, starts)
}

fn reserved(calls: &[DeviceCall]) -> u64 {
    let bytes = calls.iter().map(|call| match call {
        DeviceCall::Reserve(bytes) => *bytes as u64,
        _ => 0,
    });
    bytes.sum()
}

/// Takes two steps; compares both with the model, and the memory with what the first one reserved.
fn agree(
    told: &str,
    (phase, recorded): (&mut impl Phase, &Recorded),
    work: impl Fn(bool) -> PhaseWork,
    memory: DeviceNeeds,
) {
    phase.step().unwrap();
    let first = recorded.take();
    let expected = work(true);
    assert_eq!(counted(&first), (expected.products(), expected.starts()), "{told}, first step");
    assert_eq!(reserved(&first), memory.total(), "{told}: {memory:?}");
    // The step after the first of an epoch, or of the next epoch.
    let calls = loop {
        phase.step().unwrap();
        let calls = recorded.take();
        // Also where the host's weights go to the device again: two tables might not fit.
        assert_eq!(reserved(&calls), 0, "{told} reserves memory after the first step");
        if phase.steps() == 2 {
            break calls;
        }
    };
    let expected = work(false);
    assert_eq!(counted(&calls), (expected.products(), expected.starts()), "{told}, second step");
}

#[test]
fn retrain_costs_what_the_device_is_asked_for() {
    let (schema, rows) = log::log();
    for optimizer in OPTIMIZERS {
        let lists = [
            ("a list", 3, log::list()),
            ("all rows", 3, vec![true; log::ROWS]),
            ("no rows", 3, vec![false; log::ROWS]),
            ("one tower", 1, vec![false; log::ROWS]),
        ];
        for (told, towers, list) in lists {
            let config = settings(optimizer);
            let recorded = Arc::new(Recorded::new(log::device(false)));
            let device: Arc<dyn KernelDevice> = recorded.clone();
            let setup = Setup { accelerator: Some(&device), ..Setup::new(&schema, &config) };
            let sizes = sizes(&setup, &list, towers);
            let memory = DeviceNeeds::of_retrain(&sizes, log::ROWS);
            let mut phase = Retrain::new(setup, towers, &rows.train, &rows.val, list).unwrap();
            let work = |first| device::retrain(&sizes, first);
            agree(&format!("{optimizer:?}, {told}"), (&mut phase, &recorded), work, memory);
        }
    }
}

#[test]
fn search_costs_what_the_device_is_asked_for() {
    let (schema, rows) = log::log();
    for optimizer in OPTIMIZERS {
        let config = settings(optimizer);
        let recorded = Arc::new(Recorded::new(log::device(false)));
        let device: Arc<dyn KernelDevice> = recorded.clone();
        let setup = Setup { accelerator: Some(&device), ..Setup::new(&schema, &config) };
        let sizes = sizes(&setup, &vec![true; log::ROWS], 3);
        let memory = DeviceNeeds::of_search(&sizes, log::ROWS);
        let mut phase = Search::new(setup, &rows.train).unwrap();
        let work = |first| device::search(&sizes, first);
        agree(&format!("{optimizer:?}"), (&mut phase, &recorded), work, memory);
    }
}
