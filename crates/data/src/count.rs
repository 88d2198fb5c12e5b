//! How many rows show each value of a key. Values that have been put away are counted in sorted runs,
//! which are merged as they are read: no more than a page of each is in memory.

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

/// The values of one key that rows show, and how often.
pub(crate) enum Counts {
    /// By their codes.
    Codes(Vec<u32>),
    /// As runs in the order of the texts: the length of a text, its count, the text.
    Runs(Vec<Piece>),
}

/// Blocks that are loaded at a time.
pub(crate) const WAVE: usize = 16;

/// Counts the train rows of every value of every key, `[K]`; all rows where the quirk says so.
pub(crate) fn count(raw: &Raw, quirks: &Quirks) -> Result<Vec<Counts>> {
    let mut runs: Vec<Vec<Piece>> = vec![Vec::new(); raw.keys.len()];
    let (mut block, mut row) = (0, 0);
    for generation in 0..=raw.generations.len() {
        let values =
            parallel::map((0..raw.keys.len()).collect(), |key| values(raw, key, generation));
        let values = values.into_iter().collect::<Result<Vec<_>>>()?;
        let mut counts: Vec<Vec<u32>> = values.iter().map(|v| vec![0; v.len()]).collect();
        let end = raw
            .generations
            .get(generation)
            .map_or(raw.blocks.len(), |generation| generation.blocks);
        while block < end {
            let held = &raw.blocks[block..end.min(block + WAVE)];
            let blocks = parallel::map(held.iter().collect(), |held| raw.load(held));
            let blocks = blocks.into_iter().collect::<Result<Vec<_>>>()?;
            let rows: usize = held.iter().map(|held| held.len()).sum();
            let parts = &raw.parts[row..row + rows];
            parallel::map(counts.iter_mut().enumerate().collect(), |(key, counts)| {
                let codes = blocks.iter().flat_map(|block| &block.keys[key]);
                for (code, part) in codes.zip(parts) {
                    let counted = *part == TRAIN || quirks.counts_all_rows && *part != OUT;
                    counts[*code as usize] += u32::from(counted);
                }
            });
            (block, row) = (block + held.len(), row + rows);
            raw.tell(ReadProgress::Counted(row, raw.len()))?;
        }
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

/// The values of a key by the codes they have in a generation.
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

/// Writes the values that have a count, in order.
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
    /// Hands every value that has a count to a function, with its count; in which order depends on memory.
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
        let mut runs: Vec<Pages> = runs.iter().map(|run| Pages::new(spill, run.clone())).collect();
        let mut heads = BinaryHeap::new();
        for (at, run) in runs.iter_mut().enumerate() {
            heads.extend(run.entry()?.map(|(text, n)| Reverse((text, n, at))));
        }
        let mut last: Option<(String, u64)> = None;
        while let Some(Reverse((text, n, at))) = heads.pop() {
            heads.extend(runs[at].entry()?.map(|(text, n)| Reverse((text, n, at))));
            match &mut last {
                Some((of, sum)) if *of == text => *sum += n,
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

/// Bytes that are read at a time.
const PAGE: u64 = 1 << 16;

/// A piece of the scratch file, a page at a time.
struct Pages<'a> {
    spill: &'a Spill,
    rest: Range<u64>,
    page: Vec<u8>,
    at: usize,
}

impl<'a> Pages<'a> {
    fn new(spill: &'a Spill, piece: Piece) -> Self {
        Self { spill, rest: piece, page: Vec::new(), at: 0 }
    }

    /// The next number, or nothing at the end.
    fn number(&mut self) -> Result<Option<u32>> {
        let bytes = self.take(4)?;
        Ok(bytes.try_into().ok().map(u32::from_le_bytes))
    }

    /// The next text, of so many bytes.
    fn text(&mut self, length: u32) -> Result<String> {
        Ok(String::from_utf8_lossy(self.take(length as usize)?).into_owned())
    }

    /// The next entry of a run.
    fn entry(&mut self) -> Result<Option<(String, u64)>> {
        let (Some(length), Some(count)) = (self.number()?, self.number()?) else { return Ok(None) };
        Ok(Some((self.text(length)?, u64::from(count))))
    }

    /// The next `n` bytes, or what is left.
    fn take(&mut self, n: usize) -> Result<&[u8]> {
        if self.page.len() - self.at < n {
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
