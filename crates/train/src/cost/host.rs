//! The work of a step on the host, whose time can be measured, so that the way of counting is tested too.
//!
//! A batch is cut into as many slices as there are threads, and each copies its rows. The bytes are passes
//! over the values: a pass that changes them reads and writes. All threads together have the machine's speed.
//! An operation is a comparison of a sort, which [`CostMachine::operations`](super::CostMachine) measures.

use super::{PhaseWork, StepSizes, WORD, WorkItem};
use crate::config::EmbeddingOptimizer;

/// Comparisons in whose time a map finds an id.
const LOOK_UP: f64 = 6.0;
/// How much faster than memory the caches are that hold the products of an id with a field's weights.
const CACHE: f64 = 4.0;
/// Comparisons in whose time the loss of a pair is computed: an exponential and a logarithm in 64 bits.
const LOSS: f64 = 20.0;

/// A network that sees rows of a slice.
struct Network {
    layers: Vec<(usize, usize)>,
    /// Rows forward, and rows backward: those with a gradient.
    rows: [f64; 2],
}

/// A step of retrain on a list by so many threads, by which the towers see `sizes.pairs` rows.
pub fn retrain(sizes: &StepSizes, threads: usize) -> PhaseWork {
    let m = sizes.batch as f64;
    let towers = sizes.pairs.len();
    let pairs = sizes.pairs.iter().sum::<usize>() as f64;
    // Slices are ranges of pairs, tower by tower: a shared row is in as many of them as have towers.
    let shared = ((pairs - m) / (towers as f64 - 1.0).max(1.0)).max(0.0);
    let copied = m + shared * (threads.min(towers) as f64 - 1.0);
    let mut work = begun(sizes);
    let network = Network { layers: sizes.tower_layers(), rows: [pairs; 2] };
    gather(&mut work, sizes, copied);
    of_network(&mut work, sizes, &network);
    // Every slice but the first begins in the middle of a tower, whose gradient is a sum of two.
    let split = sizes.tower_weights() as f64 / towers as f64 * (threads as f64 - 1.0);
    adam(&mut work, sizes.tower_weights() as f64, split);
    ended(&mut work, sizes, copied, pairs);
    work
}

/// A step of search by so many threads, in which the mask shares `shared` rows of the batch.
pub fn search(sizes: &StepSizes, threads: usize, shared: usize) -> PhaseWork {
    let m = sizes.batch as f64;
    let pairs = m + shared as f64 * (sizes.pairs.len() as f64 - 1.0);
    let mut work = begun(sizes);
    // The selection network and the towers have copies of their own.
    let copied = 2.0 * m;
    gather(&mut work, sizes, copied);
    let selector = Network { layers: sizes.selector_layers(), rows: [m, shared as f64] };
    of_network(&mut work, sizes, &selector);
    let towers = Network { layers: sizes.tower_layers(), rows: [pairs; 2] };
    of_network(&mut work, sizes, &towers);
    // Slices are ranges of rows, and each has gradients of all weights.
    let weights = (sizes.tower_weights() + sizes.selector_weights()) as f64;
    adam(&mut work, weights, weights * (threads as f64 - 1.0));
    ended(&mut work, sizes, copied, pairs + m);
    work
}

/// A batch of an evaluation.
pub fn evaluation(sizes: &StepSizes) -> PhaseWork {
    let m = sizes.batch as f64;
    let mut work = PhaseWork::default();
    gather(&mut work, sizes, m);
    let network = Network { layers: sizes.tower_layers(), rows: [m, 0.0] };
    of_network(&mut work, sizes, &network);
    work
}

fn passes(values: f64, passes: f64) -> WorkItem {
    WorkItem { bytes: values * passes * WORD, ..WorkItem::default() }
}

