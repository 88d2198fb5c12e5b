//! Checkpoints: everything a phase needs to go on as if it had never stopped.
//!
//! A checkpoint is for resuming; what is served and shown is an artifact, another type.

use crate::collective::Collective;
use crate::error::Result;
use crate::setup::Setup;
use crate::shard::Shard;
use serde::{Deserialize, Serialize};
use ssim_core::Error;
use ssim_core::container::{Container, Element};
use std::collections::BTreeMap;
use std::io::Write;

/// Version of the layout; readers refuse others.
pub const VERSION: u32 = 1;

/// Name of phase 1.
pub const SEARCH: &str = "search";
/// Name of the phase that takes the place of phase 1 where there is a teacher.
pub const DISTIL: &str = "distil";
/// Name of phase 2.
pub const RETRAIN: &str = "retrain";

/// What stands before the arrays, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// "ssim checkpoint".
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The phase: "search", "teach", "distil", "start", "retrain" or "retrain-k".
    pub phase: String,
    /// What must be the same in the run that goes on.
    pub identity: String,
    /// Epochs finished.
    pub epoch: u64,
    /// Steps of the current epoch.
    pub step: u64,
    /// Steps of the phase.
    pub steps: u64,
    /// Retrain: best validation score so far.
    pub best: Option<f64>,
    /// Retrain: epochs since the best one.
    pub waited: u64,
    /// Whether an evaluation is due before the next step.
    pub evaluate: bool,
    /// Whether the phase has ended.
    pub done: bool,
}

impl Header {
    /// The header of a phase that has just begun.
    pub fn start(phase: &str, setup: &Setup, towers: usize, rows: usize) -> Self {
        Self {
            format: "ssim checkpoint".into(),
            version: VERSION,
            phase: phase.into(),
            identity: identity(phase, setup, towers, rows),
            epoch: 0,
            step: 0,
            steps: 0,
            best: None,
            waited: 0,
            evaluate: false,
            done: false,
        }
    }

    /// Reads a checkpoint that must belong to the same phase of the same run.
    ///
    /// # Errors
    /// Says which part of the run differs, or what is wrong with the bytes.
    pub fn read<'a>(&self, bytes: &'a [u8]) -> Result<(Header, Container<'a>)> {
        let (header, arrays): (Header, _) = Container::from_bytes(bytes)?;
        for (what, got, expected) in [
            ("format", &header.format, &self.format),
            ("version", &header.version.to_string(), &self.version.to_string()),
            ("phase", &header.phase, &self.phase),
            ("run", &header.identity, &self.identity),
        ] {
            if got != expected {
                let text = format!("checkpoint: {what}: expected {expected}, got {got}");
                return Err(Error::File(text).into());
            }
        }
        Ok((header, arrays))
    }
}

/// A checkpoint that is to be written. Of tables every rank has some rows; it holds all of them, and is the same
/// whoever has written it.
pub struct Draft<'a> {
    /// What every rank has.
    pub arrays: Container<'a>,
    shard: Shard,
    ranks: &'a dyn Collective,
    parts: BTreeMap<String, (Rows<'a>, usize)>,
}

/// The rows of a table that a rank keeps.
#[derive(Clone, Copy)]
pub enum Rows<'a> {
    /// Floats.
    F32(&'a [f32]),
    /// Counters.
    U32(&'a [u32]),
}

impl<'a> Draft<'a> {
    /// Nothing yet.
    pub fn new(shard: Shard, ranks: &'a dyn Collective) -> Self {
        Self { arrays: Container::default(), shard, ranks, parts: BTreeMap::new() }
    }

    /// Adds an array of a table, `width` values per id, of which this rank keeps `own`.
    pub fn rows(&mut self, name: &str, own: Rows<'a>, width: usize) {
        let shape = [self.shard.ids * width];
        match own {
            Rows::F32(own) => self.part(name, &shape, own),
            Rows::U32(own) => self.part(name, &shape, own),
        }
        self.parts.insert(name.to_owned(), (own, width));
    }

    fn part<T: Element>(&mut self, name: &str, shape: &[usize], own: &'a [T]) {
        match self.shard.is_whole() {
            true => self.arrays.lend(name, shape, own),
            false => self.arrays.promise::<T>(name, shape),
        }
    }

    /// Writes it, together with the other ranks.
    ///
    /// # Errors
    /// What `to` reports; when a rank is gone.
    pub fn write(&self, header: &Header, to: &mut (impl Write + ?Sized)) -> Result<()> {
        self.arrays.write_with(header, to, |name, to| match self.parts.get(name) {
            Some((Rows::F32(own), width)) => self.stream(own, *width, to),
            Some((Rows::U32(own), width)) => self.stream(own, *width, to),
            None => Ok(()),
        })
    }

    fn stream<T: Element>(
        &self,
        own: &[T],
        width: usize,
        to: &mut (impl Write + ?Sized),
    ) -> Result<()> {
        self.shard.each(own, width, self.ranks, |rows| {
            Ok(to.write_all(rows).map_err(|e| Error::File(e.to_string()))?)
        })
    }
}

/// Data, settings and seed of a phase in one line: phases that differ in it must not be mixed. A
/// search does not depend on what is done with it, so one search can serve several runs.
pub fn identity(phase: &str, setup: &Setup, towers: usize, rows: usize) -> String {
    let config = setup.config;
    let mut settings = serde_json::json!({
        "model": config.model,
        "star": config.star,
        "hmoe": config.hmoe,
        "dffm": config.dffm,
        "selector": config.selector,
        "train": { "batch": config.train.batch,
                   "embedding_optimizer": config.train.embedding_optimizer,
                   "shuffle": config.train.shuffle },
        "search": config.search,
    });
    if phase != SEARCH {
        settings["distil"] = serde_json::json!(config.distil);
        settings["select"] = serde_json::json!(config.select);
        settings["retrain"] = serde_json::json!(config.retrain);
    }
    serde_json::json!({
        "data": setup.schema.fingerprint(),
        "rows": rows,
        "backbone": setup.backbone,
        "towers": towers,
        "seed": setup.seed,
        "config": settings,
    })
    .to_string()
}
