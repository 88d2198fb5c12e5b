//! The work of a step that stays on a device, kernel by kernel.
//!
//! Bytes are those that a kernel has to read and write at least, with every value once: a product reads its
//! factors and writes its result. Ticks are of the slowest thread, where a kernel is too small to hide that
//! its loads wait for memory: `LOAD`, `SHARED` and `BARRIER` say what a turn of its loop takes.

use super::{PhaseWork, StepSizes, WORD, WorkItem};
use crate::config::EmbeddingOptimizer;

/// Clock ticks of a load from device memory in a loop whose turns do not depend on each other: the latency of
/// about 600 ticks, four turns at a time.
const LOAD: f64 = 150.0;
/// Clock ticks of a turn of a loop over shared memory, with eight warps on four schedulers.
const SHARED: f64 = 8.0;
/// Clock ticks between two barriers of a block.
const BARRIER: f64 = 40.0;
/// Threads of a block, keys of a block of the sort, values of a digit, and columns that a block adds up.
const THREADS: f64 = 256.0;
const TILE: usize = 1024;
const DIGITS: f64 = 256.0;
const LINES: f64 = 8.0;
/// Barriers of a running sum over a block.
const SUM_BARRIERS: f64 = 10.0;
/// Operations of an Adam step of one value: 12 multiplications and additions, a root, and a division, of which
/// the last two take about eight each.
const ADAM: f64 = 28.0;

/// Clock ticks of an Adam step whose values depend on the step before: a root and a division after each other.
const UPDATE: f64 = 80.0;

/// A step of retrain on a list, by which the towers see `sizes.pairs` rows. `first` says whether it is the
/// first step, before which no row of the table can have missed one.
pub fn retrain(sizes: &StepSizes, first: bool) -> PhaseWork {
    let m = sizes.batch as f64;
    let mut work = begun(sizes, first);
    // The list's bit, the row's number, and the result.
    work.add(
        "mask",
        WorkItem { bytes: m * (1.0 + WORD + 1.0), starts: 1.0, ..WorkItem::default() },
    );
    towers(&mut work, sizes, &sizes.pairs, false);
    ended(&mut work, sizes, &sizes.pairs);
    work
}

/// A step of search. Only the device knows which rows are shared, so all towers have room for all rows.
pub fn search(sizes: &StepSizes, first: bool) -> PhaseWork {
    let m = sizes.batch as f64;
    let width = sizes.width() as f64;
    let layers = sizes.selector_layers();
    let mut work = begun(sizes, first);
    gather(&mut work, sizes, sizes.batch, false);
    forward(&mut work, &layers, &[sizes.batch], false);
    work.add("mask", WorkItem { bytes: m * 17.0, starts: 1.0, ..WorkItem::default() });
    let pairs = sizes.all_pairs();
    towers(&mut work, sizes, &pairs, true);
    backward(&mut work, &layers, &[sizes.batch]);
    adam(&mut work, sizes.selector_weights() as f64);
    // The gradients of the selector join those of the towers.
    work.add("collect", WorkItem { bytes: m * width * WORD, ..WorkItem::default() });
    ended(&mut work, sizes, &pairs);
    work
}

/// A batch of an evaluation: the host copies embedded rows to the device, and the tower of each row predicts
/// it. Ids are looked up by the host, and the table has come back from the device before.
pub fn evaluation(sizes: &StepSizes) -> PhaseWork {
    let mut work = PhaseWork::default();
    let own = StepSizes::pairs_of(sizes.batch, &parts(sizes), 0.0);
    let bytes = (sizes.batch * sizes.width()) as f64 * WORD;
    let link = WorkItem { link: bytes, bytes, ..WorkItem::default() };
    work.add("embedded rows from the host", link);
    forward(&mut work, &sizes.tower_layers(), &own, true);
    work
}

/// The way of table, weights and moments back to the host, once before every evaluation and checkpoint.
pub fn settle(sizes: &StepSizes) -> PhaseWork {
    let (n, d) = (sizes.ids as f64, sizes.dim as f64);
    let table = match sizes.optimizer {
        EmbeddingOptimizer::Adam => n * (3.0 * d + 1.0),
        EmbeddingOptimizer::LazyAdam => n * 3.0 * d,
        EmbeddingOptimizer::RowwiseAdagrad => n * (d + 1.0),
    };
    // They come back, and go there again before the next step.
    let link = 2.0 * WORD * (table + 3.0 * sizes.tower_weights() as f64);
    let mut work = PhaseWork::default();
    work.add("table and weights to the host and back", WorkItem { link, ..WorkItem::default() });
    work
}

