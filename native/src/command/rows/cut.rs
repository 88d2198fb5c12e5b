//! Which rows of an artifact count as shared.

use crate::settings::list_cut::ListCutArgs;
use crate::terminal::exit::Fail;
use anyhow::Result;
use clap::Args;
use ssim_core::artifact::Artifact;
use ssim_core::look::inspect::{Inspection, Order};
use ssim_core::mask::Pool;

/// The list of an artifact's rows; without options that which the run trained on.
#[derive(Debug, Args)]
pub struct CutArgs {
    #[command(flatten)]
    list: ListCutArgs,
    /// Moment of the search, from 1, whose mask says what is shared
    #[arg(long, value_name = "N", conflicts_with_all = ["ratio", "by", "threshold"])]
    moment: Option<usize>,
}

impl CutArgs {
    /// Marks the rows that count as shared, `[n]`; nothing if the artifact has no selector.
    pub fn shared(
        &self,
        artifact: &Artifact,
        inspection: &Inspection,
    ) -> Result<Option<Vec<bool>>> {
        if let Some(i) = self.moment {
            let moments = &artifact.header.moments;
            let Some(moment) = i.checked_sub(1).and_then(|i| moments.get(i)) else {
                return Fail::usage(format!(
                    "--moment: expected at most {}, the moments of the search in the file, got {i}",
                    moments.len()
                ));
            };
            let scores = artifact.moment(i - 1)?;
            return Ok(Some(scores.into_iter().map(|z| f64::from(z) > moment.cut).collect()));
        }
        if let (Some(threshold), Some(scores)) = (self.list.threshold, &inspection.scores) {
            return Ok(Some(scores.iter().map(|z| *z >= threshold).collect()));
        }
        let pool = self.list.by.map_or(artifact.header.pool(), Pool::from);
        let ranking = inspection.orders().ranking(Order::Score, pool);
        let ratio = self.list.ratio.unwrap_or_else(|| artifact.header.ratio());
        Ok(ranking.map(|ranking| ranking.cut(ratio)).transpose()?)
    }
}
