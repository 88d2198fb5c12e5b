//! Reads files of scored rows, as often as needed, or once in the order of the row numbers.

use super::expanded;
use crate::files::read;
use crate::run::run_folder::RunFolder;
use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use ssim_core::cut::Histogram;
use ssim_core::row_digest::RowDigest;
use ssim_core::schema::Schema;
use ssim_data::JobPart;
use ssim_data::scored::{self, About, Scored};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

/// A file of scores.
pub(super) struct ScoreFile {
    name: String,
    place: Place,
    about: About,
}

/// The place of a file: a path, or an open file without a name.
enum Place {
    Path(PathBuf),
    Open(fs::File),
}

type Pieces<'a> = Box<dyn Iterator<Item = ssim_data::Result<Scored>> + 'a>;

impl ScoreFile {
    /// Takes a file of scores that this process has just written.
    pub fn spooled(file: fs::File) -> Result<Self> {
        Self::new("scores".to_owned(), Place::Open(file))
    }

    fn new(name: String, place: Place) -> Result<Self> {
        let about = scored::about(place.open()?, &name)?;
        Ok(Self { name, place, about })
    }

    /// Reads the rows a piece at a time; no piece is empty.
    fn pieces<'a>(&'a self, schema: &'a Schema) -> Result<Pieces<'a>> {
        let pieces = scored::read(self.place.open()?, &self.name, schema)?;
        Ok(Box::new(pieces.filter(|piece| piece.as_ref().map_or(true, |p| !p.rows.is_empty()))))
    }
}

impl Place {
    fn open(&self) -> Result<fs::File> {
        match self {
            Place::Path(path) => read::open(path),
            Place::Open(file) => file.try_clone().context("cannot read scores again"),
        }
    }
}

/// Row numbers that were there. Numbers that are near each other take a bit each.
#[derive(Default)]
struct Seen(HashMap<u64, [u64; 8]>);

impl Seen {
    /// Adds a number, and says whether it is a new one.
    fn add(&mut self, row: u64) -> bool {
        let page = self.0.entry(row >> 9).or_default();
        let word = &mut page[(row >> 6 & 7) as usize];
        let bit = 1 << (row & 63);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}

/// All files of scores.
pub(super) struct ScoreFiles(Vec<ScoreFile>);

impl ScoreFiles {
    pub fn new(files: Vec<ScoreFile>) -> Self {
        Self(files)
    }

    /// Opens files that other processes have written.
    ///
    /// # Errors
    /// Fails for scores of another schema or selector, and for shards that are not complete.
    pub fn given(paths: &[PathBuf], schema: &Schema, run: &RunFolder) -> Result<Self> {
        let mut files = Vec::new();
        for path in expanded(paths)? {
            files.push(ScoreFile::new(read::name(&path), Place::Path(path))?);
        }
        let (fingerprint, selector) = (schema.fingerprint(), run.selector_digest()?);
        let mut shards = Vec::new();
        for ScoreFile { name, about, .. } in &files {
            let Some(origin) = &about.origin else { continue };
            if origin.fingerprint != fingerprint {
                return Fail::data(format!(
                    "{name}: expected scores of fingerprint {fingerprint}, got {}",
                    origin.fingerprint
                ));
            }
            if origin.selector != selector {
                return Fail::data(format!(
                    "{name}: expected scores of the selector of {}, got those of another one",
                    run.path.display()
                ));
            }
            if let Some(shard) = origin.shard {
                shards.push((shard, name.clone()));
            }
        }
        let files = Self(files);
        files.expect_same_rows()?;
        shards.sort();
        complete(&shards, files.0.len())?;
        Ok(files)
    }

    /// Refuses files of several data sets: a list of their rows belongs to none of them.
    fn expect_same_rows(&self) -> Result<()> {
        let Some(first) = self.rows() else { return Ok(()) };
        for file in &self.0 {
            let rows = file.about.origin.as_ref().and_then(|origin| origin.rows.as_ref());
            if let Some(difference) = rows.and_then(|rows| first.difference(rows)) {
                let (name, other) = (&file.name, &self.0[0].name);
                return Fail::data(format!(
                    "{name}: expected scores of the rows of {other}; {difference}"
                ));
            }
        }
        Ok(())
    }