/// The distinct ids of the batch, field by field, and the steps that they have missed.
fn begun(sizes: &StepSizes) -> PhaseWork {
    let mut work = PhaseWork::default();
    let cells = (sizes.batch * sizes.fields) as f64;
    let compared = cells * (sizes.batch.max(2) as f64).log2();
    // Keys of 64 bits are written, and read when the ids are listed.
    let bytes = cells * 24.0;
    work.add("sort of ids", WorkItem { operations: compared, bytes, ..WorkItem::default() });
    if sizes.optimizer == EmbeddingOptimizer::Adam {
        let values = (sizes.distinct * sizes.dim) as f64;
        work.add("catch-up", passes(values, 6.0 * sizes.missed.min(1.0)));
    }
    work
}

/// Copies of the rows of all slices.
fn gather(work: &mut PhaseWork, sizes: &StepSizes, rows: f64) {
    work.add("gather", passes(rows * sizes.width() as f64, 2.0));
}

/// All layers of networks, forward and backward.
fn of_network(work: &mut PhaseWork, sizes: &StepSizes, network: &Network) {
    let [ahead, back] = network.rows;
    let width = sizes.width() as f64;
    // Each network copies its rows once more, forward and backward.
    work.add("gather", passes((ahead + back) * width, 2.0));
    for (l, (inputs, outputs)) in network.layers.iter().enumerate() {
        let (i, o) = (*inputs as f64, *outputs as f64);
        let mut inner = i;
        if l == 0 && sizes.repeated > 0 {
            let repeated = sizes.repeated as f64;
            inner -= repeated * sizes.dim as f64;
            // The other fields are copied forward and backward, and their gradients are put back.
            work.add("gather", passes((ahead + 2.0 * back) * inner, 2.0));
            let found = (ahead + back) * sizes.fields as f64 * LOOK_UP / 2.0;
            work.add("ids of few", WorkItem { operations: found, ..WorkItem::default() });
            let added = (ahead + 2.0 * back) * repeated * o;
            work.add("ids of few", passes(added, 1.0 / CACHE));
            let ids = sizes.repeated_ids as f64 * sizes.dim as f64 * o;
            let products = 2.0 * ids * (1.0 + 2.0 * (back / ahead.max(1.0)).min(1.0));
            work.add("ids of few", WorkItem { products, ..WorkItem::default() });
        }
        let products = 2.0 * inner * o;
        let bytes = (ahead * (inner + o) + inner * o) * WORD;
        work.add(
            "products forward",
            WorkItem { products: products * ahead, bytes, ..WorkItem::default() },
        );
        work.add("bias, ReLU, dropout", passes(ahead * o, 2.0));
        if back > 0.0 {
            let bytes = 2.0 * (back * (inner + o) + inner * o) * WORD;
            work.add(
                "products backward",
                WorkItem { products: 2.0 * products * back, bytes, ..WorkItem::default() },
            );
            work.add("ReLU, dropout backward", passes(back * o, 3.0));
        }
    }
}

/// Adam, of whose gradients so many are sums of several slices'.
fn adam(work: &mut PhaseWork, weights: f64, split: f64) {
    work.add("Adam", passes(weights, 7.0));
    // A copy of the first, and a pass for each other.
    work.add("Adam", passes(split, 5.0));
}

/// The loss, the gradients of the embeddings, and the step of the table.
fn ended(work: &mut PhaseWork, sizes: &StepSizes, copied: f64, pairs: f64) {
    let (m, width) = (sizes.batch as f64, sizes.width() as f64);
    work.add("loss", WorkItem { operations: pairs * LOSS, ..WorkItem::default() });
    // The pairs' gradients are added to those of their row's copy, copies to those of a slice, and slices to
    // the batch; each begins with zeros.
    work.add("collect", passes(pairs * width, 3.0));
    work.add("collect", passes(copied * width, 1.0 + 3.0 + 1.0 + 3.0));
    work.add("collect", passes(m * width, 1.0));
    let state = match sizes.optimizer {
        EmbeddingOptimizer::Adam | EmbeddingOptimizer::LazyAdam => 6.0,
        EmbeddingOptimizer::RowwiseAdagrad => 2.0,
    };
    work.add("table step", passes(m * width, 1.0));
    work.add("table step", passes((sizes.distinct * sizes.dim) as f64, state));
}
