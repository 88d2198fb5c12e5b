//! A phase's events in the run folder: `metrics.jsonl` for programs, TensorBoard for people.

use crate::files::{read, write};
use crate::run::run_folder::RunFolder;
use crate::run::tensorboard;
use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use ssim_core::checksum;
use ssim_train::event::Event;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
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
    /// When the file is damaged, or the file system reports an error.
    pub fn open(run: &RunFolder, phase: &str, offset: u64, steps: u64) -> Result<Self> {
        let path = run.metrics();
        let old = if path.exists() { read::text(&path)? } else { String::new() };
        let (mut kept, mut before) = (String::new(), 0.0);
        for (line, read) in whole_lines(&read::name(&path), &old)? {
            match read {
                Some(read) if read.phase == phase && read.steps > steps => continue,
                Some(read) if read.phase == phase => before = read.seconds,
                // A line of another phase, or of another program, stays.
                _ => (),
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
            Event::Done | Event::Table { .. } => return Ok(()),
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
        let written = self.file.write_all(sealed(&line)?.as_bytes());
        written.with_context(|| format!("cannot write {}", self.path.display()))?;
        let values = values.into_iter().map(|(tag, x)| (format!("{}/{tag}", self.phase), x));
        let values: Vec<_> = values.collect();
        self.board.scalars(self.offset + steps, self.clock.elapsed(), &values)
    }
}

/// A line with its checksum and its end.
fn sealed(line: &JournalLine) -> Result<String> {
    let mut line = serde_json::to_string(line)?;
    checksum::seal_json(&mut line);
    line.push('\n');
    Ok(line)
}

/// Writes the events of another run's `metrics.jsonl` as those of a phase of this run, which has none yet.
///
/// # Errors
/// When the file is damaged, or the file system reports an error.
pub fn take_over(from: &Path, phase: &str, to: &Path) -> Result<()> {
    let lines =
        lines(from)?.into_iter().map(|line| JournalLine { phase: phase.to_owned(), ..line });
    let text = lines.map(|line| sealed(&line)).collect::<Result<String>>()?;
    write::bytes(to, text.as_bytes())
}

/// Reads the events in `metrics.jsonl`. Lines of other programs are left out.
///
/// # Errors
/// An error names the file and the line that is damaged.
pub fn lines(path: &Path) -> Result<Vec<JournalLine>> {
    let text = read::text(path)?;
    let lines = whole_lines(&read::name(path), &text)?;
    Ok(lines.into_iter().filter_map(|(_, line)| line).collect())
}

/// The whole lines of a journal, with the events of those that have one. A run that was stopped while
/// it wrote leaves half a line at the end, which is left out.
fn whole_lines<'t>(source: &str, text: &'t str) -> Result<Vec<(&'t str, Option<JournalLine>)>> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        // A line without an end is half a line only if nothing stands where the end should be.
        let half = || checksum::sealed(line).is_none_or(|(_, sum)| sum.len() <= checksum::LENGTH);
        if line.trim().is_empty() || (!line.ends_with('\n') && half()) {
            continue;
        }
        let fail = |e: &dyn std::fmt::Display| Fail::data(format!("{source}:{number}: {e}"));
        checksum::verify(line).or_else(|e| fail(&e))?;
        let read = serde_json::from_str(line);
        if read.is_err() {
            serde_json::from_str::<IgnoredAny>(line).map(drop).or_else(|e| fail(&e))?;
        }
        lines.push((line, read.ok()));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_is_refused_or_changes_nothing() {
        let mut text = String::new();
        for line in [STEP, EPOCH, "{\"other\":1}"] {
            let mut line = line.to_owned();
            checksum::seal_json(&mut line);
            text.push_str(&(line + "\n"));
        }
        let events = |text: &str| -> Option<Vec<JournalLine>> {
            let lines = whole_lines("metrics.jsonl", text).ok()?;
            Some(lines.into_iter().filter_map(|(_, line)| line).collect())
        };
        let whole = events(&text).unwrap();
        assert_eq!(whole.len(), 2);
        for bit in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(flipped) = String::from_utf8(bytes) else { continue };
            if let Some(read) = events(&flipped) {
                assert_eq!(read, whole, "{flipped}");
            }
        }
        // A run that was stopped has written a part of the last line.
        let lines = text.lines().count();
        for cut in text.trim_end().rfind('\n').unwrap() + 2..text.len() {
            let left = whole_lines("metrics.jsonl", &text[..cut]).unwrap();
            assert_eq!(left.len(), lines - 1, "{}", &text[..cut]);
        }
    }

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
