//! The arithmetic, the memory traffic and the time of a training step, from its sizes alone.
//!
//! A phase is a list of [`WorkItem`]s, each with its floating-point operations, the bytes that it moves, and
//! how often something is started. [`CostMachine`] gives them seconds, so that a table of items says what
//! bounds a phase. [`device`] counts what a step on a device does, kernel by kernel; tests compare its counts
//! with what a device was asked for. [`host`] counts the host's own step, whose time can be measured.
//!
//! Every count is of one batch with [`StepSizes`]. Nothing here is measured or random.

pub mod device;
pub mod host;
mod machine;
mod memory;
mod sizes;

pub use machine::{CHIPS, CostMachine, Rate};
pub use memory::DeviceNeeds;
pub use sizes::StepSizes;

/// Bytes of a value of 32 bits.
const WORD: f64 = 4.0;

/// One part of a phase's work.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkItem {
    /// The part's name.
    pub name: &'static str,
    /// Multiplications and additions of matrix products.
    pub products: f64,
    /// All other operations.
    pub operations: f64,
    /// Bytes of memory read and written.
    pub bytes: f64,
    /// Clock ticks that the slowest thread needs where its loads wait for each other.
    pub ticks: f64,
    /// Bytes between the memory of host and device.
    pub link: f64,
    /// Kernels and batches of products that are started.
    pub starts: f64,
}

/// The work of one step, or of one batch of an evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PhaseWork {
    /// Its parts, in their order.
    pub items: Vec<WorkItem>,
}

impl PhaseWork {
    /// Adds work to the part of this name.
    fn add(&mut self, name: &'static str, more: WorkItem) {
        match self.items.iter_mut().find(|item| item.name == name) {
            Some(item) => {
                item.products += more.products;
                item.operations += more.operations;
                item.bytes += more.bytes;
                item.ticks += more.ticks;
                item.link += more.link;
                item.starts += more.starts;
            }
            None => self.items.push(WorkItem { name, ..more }),
        }
    }

    /// Multiplications and additions of all matrix products.
    pub fn products(&self) -> f64 {
        self.items.iter().map(|item| item.products).sum()
    }

    /// Starts of kernels and of batches of products.
    pub fn starts(&self) -> f64 {
        self.items.iter().map(|item| item.starts).sum()
    }

    /// Bytes of memory read and written.
    pub fn bytes(&self) -> f64 {
        self.items.iter().map(|item| item.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::EmbeddingOptimizer;

    fn sizes() -> StepSizes {
        StepSizes {
            batch: 4096,
            fields: 16,
            dim: 16,
            mlp: vec![1024, 512, 256],
            selector: vec![128, 64],
            heads: 3,
            pairs: vec![2000, 1500, 1400],
            ids: 3_000_000,
            distinct: 20_000,
            most: 2000,
            missed: 100.0,
            longest: 5000.0,
            repeated: 0,
            repeated_ids: 0,
            optimizer: EmbeddingOptimizer::Adam,
        }
    }

    #[test]
    fn host_and_device_multiply_the_same_where_no_ids_repeat() {
        let retrain = sizes();
        assert_eq!(
            host::retrain(&retrain, 2).products(),
            device::retrain(&retrain, false).products()
        );
        let all = StepSizes { pairs: vec![4096; 3], ..sizes() };
        assert_eq!(host::search(&all, 2, 4096).products(), device::search(&all, false).products());
    }

    #[test]
    fn the_longest_cause_bounds_a_part() {
        let [_, h100, _, l4] = &CHIPS;
        let work = device::retrain(&sizes(), false);
        let of = |name: &str| work.items.iter().find(|item| item.name == name).unwrap();
        assert_eq!(h100.bound(of("products forward"), Rate::F32), "arithmetic");
        assert_eq!(l4.bound(of("gather"), Rate::F32), "memory");
        assert_eq!(h100.bound(of("sums for biases"), Rate::F32), "latency");
        assert_eq!(h100.bound(of("mask"), Rate::F32), "starts");
        assert_eq!(h100.bound(of("order of the batch"), Rate::F32), "link");
        let parts: f64 = work.items.iter().map(|item| h100.item(item, Rate::F32)).sum();
        assert_eq!(h100.seconds(&work, Rate::F32), parts);
        assert!(l4.seconds(&work, Rate::F32) > h100.seconds(&work, Rate::F32));
        assert!(h100.seconds(&work, Rate::Tf32) < parts);
    }
}
