//! The second half of selecting: finds the best rows, and writes the list.

use super::files::ScoreFiles;
use crate::files::row_writer::{RowFormat, RowWriter};
use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};
use ssim_core::artifact::record::Share;
use ssim_core::cut::{Histogram, ListCutoff};
use ssim_core::instances::Instances;
use ssim_core::look::list_statistics::Tally;
use ssim_core::mask::Pool;
use ssim_core::schema::Schema;
use ssim_data::list::{self, SharedList};
use ssim_data::scored::Scored;
use ssim_train::config::SelectConfig;
use std::io::Write;
use std::ops::Range;

/// Rows of the list that are written at a time. The number does not depend on how they were read,
/// so that equal lists have equal bytes.
const PIECE: usize = 1 << 16;

/// The rule that chooses the rows of the list.
pub(super) enum Chosen {
    /// Rows with this score or a higher one.
    Threshold(f32),
    /// The best rows of every pool, a share of them.
    Best { ratio: f64, by: Pool, batch: usize, seed: u64 },
}

/// Counts of a list that has been written.
#[derive(Default)]
pub(super) struct ListSummary {
    /// Rows and clicks, all and shared, per scenario.
    tallies: Vec<Tally>,
    /// Whether the clicks are known.
    labelled: bool,
    /// Ends of the pools' lists; nothing for a threshold, or if the pools are batches.
    pub cut: Option<Vec<Last>>,
}

/// The end of one pool's list. Its rows have a higher score, or this score and at most this row
/// number.
#[derive(Serialize)]
pub(super) struct Last {
    /// Scenario that is the pool; nothing if the pool is all rows.
    scenario: Option<String>,
    /// Lowest score on the list; nothing if no row is on it. It has 64 bits, so that it is read as
    /// exactly the 32 bits that it has; JSON has no infinite numbers, which are `"inf"` and `"-inf"`.
    score: Option<Value>,
    /// Last row of this score on the list; nothing if all rows of this score are on it.
    row: Option<u64>,
}

/// The way to find out whether a row is shared.
enum Marks {
    /// Each row's score and number are compared with the cut.
    Cut(ListCutoff),
    /// The marks of all rows in their order, which is known only if they are in one file.
    Placed(std::vec::IntoIter<bool>),
}

impl Chosen {
    /// Gives the kind of pools whose best rows are chosen; nothing for a threshold.
    pub fn by(&self) -> Option<Pool> {
        match self {
            Chosen::Threshold(_) => None,
            Chosen::Best { by, .. } => Some(*by),
        }
    }

    /// Finds the shared rows, and writes all rows with their marks.
    pub fn write(
        &self,
        files: &ScoreFiles,
        schema: &Schema,
        format: RowFormat,
        to: &mut (dyn Write + Send),
    ) -> Result<ListSummary> {
        // Rows that are there twice may have no cut.
        let marks = self.marks(files, schema);
        let mut marks = marks.or_else(|error| files.distinct(schema).and(Err(error)))?;
        let mut last_row = None;
        let mut rising = true;
        let fingerprint = schema.fingerprint();
        let mut piece = SharedList::default();
        let mut writer = RowWriter::new(format, to, &list::columns(), |to, columns| {
            list::writer(to, columns, Some(&fingerprint), files.rows())
        })?;
        let mut tallies = vec![Tally::default(); schema.scenarios.len()];
        files.ordered(schema, |scored, mut range| {
            while !range.is_empty() {
                let room = PIECE - piece.rows.len();
                let now = range.start..range.end.min(range.start + room);
                range.start = now.end;
                for row in &scored.rows[now.clone()] {
                    rising &= last_row.is_none_or(|last| last < *row);
                    last_row = Some(*row);
                }
                let shared = marks.take(scored, now.clone());
                count(&mut tallies, scored, now.clone(), &shared);
                add(&mut piece, scored, now, shared);
                if piece.rows.len() == PIECE {
                    writer.write(&std::mem::take(&mut piece).batch()?)?;
                }
            }
            Ok(())
        })?;
        // Rising numbers are different ones; of others each must be remembered.
        if !rising {
            files.distinct(schema)?;
        }
        if !piece.rows.is_empty() {
            writer.write(&piece.batch()?)?;
        }
        writer.finish()?;
        let cut = match (marks, self.by()) {
            (Marks::Cut(cut), Some(by)) => Some(ends(&cut, by, schema)),
            _ => None,
        };
        Ok(ListSummary { tallies, labelled: files.labelled(), cut })
    }

