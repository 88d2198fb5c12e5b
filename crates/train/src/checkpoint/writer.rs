//! Writing a checkpoint of a table that is spread over ranks.

use crate::error::Result;
use crate::ranks::table_shard::TableShard;
use serde::Serialize;
use ssim_core::Error;
use ssim_core::container::{Container, Element};
use std::collections::BTreeMap;
use std::io::Write;

/// A checkpoint on its way to a file. The file holds all rows of the embedding table although every rank
/// keeps only some of them, so all ranks write the same bytes.
pub(crate) struct CheckpointWriter<'a> {
    /// Arrays that every rank has whole.
    pub arrays: Container<'a>,
    shard: TableShard<'a>,
    parts: BTreeMap<String, (TableRows<'a>, usize)>,
}

/// The values of a rank's rows of a table.
#[derive(Clone, Copy)]
pub(crate) enum TableRows<'a> {
    /// Floats.
    F32(&'a [f32]),
    /// Counters.
    U32(&'a [u32]),
}

impl<'a> CheckpointWriter<'a> {
    /// An empty checkpoint.
    pub fn new(shard: TableShard<'a>) -> Self {
        Self { arrays: Container::default(), shard, parts: BTreeMap::new() }
    }

    /// Adds an array of a table, `width` values per id; `own` are the values of this rank's rows.
    pub fn rows(&mut self, name: &str, own: TableRows<'a>, width: usize) {
        let shape = [self.shard.ids * width];
        match own {
            TableRows::F32(own) => self.part(name, &shape, own),
            TableRows::U32(own) => self.part(name, &shape, own),
        }
        self.parts.insert(name.to_owned(), (own, width));
    }

    fn part<T: Element>(&mut self, name: &str, shape: &[usize], own: &'a [T]) {
        match self.shard.is_whole() {
            true => self.arrays.lend(name, shape, own),
            false => self.arrays.promise::<T>(name, shape),
        }
    }

    /// Writes the checkpoint, together with the other ranks.
    ///
    /// # Errors
    /// When `to` reports an error, or a rank is gone.
    pub fn write(&self, header: &impl Serialize, to: &mut (impl Write + ?Sized)) -> Result<()> {
        self.arrays.write_with(header, to, |name, to| match self.parts.get(name) {
            Some((TableRows::F32(own), width)) => self.stream(own, *width, to),
            Some((TableRows::U32(own), width)) => self.stream(own, *width, to),
            None => Ok(()),
        })
    }

    fn stream<T: Element>(
        &self,
        own: &[T],
        width: usize,
        to: &mut (impl Write + ?Sized),
    ) -> Result<()> {
        self.shard.each(own, width, |rows| {
            Ok(to.write_all(rows).map_err(|e| Error::File(e.to_string()))?)
        })
    }
}
