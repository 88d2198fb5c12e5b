//! The cases of the benchmark.

use crate::command::bench_step::rows::{ALI_CCP, ALI_MAMA, LogSizes};
use ssim_train::config::Precision;

/// A step that is timed.
pub struct BenchCase {
    /// The log whose sizes the rows have.
    pub log: &'static LogSizes,
    /// Number of ids, about.
    pub ids: usize,
    /// Hidden layers of the networks.
    pub mlp: &'static [usize],
    /// Rows of a batch, and different batches.
    pub batch: usize,
    pub batches: usize,
    /// Number format of the products.
    pub precision: Precision,
    /// Part of the rows on the list to retrain on; `None` for a search.
    pub ratio: Option<f64>,
}

/// The sizes that are varied.
pub struct BenchGrid {
    logs: [&'static LogSizes; 2],
    ids: usize,
    mlp: &'static [usize],
    batches: &'static [usize],
}

/// Bytes of an id of width 16 with its moments and its counter.
const ID: u64 = 4 * (3 * 16 + 1);
/// Ids of the largest table: the host has it too, and draws its values one by one.
const MOST: u64 = 200_000_000;

impl BenchGrid {
    /// The sizes of published logs, or `small` ones for a rehearsal.
    pub fn of(small: bool) -> Self {
        let logs = [&ALI_MAMA, &ALI_CCP];
        match small {
            true => Self { logs, ids: 5_000, mlp: &[16, 8], batches: &[64] },
            false => {
                let batches = &[4096, 16_384, 65_536];
                Self { logs, ids: 3_000_000, mlp: &[1024, 512, 256], batches }
            }
        }
    }

    /// All cases; the last one has as many ids as a device with so many free bytes holds beside its step.
    pub fn cells(&self, free: Option<u64>) -> Vec<BenchCase> {
        let mut cells = Vec::new();
        for log in self.logs {
            for batch in self.batches {
                for precision in [Precision::F32, Precision::Tf32, Precision::Bf16] {
                    for ratio in [Some(0.3), None] {
                        cells.push(self.cell(log, *batch, precision, ratio));
                    }
                }
            }
        }
        let most = free.map(|free| (free / 4 * 3 / ID).min(MOST) as usize);
        if let Some(ids) = most.filter(|ids| *ids > self.ids) {
            let cell = self.cell(&ALI_MAMA, self.batches[0], Precision::F32, Some(0.3));
            cells.push(BenchCase { ids, ..cell });
        }
        cells
    }

    fn cell(
        &self,
        log: &'static LogSizes,
        batch: usize,
        precision: Precision,
        ratio: Option<f64>,
    ) -> BenchCase {
        let Self { ids, mlp, .. } = *self;
        BenchCase { log, ids, mlp, batch, batches: 8, precision, ratio }
    }
}

impl BenchCase {
    /// The phase.
    pub fn phase(&self) -> &'static str {
        if self.ratio.is_some() { "retrain" } else { "search" }
    }

    /// The case for people.
    pub fn name(&self) -> String {
        let precision = match self.precision {
            Precision::F32 => "f32",
            Precision::Tf32 => "tf32",
            Precision::Bf16 => "bf16",
        };
        let (log, phase) = (self.log.name, self.phase());
        format!("{log}, {phase}, {} ids, batch {}, {precision}", self.ids, self.batch)
    }
}