    /// The digest of the scored rows, if they are a split of a data folder.
    pub fn rows(&self) -> Option<&RowDigest> {
        self.0.first()?.about.origin.as_ref()?.rows.as_ref()
    }

    /// Whether all rows come with their click.
    pub fn labelled(&self) -> bool {
        self.0.iter().all(|file| file.about.labelled)
    }

    /// Sums the counts of the scores' first digits, if all files hold them.
    pub fn counts(&self) -> Option<Histogram> {
        let mut all = Histogram::default();
        for file in &self.0 {
            all.merge(file.about.counts.as_ref()?);
        }
        Some(all)
    }

    /// Shows every row once to `see`, a piece at a time, in any order.
    pub fn each(&self, schema: &Schema, mut see: impl FnMut(&Scored) -> Result<()>) -> Result<()> {
        for file in &self.0 {
            for piece in file.pieces(schema)? {
                see(&piece?)?;
            }
        }
        Ok(())
    }

    /// Refuses a row number that is there twice.
    ///
    /// # Errors
    /// Names the record with the first number that was there before, or fails as reading does.
    pub fn distinct(&self, schema: &Schema) -> Result<()> {
        let mut seen = Seen::default();
        for file in &self.0 {
            let mut record = 0u64;
            for piece in file.pieces(schema)? {
                for row in piece?.rows {
                    record += 1;
                    if !seen.add(row) {
                        return Fail::data(format!(
                            "{}:{record}: field \"row\": expected every row once, got {row} for the second time",
                            file.name
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    /// Shows every row once to `see`, some rows of a piece at a time, in the order of the row
    /// numbers (if each file's rows are in that order). A file is open only from its first row to
    /// its last, so that few are open at a time.
    pub fn ordered(
        &self,
        schema: &Schema,
        mut see: impl FnMut(&Scored, Range<usize>) -> Result<()>,
    ) -> Result<()> {
        let mut heads = BinaryHeap::new();
        for (at, file) in self.0.iter().enumerate() {
            if let Some(piece) = file.pieces(schema)?.next() {
                heads.push(Reverse((piece?.rows[0], at)));
            }
        }
        let mut open: Vec<Option<(Pieces, Scored, usize)>> = Vec::new();
        open.resize_with(self.0.len(), || None);
        while let Some(Reverse((_, at))) = heads.pop() {
            // A file whose first row comes up now is opened again and begins with an empty piece.
            let (mut pieces, mut piece, mut from) = match open[at].take() {
                Some(read) => read,
                None => (self.0[at].pieces(schema)?, Scored::default(), 0),
            };
            if from == piece.rows.len() {
                let Some(next) = pieces.next() else { continue };
                (piece, from) = (next?, 0);
            }
            // This file's turn lasts until another file has the lowest row number.
            let other_row = heads.peek().map_or(u64::MAX, |Reverse((row, _))| *row);
            let rows = piece.rows[from..].iter();
            let until = from + rows.take_while(|row| **row <= other_row).count();
            see(&piece, from..until)?;
            if until == piece.rows.len() {
                let Some(next) = pieces.next() else { continue };
                (piece, from) = (next?, 0);
            } else {
                from = until;
            }
            heads.push(Reverse((piece.rows[from], at)));
            open[at] = Some((pieces, piece, from));
        }
        Ok(())
    }
}

/// Refuses parts of which one is missing, or that were not made together. `shards` are in order, and
/// `files` is the number of all files.
fn complete(shards: &[(JobPart, String)], files: usize) -> Result<()> {
    let Some((last, _)) = shards.last() else { return Ok(()) };
    for (i, (shard, name)) in (1..).zip(shards) {
        if shard.of() != last.of() {
            return Fail::data(format!("{name}: expected a shard of {}, got {shard}", last.of()));
        }
        if shard.number() != i {
            return Fail::data(format!("{name}: expected shard {i}/{}, got {shard}", last.of()));
        }
    }
    if last.number() != last.of() || shards.len() < files {
        let missing = last.number() + 1;
        let total = last.of();
        return Fail::data(match shards.len() < files {
            true => "--scores: expected only shards or only whole files, got both".to_owned(),
            false => format!("--scores: expected {total} shards, got none of number {missing}"),
        });
    }
    Ok(())
}
