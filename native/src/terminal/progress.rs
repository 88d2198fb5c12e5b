//! Shows the progress of a phase: a bar on a terminal, a line every few seconds elsewhere.

use crate::terminal::{out, report};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use ssim_train::event::Event;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Time between two lines if standard error is no terminal.
const EVERY: Duration = Duration::from_secs(5);
/// Steps between two updates of the bar's text.
const TEXT_EVERY: u64 = 8;

/// All bars, because several runs may train at a time.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Shows the progress of one phase on standard error.
pub struct PhaseProgress {
    label: String,
    bar: Option<ProgressBar>,
    instances: usize,
    started: Instant,
    last_line: Instant,
}

impl PhaseProgress {
    /// Starts the progress of a phase; `label` stands before all it prints.
    pub fn new(label: String) -> Self {
        let now = Instant::now();
        let bar = out::draws().then(|| {
            let style = ProgressStyle::with_template("{prefix} {bar:24} {pos}/{len} {msg}");
            let bar = ProgressBar::new(0).with_prefix(label.clone());
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            BARS.add(bar)
        });
        Self { label, bar, instances: 0, started: now, last_line: now }
    }

    /// Shows an event, if it is time for an update.
    pub fn show(&mut self, event: &Event) {
        match event {
            Event::Step { epoch, step, of, instances, loss, shared, .. } => {
                self.instances += instances;
                let share = 100 * shared / (*instances).max(1);
                let text = || {
                    let rate =
                        self.instances as f64 / self.started.elapsed().as_secs_f64().max(1e-9);
                    format!(
                        "epoch {epoch}, loss {loss:.4}, {share} % shared, {rate:.0} instances/s"
                    )
                };
                if let Some(bar) = &self.bar {
                    bar.set_length(*of);
                    bar.set_position(*step);
                    if step % TEXT_EVERY == 0 {
                        bar.set_message(text());
                    }
                } else if self.last_line.elapsed() >= EVERY {
                    out::note(&format!("{}: step {step}/{of}, {}", self.label, text()));
                    self.last_line = Instant::now();
                }
            }
            Event::Table { rows, of } => {
                let text = || {
                    let (rows, of) = (report::count(*rows as u64), report::count(*of as u64));
                    format!("{rows} of {of} ids of the table brought up to date")
                };
                if let Some(bar) = &self.bar {
                    bar.set_message(text());
                } else if self.last_line.elapsed() >= EVERY {
                    out::note(&format!("{}: {}", self.label, text()));
                    self.last_line = Instant::now();
                }
            }
            Event::Epoch { epoch, val: Some(val), best } => {
                let number = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.4}"));
                let auc = number(val.pooled.auc());
                let logloss = number(val.pooled.logloss());
                let best = if *best { ", the best so far" } else { "" };
                self.say(&format!("epoch {epoch}, val AUC {auc}, logloss {logloss}{best}"));
            }
            Event::Epoch { .. } | Event::Done => (),
        }
    }

    /// Prints a line without breaking the bar.
    pub fn say(&self, text: &str) {
        let line = format!("{}: {text}", self.label);
        match &self.bar {
            Some(_) => BARS.suspend(|| out::note(&line)),
            None => out::note(&line),
        }
    }

    /// Ends the phase and removes its bar.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
