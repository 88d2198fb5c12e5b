//! A phase's events in the run folder: `metrics.jsonl` for programs, TensorBoard for people.

use crate::files::write;
use crate::run::run_folder::RunFolder;
use crate::run::tensorboard;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use ssim_train::event::Event;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// At most so many lines per epoch.
const LINES: u64 = 1000;

/// Where a phase's events go.
pub struct Journal {
    phase: String,
    path: PathBuf,
    file: File,
    board: tensorboard::Events,
    /// Steps of the phases before this one.
    offset: u64,
    /// Seconds that the phase had taken when it was interrupted.
    before: f64,
    clock: Instant,
}

impl Journal {
    /// Goes on after step `steps` of a phase; what an interrupted run wrote of later steps is
    /// taken back.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn open(run: &RunFolder, phase: &str, offset: u64, steps: u64) -> Result<Self> {
        let path = run.metrics();
        let old = fs::read_to_string(&path).unwrap_or_default();
        let (mut kept, mut before) = (String::new(), 0.0);
        for line in old.split_inclusive('\n').filter(|l| l.ends_with('\n')) {
            let Ok(value) = serde_json::from_str::<Value>(line) else { continue };
            if value["phase"] == phase {
                if value["steps"].as_u64().is_none_or(|at| at > steps) {
                    continue;
                }
                before = value["seconds"].as_f64().unwrap_or(before);
            }
            kept.push_str(line);
        }
        if kept != old {
            write::bytes(&path, kept.as_bytes())?;
        }
        let file = File::options().create(true).append(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        let resumed = run.tensorboard().exists().then_some(offset + steps + 1);
        let board = tensorboard::Events::create(&run.tensorboard(), resumed)?;
        let phase = phase.to_owned();
        Ok(Self { phase, path, file, board, offset, before, clock: Instant::now() })
    }

    /// Seconds that the phase has taken, over all sessions.
    pub fn seconds(&self) -> f64 {
        self.before + self.clock.elapsed().as_secs_f64()
    }

    /// Takes note of what happened at step `steps` of the phase.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn hear(&mut self, steps: u64, event: &Event) -> Result<()> {
        let mut values: Vec<(&str, f64)> = Vec::new();
        match event {
            Event::Done => return Ok(()),
            Event::Step { step, of, .. } if step % of.div_ceil(LINES).max(1) != 0 => return Ok(()),
            Event::Step { loss, shared, instances, temperature, .. } => {
                values.push(("loss", *loss));
                values.push(("shared", *shared as f64 / (*instances).max(1) as f64));
                values.extend(temperature.map(|t| ("temperature", t)));
            }
            Event::Epoch { val, .. } => {
                let pooled = val.as_ref().map(|v| &v.pooled);
                values.extend(pooled.and_then(|p| p.auc()).map(|x| ("val_auc", x)));
                values.extend(pooled.and_then(|p| p.logloss()).map(|x| ("val_logloss", x)));
            }
        }
        let mut line = json!({ "phase": self.phase, "steps": steps, "seconds": self.seconds() });
        if let (Some(line), Value::Object(event)) =
            (line.as_object_mut(), serde_json::to_value(event)?)
        {
            line.extend(event);
        }
        let written = self.file.write_all(format!("{line}\n").as_bytes());
        written.with_context(|| format!("cannot write {}", self.path.display()))?;
        let values = values.into_iter().map(|(tag, x)| (format!("{}/{tag}", self.phase), x));
        let values: Vec<_> = values.collect();
        self.board.scalars(self.offset + steps, self.clock.elapsed(), &values)
    }
}