/// The part of the rows that each tower sees beside the shared ones.
fn parts(sizes: &StepSizes) -> Vec<f64> {
    let all: usize = sizes.pairs.iter().sum();
    sizes.pairs.iter().map(|pairs| *pairs as f64 / all.max(1) as f64).collect()
}

/// The order of the batch, its distinct ids, and the steps that they have missed.
fn begun(sizes: &StepSizes, first: bool) -> PhaseWork {
    let mut work = PhaseWork::default();
    let m = sizes.batch as f64;
    let order = WorkItem { link: m * WORD, ..WorkItem::default() };
    work.add("order of the batch", order);
    let cells = (sizes.batch * sizes.fields) as f64;
    let tiles = (sizes.batch * sizes.fields).div_ceil(TILE) as f64;
    let bits = usize::BITS - sizes.ids.saturating_sub(1).leading_zeros();
    let digits = f64::from(bits.div_ceil(8));
    let sums = |count: f64| (count / THREADS).ceil() * SUM_BARRIERS * BARRIER;
    let sort = |bytes: f64, operations: f64, ticks: f64, starts: f64| WorkItem {
        bytes,
        operations,
        ticks,
        starts,
        ..WorkItem::default()
    };
    let name = "sort of ids";
    work.add(name, sort(cells * 4.0 * WORD, 0.0, 4.0 * LOAD, 1.0));
    // Every thread of a block looks at all keys of its tile, to count or to move those of its digit.
    let looks = cells * DIGITS;
    let tile = TILE as f64 * SHARED + 4.0 * LOAD;
    let counts = DIGITS * tiles * WORD;
    for _ in 0..digits as usize {
        work.add(name, sort(cells * WORD + counts, 2.0 * looks, tile, 1.0));
        work.add(name, sort(2.0 * counts, 0.0, sums(DIGITS * tiles), 1.0));
        work.add(name, sort(4.0 * cells * WORD + counts, 2.0 * looks, tile, 1.0));
    }
    let firsts = 4.0 * (LOAD + SUM_BARRIERS * BARRIER);
    work.add(name, sort(cells * WORD, 0.0, firsts, 1.0));
    work.add(name, sort(2.0 * tiles * WORD, 0.0, sums(tiles), 1.0));
    let distinct = sizes.distinct as f64;
    work.add(name, sort((cells + 2.0 * distinct) * WORD, 0.0, firsts, 1.0));
    if sizes.optimizer == EmbeddingOptimizer::Adam && !first {
        let d = sizes.dim as f64;
        work.add(
            "catch-up",
            WorkItem {
                bytes: distinct * (6.0 * d + 4.0) * WORD,
                operations: distinct * d * sizes.missed * ADAM,
                ticks: sizes.longest * UPDATE,
                starts: 2.0,
                ..WorkItem::default()
            },
        );
    }
    work
}

/// The towers forward, the loss, and the towers backward.
fn towers(work: &mut PhaseWork, sizes: &StepSizes, pairs: &[usize], search: bool) {
    let (m, k) = (sizes.batch as f64, pairs.len() as f64);
    let all: usize = pairs.iter().sum();
    let longest = pairs.iter().copied().max().unwrap_or(0) as f64;
    // Every tower reads whose rows are shared and of which scenario they are.
    let ticks = (m / THREADS).ceil() * (4.0 * LOAD + SUM_BARRIERS * BARRIER);
    let bytes = k * m * (1.0 + 3.0 * WORD) + 2.0 * all as f64 * WORD;
    work.add("routing", WorkItem { bytes, ticks, starts: 1.0, ..WorkItem::default() });
    gather(work, sizes, all, true);
    let layers = sizes.tower_layers();
    forward(work, &layers, pairs, true);
    let ticks = (longest / THREADS).ceil() * LOAD + (m / THREADS).ceil() * 2.0 * LOAD;
    let bytes = all as f64 * 44.0 + m;
    let operations = all as f64 * 60.0;
    let started = nonzero(all) + 2.0;
    work.add("loss", WorkItem { bytes, operations, ticks, starts: started, ..WorkItem::default() });
    if search {
        let bytes = m * (k * 12.0 + 40.0 + sizes.heads as f64 * WORD);
        let ticks = k * 3.0 * LOAD;
        work.add("loss", WorkItem { bytes, ticks, starts: 1.0, ..WorkItem::default() });
    }
    backward(work, &layers, pairs);
}

