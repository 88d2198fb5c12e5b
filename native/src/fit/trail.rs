//! What the selector says of some test rows while it learns: a moment now and then, for the page to
//! go through. Nothing that is learnt depends on it.

use crate::phase::Phase;
use crate::{read, write};
use anyhow::{Context, Result};
use ssim_core::artifact::Moment;
use ssim_core::container::Container;
use ssim_core::instances::Instances;
use ssim_train::event::Event;
use ssim_train::search::Search;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Moments of a search.
const MOMENTS: u64 = 12;

/// Moments with raw scores `[n]` of the sample.
pub type Trail = Vec<(Moment, Vec<f32>)>;

/// A search that is looked at.
pub struct Watched<'a> {
    pub search: Search<'a>,
    sample: Instances,
    path: PathBuf,
    trail: Trail,
    /// A trail that could not be written is not worth a search.
    lost: bool,
}

impl<'a> Watched<'a> {
    /// Looks at a search that begins, and writes what it sees to `path`.
    pub fn new(search: Search<'a>, sample: Instances, path: PathBuf) -> Self {
        Self { search, sample, path, trail: Trail::new(), lost: false }
    }

    /// Whether step `n` ends one of [`MOMENTS`] equal parts; the first step is a moment too.
    fn due(&self, n: u64) -> bool {
        let part = |n: u64| n * MOMENTS / self.search.total().max(1);
        n == 1 || part(n) > part(n.saturating_sub(1))
    }

    fn look(&mut self, temperature: f64) -> ssim_train::Result<()> {
        let (step, cut) = (self.search.steps(), self.search.cut(temperature));
        let scores = self.search.scores(&self.sample)?;
        self.trail.push((Moment { step, temperature, cut }, scores));
        let kept = bytes(&self.trail).map_err(Into::into);
        let kept = kept.and_then(|bytes| write::bytes(&self.path, &bytes));
        if let (Err(error), false) = (kept, self.lost) {
            self.lost = true;
            crate::out::note(&format!("{error:#}; the search goes on"));
        }
        Ok(())
    }
}

impl Phase for Watched<'_> {
    fn name(&self) -> &str {
        self.search.name()
    }

    fn step(&mut self) -> ssim_train::Result<Event> {
        let event = self.search.step()?;
        if let Event::Step { temperature: Some(temperature), .. } = event
            && self.due(self.search.steps())
        {
            self.look(temperature)?;
        }
        Ok(event)
    }

    fn steps(&self) -> u64 {
        self.search.steps()
    }

    fn save(&self, to: &mut dyn Write) -> ssim_train::Result<()> {
        self.search.save(to)
    }

    fn resume(&mut self, bytes: &[u8]) -> ssim_train::Result<()> {
        self.search.resume(bytes)?;
        // Of what is gone or damaged the page has less to show; the search is the same.
        self.trail = load(&self.path, self.sample.len()).unwrap_or_default();
        self.trail.retain(|(moment, _)| moment.step <= self.search.steps());
        Ok(())
    }
}

fn bytes(trail: &Trail) -> ssim_core::Result<Vec<u8>> {
    let mut arrays = Container::default();
    for (i, (_, scores)) in trail.iter().enumerate() {
        arrays.put(&format!("moment.{i}"), &[scores.len()], scores);
    }
    arrays.to_bytes(&trail.iter().map(|(moment, _)| moment).collect::<Vec<_>>())
}

/// The trail of a finished search over `n` rows; nothing where nobody looked.
///
/// # Errors
/// When the file is damaged, or of another sample.
pub fn load(path: &Path, n: usize) -> Result<Trail> {
    if !path.exists() {
        return Ok(Trail::new());
    }
    let name = || path.display().to_string();
    let bytes = read::bytes(path)?;
    let (moments, arrays) = Container::from_bytes::<Vec<Moment>>(&bytes).with_context(name)?;
    let scores = |i: usize| arrays.get_n(&format!("moment.{i}"), n).with_context(name);
    moments.into_iter().enumerate().map(|(i, moment)| Ok((moment, scores(i)?))).collect()
}
