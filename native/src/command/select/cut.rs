//! The second half: the best rows are found, and the list is written.

use super::files::Files;
use crate::sink::{Format, Sink};
use crate::summary::Share;
use anyhow::Result;
use serde::Serialize;
use ssim_core::cut::{Cut, Histogram};
use ssim_core::instances::Instances;
use ssim_core::listed::Tally;
use ssim_core::mask::Pool;
use ssim_core::schema::Schema;
use ssim_data::list::{self, SharedList};
use ssim_data::scored::Scored;
use ssim_train::config::SelectConfig;
use std::io::Write;
use std::ops::Range;

/// Rows of the list that are written at a time, however they were read: equal lists are equal bytes.
const PIECE: usize = 1 << 16;

/// What the list is to be.
pub(super) enum Chosen {
    /// Rows from a score up.
    Threshold(f32),
    /// A share of the rows of every pool.
    Best { ratio: f64, by: Pool, batch: usize, seed: u64 },
}

/// What became of it.
#[derive(Default)]
pub(super) struct Listed {
    tallies: Vec<Tally>,
    labelled: bool,
    pub cut: Option<Vec<Last>>,
}

/// Where one pool's list ends: its rows have a higher score, or this score and at most this number.
#[derive(Serialize)]
pub(super) struct Last {
    /// The pool; nothing where it is all rows.
    scenario: Option<String>,
    /// Nothing where no row is on the list.
    score: Option<f32>,
    /// Nothing where all rows of this score are.
    row: Option<u64>,
}

/// How a row's mark is found.
enum Marks {
    Cut(Cut),
    /// In the order of the rows, which is known only where all of them are in one file.
    Placed(std::vec::IntoIter<bool>),
}

impl Chosen {
    /// Among which rows the best are chosen.
    pub fn by(&self) -> Option<Pool> {
        match self {
            Chosen::Threshold(_) => None,
            Chosen::Best { by, .. } => Some(*by),
        }
    }

    /// Finds the rows and writes them all, with their marks.
    pub fn write(
        &self,
        files: &Files,
        schema: &Schema,
        format: Format,
        to: &mut (dyn Write + Send),
    ) -> Result<Listed> {
        let mut marks = self.marks(files, schema)?;
        let fingerprint = schema.fingerprint();
        let mut piece = SharedList::default();
        let options = list::options(Some(&fingerprint));
        let mut sink = Sink::new(format, to, &list::columns(), options)?;
        let mut tallies = vec![Tally::default(); schema.scenarios.len()];
        files.ordered(schema, |scored, mut range| {
            while !range.is_empty() {
                let room = PIECE - piece.rows.len();
                let now = range.start..range.end.min(range.start + room);
                range.start = now.end;
                let shared = marks.of(scored, now.clone());
                count(&mut tallies, scored, now.clone(), &shared);
                add(&mut piece, scored, now, shared);
                if piece.rows.len() == PIECE {
                    sink.write(&std::mem::take(&mut piece).batch()?)?;
                }
            }
            Ok(())
        })?;
        if !piece.rows.is_empty() {
            sink.write(&piece.batch()?)?;
        }
        sink.finish()?;
        let cut = match (marks, self.by()) {
            (Marks::Cut(cut), Some(by)) => Some(told(&cut, by, schema)),
            _ => None,
        };
        Ok(Listed { tallies, labelled: files.labelled(), cut })
    }

    fn marks(&self, files: &Files, schema: &Schema) -> Result<Marks> {
        let (ratio, by, batch, seed) = match *self {
            Chosen::Threshold(threshold) => return Ok(Marks::Cut(Cut::threshold(threshold))),
            Chosen::Best { ratio, by, batch, seed } => (ratio, by, batch, seed),
        };
        if by == Pool::Batch {
            let (mut scores, mut rows) = (Vec::new(), Instances::default());
            files.each(schema, |scored| {
                scores.extend_from_slice(&scored.scores);
                rows.scenarios.extend_from_slice(&scored.scenarios);
                rows.labels.extend_from_slice(&scored.labels);
                Ok(())
            })?;
            let config = SelectConfig { ratio, by, ..SelectConfig::default() };
            let shared = ssim_train::select::select(&scores, &rows, &config, batch, seed)?;
            return Ok(Marks::Placed(shared.into_iter()));
        }
        let mut cut = Cut::new(ratio, by, schema.scenarios.len())?;
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

    /// The report on a list.
    pub fn share(&self, listed: &Listed, schema: &Schema) -> Share {
        let asked = match self {
            Chosen::Threshold(_) => None,
            Chosen::Best { ratio, .. } => Some(*ratio),
        };
        Share::of(&schema.scenarios, &listed.tallies, asked, listed.labelled)
    }
}

impl Marks {
    fn of(&mut self, scored: &Scored, range: Range<usize>) -> Vec<bool> {
        match self {
            Marks::Cut(cut) => {
                let shares = |i| cut.shares(scored.scores[i], scored.scenarios[i], scored.rows[i]);
                range.map(shares).collect()
            }
            Marks::Placed(marks) => marks.take(range.len()).collect(),
        }
    }
}

fn add(to: &mut SharedList, scored: &Scored, range: Range<usize>, shared: Vec<bool>) {
    to.rows.extend_from_slice(&scored.rows[range.clone()]);
    to.scenarios.extend_from_slice(&scored.scenarios[range.clone()]);
    to.scores.extend_from_slice(&scored.scores[range]);
    to.shared.extend(shared);
}

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

fn told(cut: &Cut, by: Pool, schema: &Schema) -> Vec<Last> {
    let names = match by {
        Pool::Scenario => schema.scenarios.iter().cloned().map(Some).collect(),
        _ => vec![None],
    };
    let last = |(scenario, limit): (Option<String>, Option<(f32, Option<u64>)>)| Last {
        scenario,
        score: limit.map(|(score, _)| score),
        row: limit.and_then(|(_, row)| row),
    };
    names.into_iter().zip(cut.limits()).map(last).collect()
}