/// The gradients of the embeddings, and the steps of weights and table.
fn ended(work: &mut PhaseWork, sizes: &StepSizes, pairs: &[usize]) {
    let (m, d) = (sizes.batch as f64, sizes.dim as f64);
    let width = sizes.width() as f64;
    let all: usize = pairs.iter().sum();
    let bytes = ((all as f64 + m) * width + m * pairs.len() as f64) * WORD;
    work.add("collect", WorkItem { bytes, starts: 1.0, ..WorkItem::default() });
    adam(work, sizes.tower_weights() as f64);
    let (cells, distinct) = (m * sizes.fields as f64, sizes.distinct as f64);
    let state = match sizes.optimizer {
        EmbeddingOptimizer::Adam => 6.0 * d + 1.0,
        EmbeddingOptimizer::LazyAdam => 6.0 * d,
        EmbeddingOptimizer::RowwiseAdagrad => 2.0 * d + 2.0,
    };
    let lanes = (THREADS / d).floor().max(1.0);
    work.add(
        "table step",
        WorkItem {
            bytes: (cells * (d + 1.0) + distinct * (state + 2.0)) * WORD,
            operations: distinct * d * ADAM + cells * d,
            // The lanes of a block go through all cells of an id.
            ticks: (sizes.most as f64 / lanes).ceil() * LOAD,
            starts: 1.0,
            ..WorkItem::default()
        },
    );
}

fn gather(work: &mut PhaseWork, sizes: &StepSizes, rows: usize, pairs: bool) {
    let cells = (rows * sizes.fields) as f64;
    let bytes = cells * (2.0 * sizes.dim as f64 + 1.0) * WORD
        + if pairs { rows as f64 * WORD } else { 0.0 };
    work.add("gather", WorkItem { bytes, starts: nonzero(rows), ..WorkItem::default() });
}

/// Products and ends of all layers of networks that see so many rows each.
fn forward(work: &mut PhaseWork, layers: &[(usize, usize)], rows: &[usize], pairs: bool) {
    let all: usize = rows.iter().sum();
    for (inputs, outputs) in layers {
        for (rows, networks) in pieces(rows) {
            work.add("products forward", product([rows, *inputs, *outputs, networks]));
        }
        let values = (all * outputs) as f64;
        let of_pairs = if pairs { all as f64 * 2.0 * WORD } else { 0.0 };
        work.add(
            "bias, ReLU, dropout",
            WorkItem {
                bytes: 2.0 * values * WORD + of_pairs,
                // The random word of a unit.
                operations: values * 20.0,
                starts: nonzero(all * outputs),
                ..WorkItem::default()
            },
        );
    }
}

/// Sums over rows for the biases, two products per layer, and the way back through ReLU and dropout.
fn backward(work: &mut PhaseWork, layers: &[(usize, usize)], rows: &[usize]) {
    let all: usize = rows.iter().sum();
    let longest = rows.iter().copied().max().unwrap_or(0) as f64;
    for (l, (inputs, outputs)) in layers.iter().enumerate() {
        let bytes = (all * outputs) as f64 * WORD;
        let ticks = (longest / LINES).ceil() * LOAD;
        work.add("sums for biases", WorkItem { bytes, ticks, starts: 1.0, ..WorkItem::default() });
        for (rows, networks) in pieces(rows) {
            work.add("products backward", product([*outputs, rows, *inputs, networks]));
            work.add("products backward", product([rows, *outputs, *inputs, networks]));
        }
        if l > 0 {
            let values = (all * inputs) as f64;
            let starts = nonzero(all * inputs);
            let bytes = 3.0 * values * WORD;
            work.add("ReLU, dropout backward", WorkItem { bytes, starts, ..WorkItem::default() });
        }
    }
}

/// A batch of products, `[rows, inner]·[inner, columns]`. Without rows or columns nothing is started.
fn product([rows, inner, columns, batch]: [usize; 4]) -> WorkItem {
    if rows * columns * batch == 0 {
        return WorkItem::default();
    }
    let values = (rows * inner + inner * columns + rows * columns) as f64;
    WorkItem {
        products: 2.0 * (rows * inner) as f64 * (columns * batch) as f64,
        bytes: values * batch as f64 * WORD,
        starts: 1.0,
        ..WorkItem::default()
    }
}

/// An Adam step of dense weights.
fn adam(work: &mut PhaseWork, weights: f64) {
    let bytes = 7.0 * weights * WORD;
    let operations = weights * ADAM;
    work.add("Adam", WorkItem { bytes, operations, starts: 1.0, ..WorkItem::default() });
}

/// Runs of neighbouring networks with equally many rows: their rows, and how many they are.
fn pieces(rows: &[usize]) -> Vec<(usize, usize)> {
    rows.chunk_by(|a, b| a == b).map(|run| (run[0], run.len())).collect()
}

/// 1 for a kernel with work; one without is not started.
fn nonzero(values: usize) -> f64 {
    f64::from(u8::from(values > 0))
}