    /// Finds the cut, or the marks of all rows.
    fn marks(&self, files: &ScoreFiles, schema: &Schema) -> Result<Marks> {
        let (ratio, by, batch, seed) = match *self {
            Chosen::Threshold(threshold) => {
                return Ok(Marks::Cut(ListCutoff::threshold(threshold)));
            }
            Chosen::Best { ratio, by, batch, seed } => (ratio, by, batch, seed),
        };
        if by == Pool::Batch {
            let mut scores = Vec::new();
            let mut rows = Instances::default();
            files.each(schema, |scored| {
                scores.extend_from_slice(&scored.scores);
                rows.scenarios.extend_from_slice(&scored.scenarios);
                rows.labels.extend_from_slice(&scored.labels);
                Ok(())
            })?;
            let config = SelectConfig { ratio, by, ..SelectConfig::default() };
            let shared = ssim_train::select::cut(&scores, &rows, &config, batch, seed)?;
            return Ok(Marks::Placed(shared.into_iter()));
        }
        let mut cut = ListCutoff::new(ratio, by, schema.scenarios.len())?;
        if let Some(counts) = files.counts() {
            cut.narrow(&counts)?;
        }
        while !cut.is_found() {
            let mut counts = Histogram::new(schema.scenarios.len());
            files.each(schema, |scored| {
                let rows = scored.rows.iter().zip(&scored.scenarios).zip(&scored.scores);
                for ((row, scenario), score) in rows {
                    cut.count(*score, *scenario, *row, &mut counts)?;
                }
                Ok(())
            })?;
            cut.narrow(&counts)?;
        }
        Ok(Marks::Cut(cut))
    }

    /// Makes the report on a list.
    pub fn share(&self, listed: &ListSummary, schema: &Schema) -> Share {
        let asked = match self {
            Chosen::Threshold(_) => None,
            Chosen::Best { ratio, .. } => Some(*ratio),
        };
        Share::of(&schema.scenarios, &listed.tallies, asked, listed.labelled)
    }
}

impl Marks {
    /// Gives the marks of some rows of a piece. Pieces must come in the order of the rows.
    fn take(&mut self, scored: &Scored, range: Range<usize>) -> Vec<bool> {
        match self {
            Marks::Cut(cut) => range
                .map(|i| cut.shares(scored.scores[i], scored.scenarios[i], scored.rows[i]))
                .collect(),
            Marks::Placed(marks) => marks.take(range.len()).collect(),
        }
    }
}

/// Adds some rows of a piece, with their marks, to the list.
fn add(to: &mut SharedList, scored: &Scored, range: Range<usize>, shared: Vec<bool>) {
    to.rows.extend_from_slice(&scored.rows[range.clone()]);
    to.scenarios.extend_from_slice(&scored.scenarios[range.clone()]);
    to.scores.extend_from_slice(&scored.scores[range]);
    to.shared.extend(shared);
}

/// Counts some rows of a piece, all and shared, by scenario.
fn count(tallies: &mut [Tally], scored: &Scored, range: Range<usize>, shared: &[bool]) {
    for (i, shared) in range.zip(shared) {
        let tally = &mut tallies[usize::from(scored.scenarios[i])];
        let click = scored.labels.get(i).copied().unwrap_or(0);
        for (g, member) in [true, *shared].into_iter().enumerate() {
            tally.rows[g] += u64::from(member);
            tally.clicks[g] += u64::from(member) * u64::from(click);
        }
    }
}

/// Gives the end of every pool's list.
fn ends(cut: &ListCutoff, by: Pool, schema: &Schema) -> Vec<Last> {
    let names: Vec<Option<String>> = match by {
        Pool::Scenario => schema.scenarios.iter().cloned().map(Some).collect(),
        _ => vec![None],
    };
    let ends = names.into_iter().zip(cut.limits()).map(|(scenario, limit)| Last {
        scenario,
        score: limit.map(|(score, _)| match score.is_finite() {
            true => json!(f64::from(score)),
            false => json!(score.to_string()),
        }),
        row: limit.and_then(|(_, row)| row),
    });
    ends.collect()
}
