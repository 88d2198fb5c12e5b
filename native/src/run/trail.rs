//! The trail of a search: raw scores of some test rows at a few steps, so that the page can show how
//! the selector has learnt. The search itself is not affected.

use crate::files::{read, write};
use crate::terminal::out;
use anyhow::{Context, Result};
use ssim_core::artifact::Snapshot;
use ssim_core::container::Container;
use ssim_core::instances::Instances;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::search::Search;
use std::path::{Path, PathBuf};

/// Number of moments that a search is recorded at.
const MOMENTS: u64 = 12;

/// Moments with raw scores `[n]` of the sample.
pub type Trail = Vec<(Snapshot, Vec<f32>)>;

/// Records a search.
pub struct Recorder {
    sample: Instances,
    path: PathBuf,
    trail: Trail,
    /// Whether the user knows already that the trail cannot be written.
    warned: bool,
}

impl Recorder {
    /// A recorder that scores `sample` and writes the trail to `path`.
    pub fn new(sample: Instances, path: PathBuf) -> Self {
        Self { sample, path, trail: Trail::new(), warned: false }
    }

    /// Follows a search: `event` has just happened, or is `None` where the search goes on from a
    /// checkpoint.
    ///
    /// # Errors
    /// When the rows cannot be scored.
    pub fn follow(&mut self, search: &mut Search, event: Option<&Event>) -> ssim_train::Result<()> {
        match event {
            None => {
                let trail = load(&self.path, self.sample.len());
                self.trail = trail.map_err(|e| ssim_core::Error::File(format!("{e:#}")))?;
                self.trail.retain(|(moment, _)| moment.step <= search.steps());
                Ok(())
            }
            Some(Event::Step { temperature: Some(temperature), .. }) if is_due(search) => {
                self.record(search, *temperature)
            }
            Some(_) => Ok(()),
        }
    }

    fn record(&mut self, search: &mut Search, temperature: f64) -> ssim_train::Result<()> {
        let moment = Snapshot {
            step: search.steps(),
            temperature,
            cut: search.score_threshold(temperature),
        };
        self.trail.push((moment, search.scores(&self.sample)?));
        let written = bytes(&self.trail).map_err(Into::into);
        let written = written.and_then(|bytes| write::bytes(&self.path, &bytes));
        // A search is worth more than its trail, so it goes on without one.
        if let Err(error) = written
            && !self.warned
        {
            self.warned = true;
            out::note(&format!("{error:#}; the search goes on"));
        }
        Ok(())
    }
}

/// Whether the search's last step ends one of [`MOMENTS`] equal parts. The first step is a moment too.
fn is_due(search: &Search) -> bool {
    let part = |step: u64| step * MOMENTS / search.total().max(1);
    let step = search.steps();
    step == 1 || part(step) > part(step.saturating_sub(1))
}

fn bytes(trail: &Trail) -> ssim_core::Result<Vec<u8>> {
    let mut arrays = Container::default();
    for (i, (_, scores)) in trail.iter().enumerate() {
        arrays.put(&format!("moment.{i}"), &[scores.len()], scores);
    }
    arrays.to_bytes(&trail.iter().map(|(moment, _)| moment).collect::<Vec<_>>())
}

/// The trail of a finished search over a sample of `n` rows; empty where none was recorded.
///
/// # Errors
/// When the file is damaged, or of another sample.
pub fn load(path: &Path, n: usize) -> Result<Trail> {
    if !path.exists() {
        return Ok(Trail::new());
    }
    let name = || path.display().to_string();
    let bytes = read::bytes(path)?;
    let (moments, arrays) = Container::from_bytes::<Vec<Snapshot>>(&bytes).with_context(name)?;
    let scores = |i: usize| arrays.get_n(&format!("moment.{i}"), n).with_context(name);
    moments.into_iter().enumerate().map(|(i, moment)| Ok((moment, scores(i)?))).collect()
}
