//! A phase's events in the run folder: `metrics.jsonl` for programs, TensorBoard for people.

use crate::files::write;
use crate::run::run_folder::RunFolder;
use crate::run::tensorboard;
use anyhow::{Context, Result};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use ssim_train::event::Event;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// At most so many lines per epoch.
const LINES: u64 = 1000;

/// A line of `metrics.jsonl`: an event, and when it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalLine {
    /// The name of the phase.
    pub phase: String,
    /// Steps of the phase so far.
    pub steps: u64,
    /// Seconds that the phase has taken so far, over all sessions.
    pub seconds: f64,
    /// The event; its keys stand beside the three above.
    #[serde(flatten)]
    pub event: Event,
}

/// Writes a phase's events down.
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
    /// Goes on after step `steps` of a phase. Lines that an interrupted run wrote of later steps are
    /// removed.
    ///
    /// # Errors
    /// When the file system reports an error.
    pub fn open(run: &RunFolder, phase: &str, offset: u64, steps: u64) -> Result<Self> {
        let path = run.metrics();
        let old = fs::read_to_string(&path).unwrap_or_default();
        let (mut kept, mut before) = (String::new(), 0.0);
        for line in old.split_inclusive('\n').filter(|l| l.ends_with('\n')) {
            match serde_json::from_str::<JournalLine>(line) {
                Ok(read) if read.phase == phase && read.steps > steps => continue,
                Ok(read) if read.phase == phase => before = read.seconds,
                Ok(_) => (),
                // A line of another program may stay; half a line may not.
                Err(_) if serde_json::from_str::<IgnoredAny>(line).is_ok() => (),
                Err(_) => continue,
            }
            // The line's own bytes are kept, not those of what was read.
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
    /// When the file system reports an error.
    pub fn record(&mut self, steps: u64, event: &Event) -> Result<()> {
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
        let line = JournalLine {
            phase: self.phase.clone(),
            steps,
            seconds: self.seconds(),
            event: event.clone(),
        };
        let line = serde_json::to_string(&line)? + "\n";
        let written = self.file.write_all(line.as_bytes());
        written.with_context(|| format!("cannot write {}", self.path.display()))?;
        let values = values.into_iter().map(|(tag, x)| (format!("{}/{tag}", self.phase), x));
        let values: Vec<_> = values.collect();
        self.board.scalars(self.offset + steps, self.clock.elapsed(), &values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as the program has always written them.
    const STEP: &str = "{\"phase\":\"search\",\"steps\":2,\"seconds\":0.015599828,\
        \"event\":\"step\",\"epoch\":1,\"step\":2,\"of\":4,\"instances\":1024,\
        \"loss\":1.0381679951035312,\"shared\":868,\"temperature\":null}";
    const EPOCH: &str = "{\"phase\":\"retrain\",\"steps\":9,\"seconds\":1.0,\"event\":\"epoch\",\
        \"epoch\":1,\"val\":{\"instances\":3,\"ctr\":null,\"auc\":0.75,\"logloss\":0.5,\
        \"calibration\":null,\"mean_auc\":null,\"gauc\":null,\"scenarios\":[]},\"best\":true}";

    #[test]
    fn lines_keep_their_bytes() {
        for (text, phase) in [(STEP, "search"), (EPOCH, "retrain")] {
            let line: JournalLine = serde_json::from_str(text).unwrap();
            assert_eq!(line.phase, phase);
            assert_eq!(serde_json::to_string(&line).unwrap(), text);
        }
        let line: JournalLine = serde_json::from_str(EPOCH).unwrap();
        let Event::Epoch { epoch: 1, val: Some(val), best: true } = line.event else {
            panic!("expected the end of an epoch, got {:?}", line.event);
        };
        assert_eq!(val.pooled.instances, 3);
        assert_eq!((val.pooled.auc(), val.pooled.logloss()), (Some(0.75), Some(0.5)));
        assert_eq!((val.pooled.calibration(), val.mean_auc), (None, None));
    }

    #[test]
    fn half_a_line_is_no_line() {
        assert!(serde_json::from_str::<JournalLine>(&STEP[..STEP.len() / 2]).is_err());
        assert!(serde_json::from_str::<JournalLine>("{\"phase\":\"search\"}").is_err());
    }
}
