//! How fast a machine is, and what bounds a part of a phase.

use super::{PhaseWork, WorkItem};

/// The number format of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// 32-bit floats.
    F32,
    /// Factors with 10 bits of fraction.
    Tf32,
    /// Factors with 7 bits of fraction.
    Bf16,
}

/// The speeds that a machine reaches.
#[derive(Clone, Debug)]
pub struct CostMachine {
    /// Its name.
    pub name: &'static str,
    /// Multiplications and additions per second of products, by format: f32, TF32, bf16.
    pub products: [f64; 3],
    /// Other operations per second.
    pub operations: f64,
    /// Bytes of memory read or written per second.
    pub bandwidth: f64,
    /// Bytes per second between host and device.
    pub link: f64,
    /// Ticks of its clock per second.
    pub clock: f64,
    /// Seconds that a start of a kernel takes.
    pub start: f64,
    /// Bytes of memory.
    pub memory: u64,
}

/// The part of a data sheet's products that is assumed to be reached: cuBLAS's own figures for matrices of a
/// few thousand rows are between 0.5 and 0.8 of the peak.
const REACHED_PRODUCTS: f64 = 0.6;
/// The part of a data sheet's bandwidth that copies reach.
const REACHED_BANDWIDTH: f64 = 0.8;
/// Factors in bf16 lie in memory as 32-bit floats and are rounded on the way, so the tensor cores wait for twice
/// as many bytes as with 16-bit factors.
const WIDE_FACTORS: f64 = 0.5;
/// Seconds of a start: NVIDIA's blog on CUDA graphs measures 3.8 µs per kernel of 2.9 µs in one stream, and about
/// 9.6 µs where the host waits for each; calls of cuBLAS take longer than starts alone.
const START: f64 = 3e-6;

/// A GPU by the figures of its data sheet: dense peak in 10¹² operations per second (f32, TF32, bf16), memory in
/// 10⁹ bytes and 10⁹ bytes per second, link one way, and cores.
const fn chip(
    name: &'static str,
    [f32s, tf32, bf16]: [f64; 3],
    [memory, bandwidth]: [f64; 2],
    link: f64,
    cores: f64,
) -> CostMachine {
    CostMachine {
        name,
        products: [
            f32s * 1e12 * REACHED_PRODUCTS,
            tf32 * 1e12 * REACHED_PRODUCTS,
            bf16 * 1e12 * REACHED_PRODUCTS * WIDE_FACTORS,
        ],
        // Not every operation is half of a fused one.
        operations: f32s * 1e12 / 4.0,
        bandwidth: bandwidth * 1e9 * REACHED_BANDWIDTH,
        link: link * 1e9 * REACHED_BANDWIDTH,
        // The peak in f32 is two operations per core and tick.
        clock: f32s * 1e12 / (2.0 * cores),
        start: START,
        memory: (memory * 1e9) as u64,
    }
}

/// GPUs by their vendor's data sheets. Sheets of Hopper and Ada give tensor cores with sparsity, which is twice
/// the dense figure here.
pub const CHIPS: [CostMachine; 4] = [
    // NVIDIA A100 80GB (SXM) data sheet: 19.5, 156 and 312 TFLOPS, 2,039 GB/s, PCIe 4.
    chip("a100", [19.5, 156.0, 312.0], [80.0, 2039.0], 32.0, 6912.0),
    // NVIDIA H100 (SXM) data sheet: 67, 989/2 and 1,979/2 TFLOPS, 3.35 TB/s, PCIe 5.
    chip("h100", [67.0, 494.5, 989.5], [80.0, 3350.0], 64.0, 16896.0),
    // NVIDIA H200 (SXM) data sheet: as H100, with 141 GB and 4.8 TB/s.
    chip("h200", [67.0, 494.5, 989.5], [141.0, 4800.0], 64.0, 16896.0),
    // NVIDIA L4 data sheet: 30.3, 120/2 and 242/2 TFLOPS, 24 GB, 300 GB/s, PCIe 4.
    chip("l4", [30.3, 60.0, 121.0], [24.0, 300.0], 32.0, 7424.0),
];

impl CostMachine {
    /// Seconds of one part: the longest of arithmetic, memory, waiting, and the link, and the starts.
    pub fn item(&self, item: &WorkItem, rate: Rate) -> f64 {
        let [longest, ..] = self.bounds(item, rate);
        longest.0 + item.starts * self.start
    }

    /// Seconds of a step.
    pub fn seconds(&self, work: &PhaseWork, rate: Rate) -> f64 {
        work.items.iter().map(|item| self.item(item, rate)).sum()
    }

    /// The word for what takes longest in a part.
    pub fn bound(&self, item: &WorkItem, rate: Rate) -> &'static str {
        let [longest, ..] = self.bounds(item, rate);
        match item.starts * self.start > longest.0 {
            true => "starts",
            false => longest.1,
        }
    }

    /// The part of a step that takes longest.
    pub fn longest<'a>(&self, work: &'a PhaseWork, rate: Rate) -> Option<&'a WorkItem> {
        work.items.iter().max_by(|a, b| self.item(a, rate).total_cmp(&self.item(b, rate)))
    }

    /// Seconds by cause, the longest first.
    fn bounds(&self, item: &WorkItem, rate: Rate) -> [(f64, &'static str); 4] {
        let arithmetic =
            item.products / self.products[rate as usize] + item.operations / self.operations;
        let mut bounds = [
            (arithmetic, "arithmetic"),
            (item.bytes / self.bandwidth, "memory"),
            (item.ticks / self.clock, "latency"),
            (item.link / self.link, "link"),
        ];
        bounds.sort_by(|a, b| b.0.total_cmp(&a.0));
        bounds
    }
}
