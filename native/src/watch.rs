//! A preparation that is watched: how far it is, and whether somebody wants it to stop.

use crate::exit::Fail;
use crate::interrupt::Training;
use crate::{out, report, write};
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use ssim_data::{Error, Lend, Listener, Scratch, Told};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time between lines where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// Watches one preparation.
pub struct Watch {
    asked: Arc<Training>,
    read: Arc<AtomicU64>,
    /// Bytes of all files.
    bytes: u64,
}

impl Watch {
    /// Nothing has been read yet of files of so many bytes.
    pub fn new(bytes: u64) -> Self {
        Self { asked: Arc::new(Training::begin()), read: Arc::default(), bytes }
    }

    /// A reader whose bytes are counted.
    pub fn count<R: Read>(&self, reader: R) -> Counted<R> {
        Counted { reader, read: self.read.clone() }
    }

    /// Tells people how far it is, and ends when it is to stop.
    pub fn listener(&self) -> Listener {
        let (asked, read, bytes) = (self.asked.clone(), self.read.clone(), self.bytes);
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{prefix} {bar:24} {msg}");
            let bar = ProgressBar::new(1000).with_prefix("prepare");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        let (mut phase, mut since, mut last) = ("", Instant::now(), Instant::now());
        Box::new(move |told| {
            if asked.asked() {
                return Err(Error::Io(io::ErrorKind::Interrupted.into()));
            }
            let (name, rows, share) = match told {
                Told::Read(rows) => {
                    let share = read.load(Ordering::Relaxed) as f64 / bytes.max(1) as f64;
                    ("read", rows, (bytes > 0 && share <= 1.0).then_some(share))
                }
                Told::Counted(rows, of) => ("counted", rows, Some(rows as f64 / of.max(1) as f64)),
                Told::Encoded(rows, of) => ("written", rows, Some(rows as f64 / of.max(1) as f64)),
            };
            if phase != name {
                (phase, since) = (name, Instant::now());
            }
            let text = || line(name, rows, share, since.elapsed());
            if let Some(bar) = &bar {
                bar.set_position((1000.0 * share.unwrap_or(0.0)) as u64);
                bar.set_message(text());
            } else if last.elapsed() >= EVERY {
                out::note(&format!("prepare: {}", text()));
                last = Instant::now();
            }
            Ok(())
        })
    }

    /// What a failure is if somebody wanted it.
    pub fn ended<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| match self.asked.asked() {
            true => Fail::Interrupted("interrupted; nothing was written".into()).into(),
            false => error,
        })
    }
}

/// `read 1 200 000 rows, 400 000 rows/s, 25 %, 9 s left`
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

/// A reader whose bytes are counted.
pub struct Counted<R> {
    reader: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Temporary files beside `out`, or where the system has them; they vanish with the program.
pub fn scratch(out: Option<&Path>) -> Lend {
    let folder = out.map(|out| write::folder_of(out).to_owned());
    let make = |folder: &PathBuf| {
        std::fs::create_dir_all(folder)?;
        tempfile::tempfile_in(folder)
    };
    Box::new(move || {
        let file = folder.as_ref().map_or_else(tempfile::tempfile, make)?;
        Ok(Box::new(file) as Box<dyn Scratch>)
    })
}
