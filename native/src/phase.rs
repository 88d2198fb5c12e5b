//! The host's loop around a phase: progress, journal, checkpoints and the wish to stop.

use crate::exit::Fail;
use crate::interrupt::InterruptGuard;
use crate::journal::Journal;
use crate::progress::PhaseProgress;
use crate::ranks::{self, Hashed};
use crate::run_folder::RunFolder;
use crate::summary::Timing;
use crate::write;
use anyhow::{Context, Result};
use ssim_train::collective::{self, Collective};
use ssim_train::distil::Distil;
use ssim_train::event::Event;
use ssim_train::retrain::Retrain;
use ssim_train::search::Search;
use std::io::Write;

/// What all phases have in common.
pub trait Phase {
    fn name(&self) -> &str;
    fn step(&mut self) -> ssim_train::Result<Event>;
    fn steps(&self) -> u64;
    fn save(&self, to: &mut dyn Write) -> ssim_train::Result<()>;
    fn resume(&mut self, bytes: &[u8]) -> ssim_train::Result<()>;
}

macro_rules! phase {
    ($type:ident) => {
        impl Phase for $type<'_> {
            fn name(&self) -> &str {
                $type::name(self)
            }
            fn step(&mut self) -> ssim_train::Result<Event> {
                $type::step(self)
            }
            fn steps(&self) -> u64 {
                $type::steps(self)
            }
            fn save(&self, to: &mut dyn Write) -> ssim_train::Result<()> {
                $type::save(self, to)
            }
            fn resume(&mut self, bytes: &[u8]) -> ssim_train::Result<()> {
                $type::resume(self, bytes)
            }
        }
    };
}
phase!(Search);
phase!(Distil);
phase!(Retrain);

/// What the loop needs to know.
pub struct Drive<'a> {
    pub run: &'a RunFolder,
    /// Name of the run in progress lines.
    pub label: &'a str,
    /// Rows of train, and rows per step.
    pub rows: usize,
    pub batch: usize,
    pub checkpoint_steps: u64,
    pub max_steps: Option<u64>,
    pub ranks: &'a dyn Collective,
    /// Steps of the phases before this one.
    pub offset: u64,
}

impl Drive<'_> {
    /// Takes a phase from its checkpoint, if there is one, to its end.
    ///
    /// # Errors
    /// [`Fail::Interrupted`] after a signal; what the phase or the file system reports.
    pub fn run<P: Phase>(&self, phase: &mut P) -> Result<Timing> {
        let name = phase.name().to_owned();
        let path = self.run.checkpoint(&name);
        if path.exists() {
            let bytes = crate::read::mapped(&path)?;
            phase.resume(&bytes).with_context(|| path.display().to_string())?;
        }
        let mut journal = Journal::open(self.run, &name, self.offset, phase.steps())?;
        let mut progress = PhaseProgress::new(format!("{} {name}", self.label));
        if phase.steps() > 0 {
            progress.say(&format!("goes on after step {}", phase.steps()));
        }
        let (training, mut saved) = (InterruptGuard::begin(), phase.steps());
        loop {
            let event = phase.step()?;
            if event == Event::Done {
                break;
            }
            journal.hear(phase.steps(), &event)?;
            progress.hear(&event);
            // Between an epoch's last step and its evaluation nothing is saved: a journal line
            // and a checkpoint of the same step then always agree.
            let between = match event {
                Event::Step { step, of, .. } => step == of || self.max_steps == Some(phase.steps()),
                _ => false,
            };
            let due = match event {
                Event::Step { .. } => phase.steps() - saved >= self.checkpoint_steps,
                _ => true,
            };
            // All of them leave at the same step, or none.
            let asked = collective::any(self.ranks, training.asked())?;
            if (due || asked) && !between {
                write::atomic(&path, |to| {
                    let mut hashed = Hashed::new(self.ranks, to);
                    phase.save(&mut hashed)?;
                    ranks::replicas(self.ranks, hashed)
                })?;
                saved = phase.steps();
            }
            if asked && !between {
                progress.finish();
                let text = format!(
                    "interrupted; --resume, or the same comparison, goes on from {}",
                    path.display()
                );
                return Err(Fail::Interrupted(text).into());
            }
        }
        let timing = self.timing(&name, phase.steps(), journal.seconds());
        progress.say(&format!(
            "{} instances in {:.1} s, {:.0} per second",
            timing.instances, timing.seconds, timing.instances_per_second
        ));
        progress.finish();
        Ok(timing)
    }

    fn timing(&self, phase: &str, steps: u64, seconds: f64) -> Timing {
        let per_epoch = self.rows.div_ceil(self.batch).max(1) as u64;
        let (full, rest) = (steps / per_epoch, steps % per_epoch);
        let instances = full * self.rows as u64 + rest * self.batch as u64;
        Timing {
            phase: phase.to_owned(),
            epochs: steps.div_ceil(per_epoch),
            steps,
            instances,
            seconds,
            instances_per_second: instances as f64 / seconds.max(1e-9),
        }
    }
}
