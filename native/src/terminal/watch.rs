//! Watches a preparation: shows its progress, and stops it if the user asks for that.

use crate::files::write;
use crate::terminal::exit::Fail;
use crate::terminal::interrupt::InterruptGuard;
use crate::terminal::{out, report};
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use ssim_data::{Error, Lend, Listener, ReadProgress, Scratch};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time between two lines if standard error is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// Watches one preparation.
pub struct Watch {
    interrupt: Arc<InterruptGuard>,
    /// Bytes that have been read so far.
    read: Arc<AtomicU64>,
    /// Bytes of all files; 0 if they are unknown.
    bytes: u64,
}

impl Watch {
    /// Starts to watch a preparation whose files have so many bytes; 0 if they are unknown.
    pub fn new(bytes: u64) -> Self {
        Self { interrupt: Arc::new(InterruptGuard::begin()), read: Arc::default(), bytes }
    }

    /// Wraps a reader, so that its bytes are counted.
    pub fn count<R: Read>(&self, reader: R) -> CountingReader<R> {
        CountingReader { reader, read: self.read.clone() }
    }

    /// Makes a listener that shows the progress, and fails if the user asks to stop.
    pub fn listener(&self) -> Listener {
        let interrupt = self.interrupt.clone();
        let read = self.read.clone();
        let bytes = self.bytes;
        let bar = out::draws().then(|| {
            let style = ProgressStyle::with_template("{prefix} {bar:24} {msg}");
            let bar = ProgressBar::new(1000).with_prefix("prepare");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        let mut pace = Pace::new(Instant::now());
        let mut last_line = Instant::now();
        Box::new(move |progress| {
            if interrupt.asked() {
                return Err(Error::Io(io::ErrorKind::Interrupted.into()));
            }
            let (name, rows, share) = match progress {
                ReadProgress::Read(rows) => {
                    let share = read.load(Ordering::Relaxed) as f64 / bytes.max(1) as f64;
                    ("read", rows, (bytes > 0 && share <= 1.0).then_some(share))
                }
                ReadProgress::Counted(rows, of) => {
                    ("counted", rows, Some(rows as f64 / of.max(1) as f64))
                }
                ReadProgress::Encoded(rows, of) => {
                    ("written", rows, Some(rows as f64 / of.max(1) as f64))
                }
            };
            let took = pace.of(name, Instant::now());
            let text = || line(name, rows, share, took);
            if let Some(bar) = &bar {
                bar.set_position((1000.0 * share.unwrap_or(0.0)) as u64);
                bar.set_message(text());
            } else if last_line.elapsed() >= EVERY {
                out::note(&format!("prepare: {}", text()));
                last_line = Instant::now();
            }
            Ok(())
        })
    }

    /// Turns an error that an interrupt has caused into [`Fail::Interrupted`].
    pub fn ended<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| match self.interrupt.asked() {
            true => Fail::Interrupted("interrupted; nothing was written".into()).into(),
            false => error,
        })
    }
}

/// Measures how long a phase has taken. It begins when the phase before it was heard of last: the first rows
/// of a phase are told when they are done.
struct Pace {
    phase: &'static str,
    began: Instant,
    heard: Instant,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self { phase: "", began: now, heard: now }
    }

    /// The time that a phase has taken now.
    fn of(&mut self, phase: &'static str, now: Instant) -> Duration {
        if self.phase != phase {
            (self.phase, self.began) = (phase, self.heard);
        }
        self.heard = now;
        now - self.began
    }
}

/// Makes a line such as `read 1 200 000 rows, 400 000 rows/s, 25 %, 9 s left`.
fn line(phase: &str, rows: usize, share: Option<f64>, took: Duration) -> String {
    let took = took.as_secs_f64().max(1e-3);
    let count = |n: f64| report::count(n as u64);
    let mut line =
        format!("{phase} {} rows, {} rows/s", count(rows as f64), count(rows as f64 / took));
    if let Some(share) = share.filter(|share| *share > 0.0) {
        let left = took * (1.0 - share) / share;
        line += &format!(", {:.0} %, {left:.0} s left", 100.0 * share);
    }
    line
}

/// A reader that counts the bytes it reads.
pub struct CountingReader<R> {
    reader: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Lends temporary files beside `out`, or in the system's folder for them. They vanish when the
/// program ends.
pub fn scratch(out: Option<&Path>) -> Lend {
    let folder = out.map(|out| write::folder_of(out).to_owned());
    Box::new(move || {
        let file = match &folder {
            Some(folder) => {
                std::fs::create_dir_all(folder)?;
                tempfile::tempfile_in(folder)?
            }
            None => tempfile::tempfile()?,
        };
        Ok(Box::new(file) as Box<dyn Scratch>)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_begins_when_the_one_before_it_ends() {
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        let mut pace = Pace::new(began);
        let took = [("read", 4), ("read", 6), ("counted", 7), ("counted", 9), ("written", 10)]
            .map(|(phase, seconds)| pace.of(phase, after(seconds)).as_secs());
        assert_eq!(took, [4, 6, 1, 3, 1]);
        // A quarter of the rows in four seconds: twelve more for the rest.
        let told = line("read", 1000, Some(0.25), Duration::from_secs(4));
        assert_eq!(told, "read 1 000 rows, 250 rows/s, 25 %, 12 s left");
    }
}
