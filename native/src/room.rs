//! Whether a run fits into memory, asked before it begins: what would stop in the middle is refused here.

use crate::out;
use anyhow::{Result, bail};
use ssim_train::config::EmbeddingOptimizer;
use ssim_train::setup::Setup;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Refuses a run whose table and optimiser are larger than the machine, or than the limit it is under; warns where
/// others have taken the room.
///
/// # Errors
/// Says what is needed and what there is.
pub fn check(setup: &Setup) -> Result<()> {
    let (ids, model) = (setup.schema.features(), &setup.config.model);
    let optimizer = setup.config.train.embedding_optimizer;
    let needed = needed(ids as u64, model.dim as u64, optimizer);
    let refresh = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    // Where the system does not tell, nothing is known.
    let Ok(system) = System::new_with_specifics(refresh) else { return Ok(()) };
    let limits = system.cgroup_limits();
    let total = limits.as_ref().map_or(system.total_memory(), |l| l.total_memory);
    let free = limits.as_ref().map_or(system.available_memory(), |l| l.free_memory);
    let dim = model.dim;
    let text = format!(
        "{ids} ids × {dim} need {} of memory with the optimiser's state and the best epoch's copy",
        size(needed)
    );
    let advice = "a smaller model.dim, fields with a larger min_count, and train.embedding_optimizer = \"rowwise-adagrad\" \
                  need less";
    if total > 0 && needed > total {
        bail!("out of memory: {text}, and there are {}; {advice}", size(total));
    }
    if free > 0 && needed > free {
        out::note(&format!("warning: {text}, and {} are free; {advice}", size(free)));
    }
    Ok(())
}

/// Bytes of the table, of what the optimiser keeps for it, and of the best epoch's table.
fn needed(ids: u64, dim: u64, optimizer: EmbeddingOptimizer) -> u64 {
    let (table, per_id) = (ids.saturating_mul(dim).saturating_mul(4), ids.saturating_mul(4));
    let (copies, counters) = match optimizer {
        EmbeddingOptimizer::Adam => (4, 1),
        EmbeddingOptimizer::LazyAdam => (4, 0),
        EmbeddingOptimizer::RowwiseAdagrad => (2, 1),
    };
    table.saturating_mul(copies).saturating_add(per_id * counters)
}

fn size(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}
