//! The first half of selecting: every row gets its score.

use super::SelectArgs;
use crate::files::data::Data;
use crate::files::raw::EncodedBlocks;
use crate::files::scoring_counts::{ScoringCounts, UnseenShare};
use crate::run::run_folder::RunFolder;
use crate::run::scoring;
use crate::terminal::exit::Fail;
use anyhow::Result;
use candle_core::Device;
use ssim_core::instances::Instances;
use ssim_core::selector::Scorer;
use ssim_data::JobPart;
use ssim_data::scored::{ScoreOrigin, Scored, Writer};
use ssim_data::table::Encoded;
use std::io::Write;

impl SelectArgs {
    /// Writes the scores of one part of the rows. Returns the shares of unseen values.
    pub(super) fn score(
        &self,
        run: &RunFolder,
        from: &Data,
        shard: JobPart,
        to: &mut (dyn Write + Send),
    ) -> Result<Vec<UnseenShare>> {
        let (selector, fingerprint) = (run.selector_digest()?, from.schema.fingerprint());
        let scorer = run.expect_scorer(&from.schema, &Device::Cpu)?;
        let labelled = self.input.is_none() || self.label.is_some();
        let digest = match &self.input {
            None => from.digests()?.get(&self.split).cloned(),
            Some(_) => None,
        };
        let origin = ScoreOrigin { fingerprint, selector, rows: digest, shard: Some(shard) };
        let scenarios = from.schema.scenarios.len();
        let mut writer = Writer::new(to, origin, scenarios, labelled)?;
        let source = self.source(from)?;
        let column = from.scenario_column()?;
        let mut counts = ScoringCounts::new(&from.schema);
        for block in self.blocks(from, &source, column.as_deref(), shard)? {
            let block = block?;
            counts.add(&block);
            writer.write(rows(&scorer, block.instances, labelled)?)?;
        }
        if counts.scored == 0 && shard == JobPart::WHOLE {
            return Fail::data(format!("{source}: expected at least one row, got none"));
        }
        writer.finish()?;
        // The rows of a data folder are written as training has read them.
        let limit = if self.input.is_some() { self.reading.max_unseen } else { 1.0 };
        Ok(counts.end(limit))
    }

    fn blocks<'a>(
        &'a self,
        from: &'a Data,
        source: &'a str,
        column: Option<&'a str>,
        shard: JobPart,
    ) -> Result<EncodedBlocks<'a>> {
        let schema = &from.schema;
        let Some(input) = &self.input else {
            let pieces = from.stream(&self.split, shard)?;
            let whole = |rows: Instances| Encoded { instances: rows, rejects: Vec::new() };
            return Ok(Box::new(pieces.map(move |piece| piece.map(whole))));
        };
        let cells = from.cell_rules()?;
        let scoring = self.reading.scoring(schema, column, self.label.as_deref(), shard, cells)?;
        self.reading.open(input, Some(&self.out))?.blocks(source, &scoring)
    }
}

fn rows(scorer: &Scorer, rows: Instances, labelled: bool) -> Result<Scored> {
    let scores = scoring::each(&rows, |places| scorer.score(&rows, places, &Device::Cpu))?;
    let labels = if labelled { rows.labels } else { Vec::new() };
    Ok(Scored { rows: rows.rows, scenarios: rows.scenarios, scores, labels })
}
