//! Checks before a run whether it fits into memory, so that it does not stop in the middle.

use crate::machine::memory::{self, Memory};
use crate::machine::training_memory::TrainingMemory;
use crate::terminal::out;
use anyhow::{Result, bail};
use ssim_train::config::EmbeddingOptimizer;
use ssim_train::setup::Setup;
use std::path::Path;

/// Bytes from which on a run says beforehand what it needs.
const LARGE: u64 = 1_000_000_000;

/// Refuses a run that needs more memory than the machine has, or than the limit of the process. Warns
/// if other programs use so much that too little is free, and says what a large run needs.
///
/// # Errors
/// An error says how much memory is needed for what, how much there is, and what would need less.
pub fn check(setup: &Setup, needs: &TrainingMemory) -> Result<()> {
    let Some(Memory { total, free }) = memory::there_is() else { return Ok(()) };
    let needed = needs.total();
    let ids = setup.schema.features();
    let dim = setup.config.model.dim;
    let advice = needs.advice();
    let text = format!("{} ({ids} ids × {dim}; {})", size(needed), needs.text());
    if needed > total {
        bail!(
            "out of memory: training needs about {text}, and there are {}; {advice}",
            size(total)
        );
    }
    if needed > free {
        out::note(&format!(
            "warning: training needs about {text}, and {} are free; {advice}",
            size(free)
        ));
    } else if needed > LARGE {
        out::note(&format!("memory: about {text}"));
    }
    Ok(())
}

/// Refuses rows that need more memory than the machine has, or than the limit of the process.
///
/// # Errors
/// An error says how much memory is needed and how much there is.
pub fn rows(file: &Path, rows: usize, fields: usize) -> Result<()> {
    // A row has 4 bytes per id, 8 for its number, 2 for its scenario and 1 for its label.
    let needed = (rows as u64).saturating_mul(4 * fields as u64 + 11);
    match memory::there_is() {
        Some(Memory { total, .. }) if needed > total => bail!(
            "out of memory: {}: {rows} rows of {fields} fields need {}, and there are {}; \
             ssim prepare --limit N makes a smaller data folder",
            file.display(),
            size(needed),
            size(total)
        ),
        _ => Ok(()),
    }
}

/// Bytes that a rank needs for the table, the optimiser's state and the best epoch's table. Each of
/// several ranks keeps a part of them while it trains, and holds the whole table in the end.
pub fn needed(ids: u64, dim: u64, optimizer: EmbeddingOptimizer, ranks: u64) -> u64 {
    let table = ids.saturating_mul(dim).saturating_mul(4);
    let per_id = ids.saturating_mul(4);
    // Adam keeps two moments as large as the table and the last step of every id, row-wise Adagrad
    // a sum of squares per id. Two more copies are the table itself and the best epoch's.
    let (copies, counters) = match optimizer {
        EmbeddingOptimizer::Adam => (4, 1),
        EmbeddingOptimizer::LazyAdam => (4, 0),
        EmbeddingOptimizer::RowwiseAdagrad => (2, 1),
    };
    let part = table.saturating_mul(copies).saturating_add(per_id * counters) / ranks;
    part.saturating_add(if ranks > 1 { table } else { 0 })
}

/// So many bytes, for people.
pub fn size(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_core::schema::Schema;
    use ssim_core::vocabulary::{Field, Transform, Vocabulary};
    use ssim_train::config::Config;

    #[test]
    fn a_table_that_is_larger_than_memory_is_refused() {
        let values = (0..5000).map(|i| i.to_string()).collect();
        let field = Field {
            name: "user".into(),
            transform: Transform::None,
            vocabulary: Vocabulary::new(values),
        };
        let schema =
            Schema { dataset: "log".into(), fields: vec![field], scenarios: vec!["home".into()] };
        let mut config = Config::default();
        let check = |config: &Config| {
            let setup = Setup::new(&schema, config);
            check(&setup, &TrainingMemory::of_retrain(&setup, 1, 0.0).unwrap())
        };
        assert!(check(&config).is_ok());
        config.model.dim = 100_000_000;
        config.model.mlp = vec![8];
        let error = check(&config).unwrap_err().to_string();
        assert!(error.contains("out of memory") && error.contains("rowwise-adagrad"), "{error}");
    }

    #[test]
    fn more_towers_or_rows_than_memory_holds_are_refused() {
        let field = Field {
            name: "tab".into(),
            transform: Transform::None,
            vocabulary: Vocabulary::new(vec!["1".into()]),
        };
        let scenarios = (0..1000).map(|k| k.to_string()).collect();
        let schema = Schema { dataset: "log".into(), fields: vec![field], scenarios };
        let mut config = Config::default();
        let needs = |config: &Config, share: f64| {
            TrainingMemory::of_retrain(&Setup::new(&schema, config), 1000, share).unwrap()
        };
        config.train.batch = 1 << 24;
        config.model.mlp = vec![64];
        let error = check(&Setup::new(&schema, &config), &needs(&config, 1.0));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("1000 towers") && error.contains("towers_per_row"), "{error}");
        config.train.batch = 1;
        config.model.mlp = vec![4096, 512];
        assert!(needs(&config, 0.0).advice().contains("model.mlp"));
    }

    #[test]
    fn rows_that_memory_does_not_hold_are_refused() {
        let file = Path::new("train/part-0.parquet");
        assert!(rows(file, 1000, 8).is_ok());
        let error = rows(file, 10_000_000_000_000, 8).unwrap_err().to_string();
        assert!(error.contains("out of memory") && error.contains("part-0.parquet"), "{error}");
    }
}
