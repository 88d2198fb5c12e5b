//! Counts the rows that have each value of a key.
//!
//! Values that were moved to the scratch file are counted in sorted runs, one run per generation of
//! codes. The runs are merged while they are read, so only one page of each run is in memory.

use crate::error::Result;
use crate::intern::Interner;
use crate::layout::Quirks;
use crate::raw::{Piece, Raw, Spill};
use crate::reading::ReadProgress;
use crate::split::{OUT, TRAIN};
use ssim_core::parallel;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

/// The number of rows for each value of one key.
pub(crate) enum Counts {
    /// The count of each code, if all values stayed in memory.
    Codes(Vec<u32>),
    /// Runs in the scratch file, each sorted by text. An entry is a text's length, its count, and
    /// the text.
    Runs(Vec<Piece>),
}

/// Number of blocks that are loaded at the same time.
pub(crate) const WAVE: usize = 16;

/// Counts the train rows of every value of every key, `[K]`. With [`Quirks::counts_all_rows`],
/// validation and test rows count as well.
pub(crate) fn count(raw: &Raw, quirks: &Quirks) -> Result<Vec<Counts>> {
    let mut runs: Vec<Vec<Piece>> = vec![Vec::new(); raw.keys.len()];
    let mut block = 0;
    let mut row = 0;
    // A code has a meaning only within its generation, so each generation is counted by itself.
    for generation in 0..=raw.generations.len() {
        let values =
            parallel::map((0..raw.keys.len()).collect(), |key| values(raw, key, generation));
        let values = values.into_iter().collect::<Result<Vec<_>>>()?;
        let mut counts: Vec<Vec<u32>> = values.iter().map(|v| vec![0; v.len()]).collect();
        // Only past generations are listed; the last one ends with the last block.
        let end = raw.generations.get(generation).map_or(raw.blocks.len(), |past| past.blocks);
        while block < end {
            let wave = &raw.blocks[block..end.min(block + WAVE)];
            let blocks = parallel::map(wave.iter().collect(), |held| raw.load(held));
            let blocks = blocks.into_iter().collect::<Result<Vec<_>>>()?;
            let rows: usize = wave.iter().map(|held| held.len()).sum();
            let parts = &raw.parts[row..row + rows];
            parallel::map(counts.iter_mut().enumerate().collect(), |(key, counts)| {
                let codes = blocks.iter().flat_map(|block| &block.keys[key]);
                for (code, part) in codes.zip(parts) {
                    let counted = *part == TRAIN || quirks.counts_all_rows && *part != OUT;
                    counts[*code as usize] += u32::from(counted);
                }
            });
            block += wave.len();
            row += rows;
            raw.report(ReadProgress::Counted(row, raw.len()))?;
        }
        // Without a scratch file, or before it was needed, there is one generation and its counts
        // suffice.
        let Some(spill) = raw.spill.as_ref().filter(|_| !raw.generations.is_empty()) else {
            return Ok(counts.into_iter().map(Counts::Codes).collect());
        };
        let sorted = parallel::map(values.iter().zip(&counts).collect(), |(v, c)| run(spill, v, c));
        for (runs, run) in runs.iter_mut().zip(sorted) {
            runs.push(run?);
        }
    }
    Ok(runs.into_iter().map(Counts::Runs).collect())
}

/// The values of a key in one generation, by their codes. The last generation is still in memory.
pub(crate) fn values(raw: &Raw, key: usize, generation: usize) -> Result<Cow<'_, Interner>> {
    match (raw.generations.get(generation), &raw.spill) {
        (Some(generation), Some(spill)) => {
            let mut values = Interner::default();
            let mut pages = Pages::new(spill, generation.values[key].clone());
            while let Some(length) = pages.number()? {
                values.code(&pages.text(length)?);
            }
            Ok(Cow::Owned(values))
        }
        _ => Ok(Cow::Borrowed(&raw.keys[key].values)),
    }
}

