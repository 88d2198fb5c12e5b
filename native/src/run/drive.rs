//! The host's loop around a phase: progress, journal, checkpoints and interruption.

use super::journal::Journal;
use super::run_folder::RunFolder;
use crate::files::{read, write};
use crate::machine::ranks::{self, Hashed};
use crate::terminal::exit::Fail;
use crate::terminal::interrupt::InterruptGuard;
use crate::terminal::progress::PhaseProgress;
use anyhow::{Context, Result};
use ssim_core::artifact::record::Timing;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::ranks::any;
use ssim_train::setup::Setup;
use std::path::Path;

/// The run that a phase belongs to.
pub struct Drive<'a> {
    pub run: &'a RunFolder,
    /// Name of the run in progress lines.
    pub label: &'a str,
    pub setup: &'a Setup<'a>,
}

impl Drive<'_> {
    /// Takes a phase from its checkpoint, if there is one, to its end. `before` are the phases that the
    /// run has finished. `watch` sees the phase after every event, and once without an event when the
    /// phase goes on from a checkpoint.
    ///
    /// # Errors
    /// [`Fail::Interrupted`] after a signal; what the phase, `watch` or the file system reports.
    pub fn run<P: Phase>(
        &self,
        phase: &mut P,
        before: &[Timing],
        mut watch: impl FnMut(&mut P, Option<&Event>) -> ssim_train::Result<()>,
    ) -> Result<Timing> {
        let name = phase.name().to_owned();
        let path = self.run.checkpoint(&name);
        if path.exists() {
            let resumed = phase.resume(&read::stored(&path)?);
            resumed.with_context(|| path.display().to_string())?;
            watch(phase, None)?;
        }
        let offset = before.iter().map(|timing| timing.steps).sum();
        let mut journal = Journal::open(self.run, &name, offset, phase.steps())?;
        let mut progress = PhaseProgress::new(format!("{} {name}", self.label));
        if phase.steps() > 0 {
            progress.say(&format!("goes on after step {}", phase.steps()));
        }
        let interrupt = InterruptGuard::begin();
        let mut saved = phase.steps();
        loop {
            let event = phase.step()?;
            if event == Event::Done {
                break;
            }
            watch(phase, Some(&event))?;
            journal.record(phase.steps(), &event)?;
            progress.show(&event);
            // All ranks leave at the same step, or none of them does.
            let asked = any(self.setup.ranks, interrupt.asked())?;
            if self.awaits_evaluation(phase.steps(), &event) {
                continue;
            }
            let due = match event {
                Event::Step { .. } => {
                    phase.steps() - saved >= self.setup.config.train.checkpoint_steps
                }
                _ => true,
            };
            if due || asked {
                self.save(phase, &path)?;
                saved = phase.steps();
            }
            if asked {
                progress.finish();
                let text = format!(
                    "interrupted; --resume, or the same comparison, goes on from {}",
                    path.display()
                );
                return Err(Fail::Interrupted(text).into());
            }
        }
        let seconds = journal.seconds();
        let timing = self.timing(phase, seconds);
        let rate = timing.instances_per_second.unwrap_or_default();
        progress.say(&format!(
            "{} instances in {seconds:.1} s, {rate:.0} per second",
            timing.instances
        ));
        progress.finish();
        Ok(timing)
    }

    /// Whether the epoch's last step is taken and its evaluation is not finished. Nothing is saved then,
    /// so that a journal line and a checkpoint of the same step always agree.
    fn awaits_evaluation(&self, steps: u64, event: &Event) -> bool {
        match event {
            Event::Step { step, of, .. } => step == of || self.setup.max_steps == Some(steps),
            Event::Table { .. } => true,
            _ => false,
        }
    }

    fn save(&self, phase: &mut impl Phase, path: &Path) -> Result<()> {
        write::atomic(path, |to| {
            let mut hashed = Hashed::new(self.setup.ranks, to);
            phase.save(&mut hashed)?;
            ranks::replicas(self.setup.ranks, hashed)
        })
    }

    fn timing(&self, phase: &impl Phase, seconds: f64) -> Timing {
        let steps = phase.steps();
        let rows = phase.rows();
        let batch = self.setup.config.train.batch;
        let per_epoch = rows.div_ceil(batch).max(1) as u64;
        let whole_epochs = steps / per_epoch;
        let instances = whole_epochs * rows as u64 + steps % per_epoch * batch as u64;
        Timing {
            phase: phase.name().to_owned(),
            epochs: steps.div_ceil(per_epoch),
            steps,
            instances,
            seconds: Some(seconds),
            instances_per_second: Some(instances as f64 / seconds.max(1e-9)),
        }
    }
}
