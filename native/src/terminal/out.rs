//! Prints data to standard output, and everything else to standard error.

use anyhow::Result;
use serde::Serialize;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Prints data and a line end.
pub fn data(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Prints data as one line of JSON.
pub fn json(value: &impl Serialize) -> Result<()> {
    data(&serde_json::to_string(value)?)
}

/// Whether notes are off, because another process of the run prints them.
static MUTE: AtomicBool = AtomicBool::new(false);

/// Turns notes off: from now on only errors are printed.
pub fn mute() {
    MUTE.store(true, Ordering::Relaxed);
}

/// Prints a note for people. It is no failure if standard error is closed.
pub fn note(text: &str) {
    if !MUTE.load(Ordering::Relaxed) {
        error(text);
    }
}

/// Prints a message that people must see, even if notes are off.
pub fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