/// Writes the values with a count above 0 as one run, sorted by text.
fn run(spill: &Spill, values: &Interner, counts: &[u32]) -> Result<Piece> {
    let mut codes: Vec<u32> =
        (0..counts.len() as u32).filter(|code| counts[*code as usize] > 0).collect();
    codes.sort_unstable_by_key(|code| values.text(*code));
    let mut bytes = Vec::new();
    for code in codes {
        let text = values.text(code);
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(counts[code as usize].to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    Ok(spill.append(&bytes)?)
}

impl Counts {
    /// Calls `take` with every value that has a count above 0, and its count. The order is not
    /// defined: it depends on how much was moved to the scratch file.
    pub fn each(&self, raw: &Raw, key: usize, take: &mut dyn FnMut(&str, u64)) -> Result<()> {
        let (runs, spill) = match (self, &raw.spill) {
            (Counts::Codes(counts), _) => {
                let values = raw.keys[key].values.texts().zip(counts);
                values.filter(|(_, n)| **n > 0).for_each(|(text, n)| take(text, u64::from(*n)));
                return Ok(());
            }
            (Counts::Runs(runs), Some(spill)) => (runs, spill),
            (Counts::Runs(_), None) => return Ok(()),
        };
        // A k-way merge: the heap holds the next entry of every run, the smallest text first. A
        // text that is in several runs comes out of the heap several times in a row, so its counts
        // are summed.
        let mut runs: Vec<Pages> = runs.iter().map(|run| Pages::new(spill, run.clone())).collect();
        let mut heads = BinaryHeap::new();
        for (at, run) in runs.iter_mut().enumerate() {
            heads.extend(run.entry()?.map(|(text, n)| Reverse((text, n, at))));
        }
        let mut last: Option<(String, u64)> = None;
        while let Some(Reverse((text, n, at))) = heads.pop() {
            heads.extend(runs[at].entry()?.map(|(text, n)| Reverse((text, n, at))));
            match &mut last {
                Some((value, sum)) if *value == text => *sum += n,
                _ => {
                    if let Some((text, n)) = last.replace((text, n)) {
                        take(&text, n);
                    }
                }
            }
        }
        if let Some((text, n)) = last {
            take(&text, n);
        }
        Ok(())
    }
}

/// Number of bytes that are read at the same time.
const PAGE: u64 = 1 << 16;

/// Reads a piece of the scratch file page by page.
struct Pages<'a> {
    spill: &'a Spill,
    /// The part of the piece that has not been read yet.
    rest: Range<u64>,
    page: Vec<u8>,
    /// Offset of the next byte in `page`.
    at: usize,
}

impl<'a> Pages<'a> {
    fn new(spill: &'a Spill, piece: Piece) -> Self {
        Self { spill, rest: piece, page: Vec::new(), at: 0 }
    }

    /// The next number, or `None` at the end of the piece.
    fn number(&mut self) -> Result<Option<u32>> {
        let bytes = self.take(4)?;
        Ok(bytes.try_into().ok().map(u32::from_le_bytes))
    }

    /// The next text, which is `length` bytes long.
    fn text(&mut self, length: u32) -> Result<String> {
        Ok(String::from_utf8_lossy(self.take(length as usize)?).into_owned())
    }

    /// The next text of a run and its count, or `None` at the end.
    fn entry(&mut self) -> Result<Option<(String, u64)>> {
        let (Some(length), Some(count)) = (self.number()?, self.number()?) else {
            return Ok(None);
        };
        Ok(Some((self.text(length)?, u64::from(count))))
    }

    /// The next `n` bytes, or fewer at the end of the piece.
    fn take(&mut self, n: usize) -> Result<&[u8]> {
        if self.page.len() - self.at < n {
            // An entry may cross the end of a page, so the unread bytes move to the front.
            self.page.drain(..self.at);
            self.at = 0;
            let more = (n as u64).max(PAGE).min(self.rest.end - self.rest.start);
            self.page.extend(self.spill.read(self.rest.start..self.rest.start + more)?);
            self.rest.start += more;
        }
        let start = self.at;
        self.at = (start + n).min(self.page.len());
        Ok(&self.page[start..self.at])
    }
}
