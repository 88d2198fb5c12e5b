//! Options that say which rows are shared, for commands that score rows.

use crate::settings::args::{ratio, score};
use clap::Args;
use ssim_core::mask::Pool;

/// The rule that cuts rows with scores into shared and other ones; without options that of the run.
#[derive(Clone, Debug, Args)]
pub struct ListCutArgs {
    /// Share of rows that are shared, which go to every tower (default: the run's)
    #[arg(long, value_parser = ratio)]
    pub ratio: Option<f64>,
    /// Choose the best rows of each batch, of all rows, or of each scenario (default: the run's); for
    /// `ssim select` only a train split has batches
    #[arg(long, value_enum)]
    pub by: Option<By>,
    /// Lowest score that is shared, in place of a ratio
    #[arg(long, value_name = "SCORE", conflicts_with_all = ["ratio", "by"], allow_negative_numbers = true, value_parser = score)]
    pub threshold: Option<f32>,
}

/// The rows among which the best are chosen.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum By {
    Batch,
    Global,
    Scenario,
}

impl From<By> for Pool {
    fn from(by: By) -> Self {
        match by {
            By::Batch => Pool::Batch,
            By::Global => Pool::Global,
            By::Scenario => Pool::Scenario,
        }
    }
}
